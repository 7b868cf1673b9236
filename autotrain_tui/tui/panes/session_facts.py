"""Beside a session's curves: its best value against the earlier sessions of its plan, and what it was given."""

from __future__ import annotations

import time
from collections.abc import Sequence

from autotrain_tui.session.history.headline import best_place
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.earlier import Earlier, better_by
from autotrain_tui.tui.panes.parameter_table import parameter_lines
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, flow, line, spread
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["SessionFactsPane", "session_fact_lines"]


def session_fact_lines(view: View, earlier: Earlier, width: int) -> list[Line]:
    """The best value of the headline, the plan's best and last session beside it, and the parameters."""
    lines: list[Line] = []
    name, best = view.session.metric_name, best_place(view)
    if name is not None and best is not None:
        stage = f"in {sanitize(best.stage)}" if best.stage and len(view.session.stages) > 1 else ""
        where = " ".join(part for part in (stage, fmt.place(best.step, best.epoch)) if part)
        lines += _value(f"best {sanitize(name)}", best.value, where, width, "bold")
        if earlier.metric == name:
            lines += _others(view, earlier, best.value, width)
    parameters = parameter_lines(view.session, width)
    return [cut(each, width) for each in (*lines, *(parameters if lines else parameters[1:]))]


def _value(label: str, value: float | None, words: str, width: int, colour: str = "") -> list[Line]:
    """A value at the right edge, and words about it below."""
    head = spread(line(" ", (label, "muted")), line((fmt.value(value), colour), " "), width)
    return [head, *(line("   ", *each) for each in flow(words, width - 4, "faint", 2))] if words else [head]


def _others(view: View, earlier: Earlier, best: float, width: int) -> list[Line]:
    """The plan's last session and its best one, and by how much this one is better."""
    last, first = earlier.last, earlier.best
    if first is None:
        return [line(" ", *each) for each in flow("no earlier session has a value", width - 2, "muted", 2)]
    others = [("best earlier", first)]
    if last is not None and last.id != first.id:
        others.append(("last session", last))
    lines: list[Line] = []
    for word, other in others:
        begun = from_iso(other.started)
        age = f", {fmt.ago(time.time() - begun)}" if begun is not None else ""
        lines += _value(word, other.best, f"{other.outcome or 'not ended'}{age}", width)
        if other.best is not None:
            by = better_by(best, other.best, view.session.metric_goal)
            verdict, colour = ("better", "success") if by > 0 else ("worse", "warning") if by < 0 else ("", "muted")
            lines.append(line("   ", (f"{fmt.value(abs(by))} {verdict}" if by else "the same", colour)))
    return lines


class SessionFactsPane(LineWidget):
    """The pane; its height is that of what it says."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self._shown: tuple[View, Earlier] | None = None

    def show(self, view: View, earlier: Earlier) -> None:
        """Draw this session."""
        self._shown = view, earlier
        if self.display:
            self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """What it is."""
        return "Session", ""

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  what doesn't fit is not shown
        """The facts."""
        return session_fact_lines(*self._shown, width) if self._shown is not None else (EMPTY,)
