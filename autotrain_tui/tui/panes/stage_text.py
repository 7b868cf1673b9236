"""One stage as lines: its line, its details, its state in a sentence. Pure: a view and a width in, lines out."""

from __future__ import annotations

from autotrain_tui.session.history.headline import best_place, stage_metrics
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Frozen, Paused, Pausing, Pending, Stage, Starting, Stopping, Succeeded
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.records.heartbeat import Live
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import stage_style
from autotrain_tui.tui.model.stage_seconds import stage_seconds
from autotrain_tui.tui.model.trial_rows import search_facts
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, meter, right, width_of

__all__ = ["counts_text", "detail_lines", "eta_text", "stage_line", "state_sentence"]

_TIME = 8
_METRIC = 7
_QUIET = (StageState.PENDING, StageState.HELD, StageState.SKIPPED)


def stage_line(view: View, stage: Stage, width: int, digits: int) -> Line:
    """One stage in one line: sign, index (`digits` cells), name, time spent or estimated, headline metric."""
    style = stage_style(stage)
    tail = (*_time(view, stage), *_metric(view, stage), (" ", ""))
    quiet = stage.state in _QUIET
    colour = "accent bold" if stage.state is StageState.RUNNING else "muted" if quiet else ""
    room = max(3, width - width_of(tail) - digits - 4)
    if stage.info.sweep:
        return cut(
            line(
                " ", " " * digits, (style.sign, style.colour), " ", (fit(trial_words(stage), room + 1), colour), *tail
            ),
            width,
        )
    return cut(
        line(
            " ",
            (style.sign, style.colour),
            " ",
            (right(str(stage.info.index), digits), "faint"),
            " ",
            (fit(sanitize(stage.name), room), colour),
            *tail,
        ),
        width,
    )


def trial_words(stage: Stage) -> str:
    """A trial by its number and its values: `07 lr 0.003462, batch_size 64`."""
    values = ", ".join(
        f"{name.rpartition('.')[2]} {value:.4g}" if isinstance(value, float) else f"{name.rpartition('.')[2]} {value}"
        for name, value in stage.info.swept.items()
    )
    return sanitize(f"{stage.info.trial:02d} {values}")


def _time(view: View, stage: Stage) -> Line:
    if stage.attempts or (stage.info.search is not None and stage.state is not StageState.PENDING):
        return line((right(fmt.clock(stage_seconds(view, stage)), _TIME), ""))
    if stage.state in (StageState.SKIPPED, StageState.HELD):
        return line((right(stage.state.value, _TIME), "muted"))
    return line((right(fmt.estimate(stage.info.estimate_seconds), _TIME), "muted"))


def _metric(view: View, stage: Stage) -> Line:
    name = view.session.metric_name
    if name is None:
        return EMPTY
    best = best_place(view, stage) if stage.info.search is not None else None
    found = best.value if best is not None else stage_metrics(view, stage).get(name)
    return line((right(fmt.value(found), _METRIC), "muted" if found is None else ""))


def detail_lines(view: View, stage: Stage, width: int, *, brief: bool = False) -> list[Line]:
    """What is unfolded below a stage that is at work: its bar, its counts, its ETA, and what is special about it.

    If `brief`, counts and ETA share a line, which leaves the rate out where they would not fit.
    """
    live = view.live.get(stage.name)
    indent = "   "
    room = width - len(indent) - 1
    lines: list[Line] = []
    if stage.info.search is not None:
        return [line(indent, *each) for each in flow(search_facts(view, stage), room, "muted", 2)]
    colour = stage_style(stage).colour
    if live is not None and live.progress.fraction is not None:
        share = right(f"{int(live.progress.fraction * 100)} %", 6)
        lines.append(line(indent, *meter(live.progress.fraction, max(4, room - 6), colour), share))
    counts, eta = counts_text(stage, live), eta_text(stage, live)
    facts = [text for text in (counts, eta) if text]
    if brief and eta and len(" · ".join(facts)) > room:
        facts = [" · ".join((*counts.split(" · ")[:1], eta))]
    elif len(joined := " · ".join(facts)) <= room:
        facts = [joined]
    lines += [line(indent, *each) for text in facts if text for each in flow(text, room, "muted", 1)]
    sentence = state_sentence(view, stage)
    lines += [line(indent, *each) for each in flow(sentence, room, colour, 3)]
    return lines


def counts_text(stage: Stage, live: Live | None) -> str:
    """Epoch or step and the rate: `epoch 5/12 · 41.2 steps/s`."""
    if live is None:
        return ""
    progress, parts = live.progress, []
    if progress.epoch is not None:
        epochs = progress.epochs if progress.epochs is not None else stage.info.epochs
        parts.append(f"epoch {progress.epoch:g}" + (f"/{epochs:g}" if epochs else ""))
    elif progress.step is not None:
        total = f"/{fmt.count(progress.total)}" if progress.total else ""
        parts.append(f"step {fmt.count(progress.step)}{total}")
    if progress.rate is not None:
        rate = fmt.count(round(progress.rate)) if progress.rate >= 100 else f"{progress.rate:.3g}"
        parts.append(f"{rate} steps/s")
    return " · ".join(parts)


def eta_text(stage: Stage, live: Live | None) -> str:
    """Time to go with its spread: `eta 9:10 ±0:40`; nothing for a stage that isn't moving."""
    if live is None or live.eta_seconds is None or stage.state is not StageState.RUNNING:
        return ""
    spread = f" ±{fmt.clock(live.eta_spread_seconds)}" if live.eta_spread_seconds else ""
    return f"eta {fmt.clock(live.eta_seconds)}{spread}"


def state_sentence(view: View, stage: Stage) -> str:
    """The stage's special state in one sentence; empty for an ordinary one."""
    match stage.status:
        case Frozen():
            return "frozen: its memory, on the GPU too, stays taken; P thaws"
        case Pausing(since_mono=since, grace_seconds=grace):
            waited = max(0.0, view.mono - since)
            late = waited > grace
            return f"still saving, {fmt.clock(waited)} so far" if late else "pausing: saving a checkpoint"
        case Stopping(intent=intent, since_mono=since, grace_seconds=grace):
            left = grace - (view.mono - since)
            word = {
                "skip": "skipping",
                "retry": "ending for a retry",
                "kill": "killing",
                "timeout": "out of time, stopping",
            }.get(intent, "stopping")
            return f"{word}: killed in {fmt.clock(left)} unless it ends" if left > 0 else f"{word}: being killed"
        case Paused(end=end) if end.doubts:
            return f"paused without a checkpoint: {sanitize(end.reason)}"
        case Succeeded(end=end) if end.doubts:
            return f"in doubt: {'; '.join(sanitize(doubt.text) for doubt in end.doubts)}"
        case Paused():
            return "paused: GPU and memory are free; p resumes"
        case Pending() if stage.waiting:
            return f"waits: {sanitize(stage.waiting)}"
        case Starting() if stage.waiting:
            return sanitize(stage.waiting)  # a batch system's queue: `Slurm 4711: Priority, about 14:20`
        case _:
            return ""
