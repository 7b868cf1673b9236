"""One stage in full: its parameters, its needs, its command, and each of its attempts."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from msgspec import to_builtins
from rich.cells import cell_len

from autotrain_tui.session.history.documents import stage_estimate, stage_metrics
from autotrain_tui.session.history.usage_text import usage_text
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.folded_kinds import groups_of
from autotrain_tui.tui.model.labels import STAGES, ended_how, stage_style
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right, spread, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["StageDetail", "detail"]

_LABEL = 13
_TWO_COLUMNS = 64
"""Cells from which results stand beside the figures."""
_MOST_SIDE = 72
"""Cells that the figures take at most then."""
_MOST_VALUES = 12
_MOST_COMMAND = 5
_MOST_ROWS = 4


def detail(view: View, stage: Stage, width: int) -> list[Line]:
    """The stage in full, `width` cells; in a wide pane what it has given stands beside what it was given."""
    about = [line(" ", *each) for each in flow(sanitize(stage.info.description), width - 2, "", 2)]
    attempt = stage.attempts[-1] if stage.attempts else None
    command = _command_lines(attempt, width) if attempt is not None else []
    if width >= _TWO_COLUMNS:
        side = min(width * 3 // 5, _MOST_SIDE)
        given = [_filled(cut(each, side - 2), side) for each in _given_lines(view, stage, side - 2)]
        results = _result_lines(view, stage, width - side)[1:]
        pairs = zip_longest(given, results, fillvalue=EMPTY)
        lines = [(*(before or _filled(EMPTY, side)), *after) for before, after in pairs]
        return [cut(each, width) for each in [*about, *lines, *command]]
    lines = [*about, EMPTY, *_given_lines(view, stage, width), *command, *_result_lines(view, stage, width)]
    return [cut(each, width) for each in lines]


def _given_lines(view: View, stage: Stage, width: int) -> list[Line]:
    """Its parameters, needs and estimate, and where its last attempt runs or ran."""
    info = stage.info
    lines: list[Line] = []
    for name, value in {**info.params, **stage.changes}.items():
        changed = name in stage.changes
        lines.append(_pair(sanitize(name), f"{sanitize(str(value))}" + (" (changed)" if changed else ""), width))
    if info.needs:
        lines += _flowed("needs", ", ".join(sanitize(name) for name in info.needs), width)
    seconds, source = stage_estimate(view, stage)
    if seconds is not None:
        lines += _flowed("estimate", f"{fmt.estimate(seconds)}, {source}", width)  # the source names the spread
    lines.append(_pair("pause", "saves a checkpoint" if info.resumable else "freezes (not resumable)", width))
    return [*lines, *(_run_lines(stage.attempts[-1], width) if stage.attempts else [])]


def _result_lines(view: View, stage: Stage, width: int) -> list[Line]:
    """Its last values and its attempts, under a heading each."""
    lines: list[Line] = []
    metrics = stage_metrics(view, stage)
    if metrics:
        lines += [EMPTY, line((" Last values", "bold")), *_value_lines(metrics, view.session.metric_name, width)]
    if stage.attempts:
        lines += [EMPTY, line((" Attempts", "bold"))]
        for attempt in stage.attempts:
            lines += _attempt_lines(view, attempt, width)
    return lines


def _filled(shown: Line, width: int) -> Line:
    """The line, with blanks up to `width` cells."""
    return (*shown, *line(" " * (width - width_of(shown))))


def _run_lines(attempt: Attempt, width: int) -> list[Line]:
    """Where and how the latest attempt runs or ran: device, process, start, folder, checkpoint."""
    device = ", ".join(f"GPU {number}" for number in attempt.gpus)
    where = [device or "CPU", *([sanitize(attempt.place)] if attempt.place else [])]
    if attempt.launcher != "local":
        where.append(" ".join(part for part in (sanitize(attempt.launcher), sanitize(attempt.job)) if part))
    elif attempt.pid is not None and attempt.end is None:
        where.append(f"pid {attempt.pid}")
    lines = [_pair("device" if device else "runs on", " · ".join(where), width)]
    started = from_iso(attempt.started)
    if started is not None:
        lines.append(_pair("started", time.strftime("%d %b %H:%M:%S", time.localtime(started)), width))
    lines += _flowed("folder", sanitize(attempt.folder).replace("/", "/ "), width, "/")
    kept = attempt.past_best.checkpoint if attempt.past_best is not None else ""
    if kept:
        lines += _flowed("best kept in", sanitize(kept).replace("/", "/ "), width, "/")
    return lines


def _command_lines(attempt: Attempt, width: int) -> list[Line]:
    """The attempt's command under a heading; nothing where it is not known."""
    if not attempt.command:
        return []
    words = flow(sanitize(shlex.join(attempt.command)), max(8, width - 4), "", _MOST_COMMAND)
    shown = [line(" ", ("$ " if not at else "  ", "faint"), *each) for at, each in enumerate(words)]
    return [EMPTY, line((" Command", "bold")), *shown]


