"""What came of a session that has ended: its stages, its best value, earlier sessions, what failed, what to do next."""

from __future__ import annotations

import time
from collections.abc import Sequence

from autotrain_tui.session.history.documents import best_of, stage_metrics
from autotrain_tui.session.history.headline import best_place
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Failed, Lost, Stage
from autotrain_tui.session.journal.transitions import Outcome
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.earlier import Earlier, EarlierSession, better_by
from autotrain_tui.tui.model.labels import ended_how, session_style, stage_style, stages_done
from autotrain_tui.tui.model.stage_seconds import stage_seconds
from autotrain_tui.tui.panes.curve_sentences import curve_sentences, usage_lines
from autotrain_tui.tui.panes.stage_text import trial_words
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["FinishCard", "card_lines"]

_NAMES = (9, 22)
"""Cells of the first column of the table of sessions, and of each other."""

_MOST_FAILED = 3
_LAST_LINES = 8
_FEWEST_STAGES = 5
"""A table of fewer lines than its heading and so many says nothing that the list does not."""

_KEYS: dict[Outcome, tuple[tuple[str, str], ...]] = {
    Outcome.SUCCEEDED: (),
    Outcome.FAILED: (("r", "retry the stage"), ("Enter", "resume"), ("e", "its error in the log")),
    Outcome.STOPPED: (("Enter", "resume"),),
    Outcome.BUDGET: (("Enter", "more time, and resume"),),
}
_KEYS_AFTER = (("l", "log"), ("2", "curves"), ("3", "compare with others"), ("4", "change the plan, run again"))


def card_lines(view: View, earlier: Earlier, width: int, height: int) -> list[Line]:
    """The card in at most `height` lines of `width` cells: lines of a log, then the lines between two parts,
    then stages give way first.
    """
    keys = _key_lines(view, width)
    parts = [
        _head(view, width),
        _failures(view, width, _LAST_LINES),
        _best(view, width),
        _comparison(view, earlier, width),
    ]
    parts += [_stage_table(view, width)]
    room = height - len(keys) - 1
    if _cells(parts) > room:
        parts[1] = _failures(view, width, 2)
    if sum(map(len, parts)) > room:  # the list beside the card has them too
        left = room - _cells(parts[:-1]) - 1
        parts[-1] = parts[-1][:left] if left > _FEWEST_STAGES else []
        if parts[-1] and len(parts[-1]) <= len(view.session.stages):
            parts[-1][-1] = line((f"   … {len(view.session.stages) + 2 - len(parts[-1])} more", "muted"))
    apart = _cells(parts) <= room
    lines: list[Line] = []
    for part in parts:
        if part:
            lines += [EMPTY, *part] if lines and apart else part
    lines = lines[: max(0, room)]
    lines += [EMPTY] * max(0, min(2, height - len(lines) - len(keys)))
    return [cut(line(" ", *each), width) if each else EMPTY for each in [*lines, *keys]]


def _cells(parts: Sequence[Sequence[Line]]) -> int:
    """The height of the parts with an empty line between two of them."""
    heights = [len(part) for part in parts if part]
    return sum(heights) + max(0, len(heights) - 1)


def _head(view: View, width: int) -> list[Line]:
    session, style = view.session, session_style(view)
    facts = [f"{stages_done(session)} of {len(session.stages)} stages", fmt.clock(view.elapsed_seconds)]
    if session.budget_seconds is not None:
        facts[1] += f" of {fmt.clock(session.budget_seconds)}"
    doubts = sum(bool(stage.doubts) for stage in session.stages)
    lines = [line((f"{style.sign} {style.word}", f"{style.colour} bold"), ("  " + " · ".join(facts), ""))]
    if session.reason and not any(isinstance(stage.status, Failed | Lost) for stage in session.stages):
        lines += flow(sanitize(session.reason), width - 2, "muted", 2)
    if doubts:
        text = next((each.text for stage in session.stages for each in stage.doubts), "")
        lines += flow(f"! in doubt: {sanitize(text)}", width - 2, "warning", 2)
    return lines


def _failures(view: View, width: int, last_lines: int) -> list[Line]:
    """The stages that failed or were lost: why, and the last lines of the first one's log."""
    lines: list[Line] = []
    failed = [stage for stage in view.session.stages if isinstance(stage.status, Failed | Lost)]
    for stage in failed[:_MOST_FAILED]:
        if not isinstance(stage.status, Failed | Lost):
            continue
        end = stage.status.end
        kind = f" ({sanitize(end.failure)})" if end.failure else ""
        how, reason = ended_how(end), sanitize(end.reason)
        text = f"✗ {sanitize(stage.name)} {stage.state}{kind}: {reason or how}"
        if reason and how not in reason.replace("exit code", "exit"):
            text += f" · {how}"
        lines += flow(text, width - 2, "error bold", 2)
        if stage is failed[0]:
            said = [sanitize(each) for each in end.lines[-last_lines:]]
            lines += [line(("  │ ", "error"), each) for each in said[:-1]]
            lines += [line(("  │ ", "error"), *each) for each in flow(said[-1] if said else "", width - 6, "", 3)]
    if len(failed) > _MOST_FAILED:
        lines.append(line((f"  and {len(failed) - _MOST_FAILED} more", "muted")))
    return lines


def _best(view: View, width: int) -> list[Line]:
    """The best value and where it was reached, what the curves say, and what it took."""
    name, best = view.session.metric_name, best_of(view)
    said = [*curve_sentences(view.session, width - 2), *usage_lines(view, width)]
    if name is None or best is None:
        return said
    head = [line(("best ", "muted"), (f"{sanitize(name)} {fmt.value(best)}", "bold"), (_place_of(view, best), "muted"))]
    return [*head, *said]


