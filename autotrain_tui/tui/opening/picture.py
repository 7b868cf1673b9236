"""The first picture as text: the Run screen's frames, header, stages and log, in the places where the screen has them.

Its widgets can't be used: they are Textual's. `tests/tui/test_opening.py` compares the two pictures.
"""

from __future__ import annotations

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.opening.cells import box, cells_of, fit, flow, meter, right, width_of
from autotrain_tui.tui.opening.log_rows import BACK, log_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autotrain_tui.tui.opening.cells import Line
    from autotrain_tui.tui.opening.quick_state import QuickSession, QuickStage

__all__ = ["COLOURS", "SIGNS", "picture"]

SIGNS = {
    "pending": ("·", "muted"), "held": ("‖", "muted"), "starting": ("▶", "accent"), "running": ("▶", "accent"),
    "frozen": ("❄", "warning"), "pausing": ("⏸", "warning"), "paused": ("⏸", "warning"), "stopping": ("■", "muted"),
    "succeeded": ("✓", "success"), "failed": ("✗", "error"), "skipped": ("↷", "muted"), "stopped": ("■", "muted"),
    "lost": ("?", "error"), "imported": ("↓", "muted"),
}  # fmt: skip
"""As `tui.model.labels.STAGES`."""

COLOURS = {
    "autotrain-dark": {
        "": "#d5dbe3", "background": "#0d1016", "muted": "#8492a6", "faint": "#56637a", "frame": "#34415a",
        "frame-lit": "#38455f", "accent": "#4fc3f7", "success": "#5bd38d", "warning": "#f5b54a", "error": "#ff6f6b",
        "gauge": "#6fa8d6", "track": "#1d2634", "cursor": "#22344c",
    },
    "autotrain-light": {
        "": "#1f2730", "background": "#fbfaf7", "muted": "#5f6975", "faint": "#98a0aa", "frame": "#c4c6c6",
        "frame-lit": "#bfc2c3", "accent": "#0a6cc4", "success": "#18793a", "warning": "#955d00", "error": "#c4232b",
        "gauge": "#3d7fb5", "track": "#e4e1d8", "cursor": "#d6e6f5",
    },
}  # fmt: skip
"""Of `tui.theme`: what the first picture needs."""

_BRIEF_ROWS = 5
"""As `tui.panes.stage_list`."""
_WIDE, _VAST, _SECOND_LOG, _SIDE_BY_SIDE = 180, 260, 55, 200
"""As `tui.screens.run.screen` and `tui.log.tiles`."""
_AT_WORK = frozenset({"starting", "running", "frozen", "pausing", "stopping", "paused"})
_DONE = frozenset({"succeeded", "skipped", "imported"})