def _value_lines(metrics: Mapping[str, float], headline: str | None, width: int) -> list[Line]:
    """The first kind's values, usually quality, the headline first; of the other kinds how many there are."""
    ordered = sorted(metrics, key=lambda name: name != headline)
    first, *others = groups_of(ordered, headline)
    lines = [_pair(sanitize(name), fmt.value(metrics[name], 10), width) for name in first.names[:_MOST_VALUES]]
    folded = [f"{group.kind} {len(group.names)}" for group in others]
    if len(first.names) > _MOST_VALUES:
        folded.insert(0, f"{first.kind} {len(first.names) - _MOST_VALUES} more")
    if folded:
        lines += [line(" ", *each) for each in flow(f"▸ {', '.join(folded)} (2 shows them)", width - 2, "muted", 2)]
    return lines


def _pair(name: str, text: str, width: int) -> Line:
    return line(" ", (fit(name, _LABEL), "muted"), " ", fit(text, max(1, width - _LABEL - 3)).rstrip())


def _flowed(name: str, text: str, width: int, joint: str = "") -> list[Line]:
    """As a pair, with the text broken between words; after a `joint` the blank that let it break is left out."""
    room = max(1, width - _LABEL - 3)
    rows: list[str] = []
    for word in text.split(" "):
        gap = "" if rows and joint and rows[-1].endswith(joint) else " "
        if rows and cell_len(rows[-1] + gap + word) <= room:
            rows[-1] += gap + word
        else:
            rows.append(word)
    return [_pair(name if not at else "", row, width) for at, row in enumerate(rows[:_MOST_ROWS])]


def _attempt_lines(view: View, attempt: Attempt, width: int) -> list[Line]:
    style = STAGES[attempt.state]
    head = spread(
        line(
            " ",
            (style.sign, style.colour),
            f" {attempt.number} ",
            (style.word, style.colour),
            (" from checkpoint" if attempt.resume else "", "muted"),
        ),
        line(right(fmt.clock(attempt.elapsed(view.mono)), 8), " "),
        width,
    )
    if attempt.end is None:
        return [head]
    used = usage_text(to_builtins(attempt.end.usage), attempt.elapsed(view.mono))
    usage = [line("     ", *each) for each in flow(used, width - 6, "muted", 3)] if used else []
    if attempt.end.exit_code == 0 and not attempt.end.doubts:
        return [head, *usage]
    said = [attempt.end.reason, *(doubt.text for doubt in attempt.end.doubts if doubt.text not in attempt.end.reason)]
    words = "; ".join(sanitize(text) for text in said if text)
    how = ended_how(attempt.end)
    text = words if how in words else f"{how}" + (f": {words}" if words else "")
    return [head, *(line("     ", *each) for each in flow(text, width - 6, "muted", 2)), *usage]


class StageDetail(LineWidget):
    """The pane; it shows what the list's cursor is on."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.view: View | None = None
        self.stage: Stage | None = None

    def show(self, view: View, stage: Stage | None) -> None:
        """Draw this stage."""
        self.view, self.stage = view, stage
        if self.display:
            self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """Its name and state."""
        if self.stage is None:
            return "Stage", ""
        return f"{self.stage.info.index} {sanitize(self.stage.name)}", stage_style(self.stage).word

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  what doesn't fit is not shown
        """The facts."""
        if self.view is None or self.stage is None:
            return ()
        return detail(self.view, self.stage, width)