def _place_of(view: View, best: float) -> str:
    """` in perfection, epoch 4`; empty if the records don't say."""
    for stage in view.session.stages:
        for attempt in stage.attempts:
            if attempt.best == best:
                place = ""
                if attempt.best_epoch is not None:
                    place = f", epoch {attempt.best_epoch:g}"
                elif attempt.best_step is not None:
                    place = f", step {fmt.count(attempt.best_step)}"
                return f" in {sanitize(stage.name)}{place}"
        if stage_metrics(view, stage).get(view.session.metric_name or "") == best:
            return f" in {sanitize(stage.name)}"
    return ""


def _comparison(view: View, earlier: Earlier, width: int) -> list[Line]:
    """The session beside the plan's last one and its best one."""
    others = [("last", earlier.last), ("best", earlier.best)]
    if earlier.last is not None and earlier.best is not None and earlier.last.id == earlier.best.id:
        others = [("last and best", earlier.last)]
    columns = [(name, other) for name, other in others if other is not None]
    if not columns:
        return []
    first, cells = _NAMES[0], max(12, min(_NAMES[1] + 6, (width - 2 - _NAMES[0] - 12) // len(columns)))
    now = time.time()
    head = [(fit("", first), ""), (fit("this", 12), "bold")]
    for name, other in columns:
        begun = from_iso(other.started)
        when = f" {fmt.ago(now - begun)}" if begun is not None else ""
        head.append((fit(f"{name}{when}", cells), "muted"))
    rows = [line(*head)]
    best = best_of(view)
    if view.session.metric_name is not None and earlier.metric == view.session.metric_name and best is not None:
        row = [(fit(sanitize(view.session.metric_name), first - 1) + " ", "muted"), (fit(fmt.value(best), 12), "bold")]
        for _, other in columns:
            row += _difference(view, best, other, cells)
        rows.append(line(*row))
    row = [(fit("time", first), "muted"), (fit(fmt.clock(view.elapsed_seconds), 12), "bold")]
    rows.append(line(*row, *((fit(fmt.clock(other.seconds), cells), "") for _, other in columns)))
    row = [
        (fit("stages", first), "muted"),
        (fit(f"{stages_done(view.session)}/{len(view.session.stages)}", 12), "bold"),
    ]
    ends = (fit(f"{other.done}/{other.total} {other.outcome}", cells) for _, other in columns)
    return [*rows, line(*row, *((end, "") for end in ends))]


def _difference(view: View, best: float, other: EarlierSession, cells: int) -> list[tuple[str, str]]:
    if other.best is None:
        return [(fit(fmt.UNKNOWN, cells), "muted")]
    by, value = better_by(best, other.best, view.session.metric_goal), fmt.value(other.best)
    words = f" {fmt.value(abs(by))} {'better' if by > 0 else 'worse'}" if by else " the same"
    colour = "success" if by > 0 else "warning" if by < 0 else "muted"
    return [(value, ""), (fit(words, cells - len(value)), colour)]


def _stage_table(view: View, width: int) -> list[Line]:
    """Each stage with its time, the headline's last value and its best."""
    session = view.session
    names = max(8, min(28, width - 40, max((len(stage.name) for stage in session.stages), default=8)))
    head = f"    {fit('stage', names)} {right('time', 9)}"
    if session.metric_name:  # the line of the best value, above, names it
        head += f" {right('last', 9)} {right('best', 9)}"
    return [line((head, "muted")), *(_stage_row(view, stage, names) for stage in session.stages)]


def _stage_row(view: View, stage: Stage, names: int) -> Line:
    style = stage_style(stage)
    ran = bool(stage.attempts or view.session.trials_of(stage.name))
    quiet = "" if ran else "muted"
    spans = [
        (f"{style.sign} ", style.colour),
        (f"{stage.info.index} ", "faint"),
        (fit(sanitize(stage.name), names), quiet),
        (right(fmt.clock(stage_seconds(view, stage)) if ran else style.word, 10), quiet),
    ]
    if view.session.metric_name is not None:
        last = stage_metrics(view, stage).get(view.session.metric_name)
        best = best_place(view, stage)
        spans += [(right(fmt.value(last), 10), quiet), (right(fmt.value(best.value if best else None), 10), quiet)]
    if len(stage.attempts) > 1:
        spans.append((f"  {len(stage.attempts)} attempts", "muted"))
    winner = view.session.stage(stage.winners[0]) if stage.winners else None
    if winner is not None:
        spans.append((f"  won by {trial_words(winner)}", "muted"))
    return line(*spans)


def _key_lines(view: View, width: int) -> list[Line]:
    """The keys that are likely next, in at most two lines."""
    outcome = view.session.outcome
    lines: list[list[tuple[str, str]]] = [[]]
    for key, text in (*(_KEYS[outcome] if outcome is not None else ()), *_KEYS_AFTER):
        words = [(key, "key"), (f" {text}", "muted")]
        gap = [("   ", "")] if lines[-1] else []
        if width_of((*lines[-1], *gap, *words)) > width - 2:
            lines.append([])
            gap = []
        lines[-1] += [*gap, *words]
    return [line(*each) for each in lines[:2]]


class FinishCard(LineWidget):
    """The card in a frame, in the place of the log."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self._view: View | None = None
        self._earlier = Earlier()

    def show(self, view: View, earlier: Earlier) -> None:
        """Draw this session."""
        self._view, self._earlier = view, earlier
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """Its name, and when the session ended."""
        ended = from_iso(self._view.session.ended) if self._view is not None else None
        return "Summary", time.strftime("ended %d %b %H:%M", time.localtime(ended)) if ended is not None else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The card."""
        return card_lines(self._view, self._earlier, width, height) if self._view is not None else ()