def picture(session: QuickSession, width: int, height: int, now: float) -> list[Line]:
    """The rows of the screen."""
    rows = [_header(session, width, now), []]  # the plan's bar: what it says has to be computed
    room = height - 4  # both, the modes, the keys
    left, brief = 52 if width >= _VAST else 44 if width >= _WIDE else 42, width < 110
    body = _in_sight(session, left - 2, max(3, height // 2 - (5 if brief else 4)), now, brief=brief)
    title = "Stages", f"{sum(stage.state in _DONE for stage in session.stages.values())} of {len(session.stages)}"
    list_box = box(*title, body, left, max(_BRIEF_ROWS if brief else 1, len(body)) + 2)
    if brief:
        metric = sanitize(session.metric) if session.metric is not None else "Metric"
        curve = box(metric, "", [], width - left, len(list_box))
        rows += [[*stages, *frame] for stages, frame in zip(list_box, curve, strict=True)]
        rows += _logs(session, width, room + 2 - len(rows) - 1, two=False)
        rows.append([])  # the gauges
    else:
        wide = width - left - (116 if width >= _VAST else 58 if width >= _WIDE else 0)
        log_box = _logs(session, wide, room, two=width >= _WIDE and height >= _SECOND_LOG)
        blank: Line = [(" " * left, "")]
        rows += [[*(list_box[at] if at < len(list_box) else blank), *log_box[at]] for at in range(room)]
    return [*rows[: height - 2], [], []]


def _in_sight(session: QuickSession, width: int, most: int, now: float, *, brief: bool) -> list[Line]:
    """Of the stages' lines those in sight, the current stage's among them."""
    marked, current = len(session.stages) > most, _place(session)
    lines = _stages(session, width - marked, now, brief=brief)
    if len(lines) <= most:
        return [line for _, line in lines]
    inner = width - 1  # the mark at the right edge needs a cell
    if not marked:
        lines = _stages(session, inner, now, brief=brief)
    cursor = next(at for at, (place, _) in enumerate(lines) if place == current)
    after = next((at for at in range(cursor + 1, len(lines)) if lines[at][0] != current), len(lines))
    top = max(0, min(min(after, cursor + most) - most, len(lines) - most))
    size = max(1, most * most // len(lines))
    mark = round((most - size) * top / max(1, len(lines) - most))
    return [
        [*line, (" " * (inner - width_of(line)), ""), ("▐" if mark <= at < mark + size else " ", "muted")]
        for at, (_, line) in enumerate(lines[top : top + most])
    ]


def _place(session: QuickSession) -> int:
    return list(session.stages.values()).index(session.current)


# -- the header and the stages -----------------------------------------------------------------------------------------


def _header(session: QuickSession, width: int, now: float) -> Line:
    states = [stage.state for stage in session.stages.values()]
    order = ("running", "starting", "pausing", "stopping", "frozen", "paused")
    word = next((state for state in order if state in states), "running")
    sign, colour = SIGNS[word]
    elapsed, budget = session.elapsed(now), session.budget
    end: Line = [(fmt.clock(elapsed), "bold")]
    near = (
        "error" if budget and elapsed >= 0.95 * budget else "warning" if budget and elapsed >= 0.8 * budget else "muted"
    )
    end += [(f" of {fmt.clock(budget)}" if budget is not None else "", near), (" ", "")]
    left: Line = [(" ", ""), (f"{sign} {word}", f"{colour} bold"), ("  ", ""), (sanitize(session.plan), "bold")]
    room, place = width - width_of(end) - 2, "" if session.command else _at(session)
    mode = "" if session.command else f" · {sanitize(session.mode)}"
    for more in (f"{place}{mode} · {sanitize(session.id)}", f"{place}{mode}", place):
        if width_of(left) + cells_of(more) <= room and not session.command:
            left.append((more, "muted"))
            break
    text = fit("".join(text for text, _ in left), room) if width_of(left) > room else ""
    left = [(text, "bold")] if text else left
    return [*left, (" " * (width - width_of(left) - width_of(end)), ""), *end]


def _at(session: QuickSession) -> str:
    """The stage that runs and its place among all."""
    active = [stage for stage in session.stages.values() if stage.state in _AT_WORK and stage.state != "paused"]
    count = len(session.stages)
    if len(active) != 1:
        return f" · {len(active)} of {count} stages at once" if active else ""
    return f" · {active[0].index} of {count} {sanitize(active[0].name)}"


def _stages(session: QuickSession, width: int, now: float, *, brief: bool) -> list[tuple[int, Line]]:
    digits = len(str(len(session.stages)))
    rows: list[tuple[int, Line]] = []
    current = session.current
    for place, stage in enumerate(session.stages.values()):
        line = _stage_line(session, stage, width, digits, now)
        rows.append((place, [(text, f"{colour} cursor") for text, colour in line] if stage is current else line))
        if stage.state in _AT_WORK or stage.waiting or stage.doubted:
            rows += [(place, each) for each in _details(stage, width, brief=brief)]
    return rows


def _stage_line(session: QuickSession, stage: QuickStage, width: int, digits: int, now: float) -> Line:
    sign, colour = ("!", "warning") if stage.doubted and stage.state == "succeeded" else SIGNS[stage.state]
    tail = [*_time(stage, now), *_metric(session, stage), (" ", "")]
    room = max(3, width - width_of(tail) - digits - 4)
    name = fit(sanitize(stage.name), room)
    return [(" ", ""), (sign, colour), (" ", ""), (right(str(stage.index), digits), "faint"), (" ", ""),
            (name, _name_colour(stage)), *tail]  # fmt: skip


def _name_colour(stage: QuickStage) -> str:
    return (
        "accent bold" if stage.state == "running" else "muted" if stage.state in ("pending", "held", "skipped") else ""
    )


def _time(stage: QuickStage, now: float) -> Line:
    if stage.attempts:
        return [(right(fmt.clock(stage.elapsed(now)), 8), "")]
    if stage.state in ("skipped", "held"):
        return [(right(stage.state, 8), "muted")]
    return [(right(fmt.estimate(stage.estimate), 8), "muted")]


def _metric(session: QuickSession, stage: QuickStage) -> Line:
    if session.metric is None:
        return []
    found = stage.metrics.get(session.metric)
    return [(right(fmt.value(found), 7), "muted" if found is None else "")]


def _details(stage: QuickStage, width: int, *, brief: bool) -> list[Line]:
    """The bar, the counts and the time to go of a stage at work."""
    progress = stage.live.get("progress") or {}
    room, lines = width - 4, []
    fraction = progress.get("fraction")
    if fraction is not None:
        share = right(f"{int(fraction * 100)} %", 6)
        lines.append([("   ", ""), *meter(fraction, max(4, room - 6), SIGNS[stage.state][1]), (share, "")])
    counts, eta = _counts(stage, progress), _eta(stage)
    facts = [text for text in (counts, eta) if text]
    if brief and eta and len(" · ".join(facts)) > room:
        facts = [" · ".join((*counts.split(" · ")[:1], eta))]
    elif len(joined := " · ".join(facts)) <= room:
        facts = [joined]
    lines += [[("   ", ""), (fit(text, room), "muted")] for text in facts if text]
    lines += [[("   ", ""), (text, SIGNS[stage.state][1])] for text in flow(_sentence(stage), room, 3)]
    return [[*line, (" " * (width - width_of(line)), "")] for line in lines]


def _counts(stage: QuickStage, progress: dict[str, float | None]) -> str:
    parts = []
    epoch, step, rate, total = (progress.get(name) for name in ("epoch", "step", "rate", "total"))
    if epoch is not None:
        epochs = progress.get("epochs") or stage.epochs
        parts.append(f"epoch {epoch:g}" + (f"/{epochs:g}" if epochs else ""))
    elif step is not None:
        parts.append(f"step {fmt.count(step)}" + (f"/{fmt.count(total)}" if total else ""))
    if rate is not None:
        parts.append((fmt.count(round(rate)) if rate >= 100 else f"{rate:.3g}") + " steps/s")
    return " · ".join(parts)


def _eta(stage: QuickStage) -> str:
    eta, spread = stage.live.get("eta_seconds"), stage.live.get("eta_spread_seconds")
    if eta is None or stage.state != "running":
        return ""
    return f"eta {fmt.clock(eta)}" + (f" ±{fmt.clock(spread)}" if spread else "")


_SENTENCES = {
    "frozen": "frozen: its memory, on the GPU too, stays taken; P thaws",
    "pausing": "pausing: saving a checkpoint",
    "paused": "paused: GPU and memory are free; p resumes",
}


def _sentence(stage: QuickStage) -> str:
    """The special state in one sentence, where it is known without more than the state."""
    if stage.waiting:
        return f"waits: {sanitize(stage.waiting)}" if stage.state == "pending" else sanitize(stage.waiting)
    return _SENTENCES.get(stage.state, "")


# -- the log -----------------------------------------------------------------------------------------------------------


def _logs(session: QuickSession, width: int, height: int, *, two: bool) -> list[Line]:
    """The current stage's log, and if `two` another one below it, or beside it where both have room."""
    current, second = session.current, session.second_log() if two else None
    first = current, current.attempts[-1] if current.attempts else None
    if second is None:
        return _log(session, *first, width, height)
    if width >= _SIDE_BY_SIDE:
        half = width // 2
        beside = zip(_log(session, *first, half, height), _log(session, *second, width - half, height), strict=True)
        return [[*one, *other] for one, other in beside]
    above = height * 2 // 3
    return [*_log(session, *first, width, above), *_log(session, *second, width, height - above)]


def _log(
    session: QuickSession, stage: QuickStage, attempt: tuple[int, str] | None, width: int, height: int
) -> list[Line]:
    title, lines = f"{stage.index} {sanitize(stage.name)}", []
    if attempt is not None:
        count = len(stage.attempts)
        title += f" · attempt {attempt[0]}" + (f" of {count}" if count > 1 else "")
        lines = log_rows(session.log_lines(attempt[1], height + BACK), width - 4)[-(height - 2) :]
        if not lines:
            said = "no output yet"
            blank = (width - 2 - len(said)) // 2
            lines = [[]] * ((height - 2) // 2) + [[(" " * blank, ""), (said, "muted")]]
    return box(title, "", lines, width, height)
