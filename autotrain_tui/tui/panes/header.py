"""The top line: plan, state, time and budget of the session."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import session_style
from autotrain_tui.tui.widgets.line import Line, cut, fit, level, line, meter, right, spread, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["Header", "header_line"]

_LEAST_COMMAND = 8
"""Cells that a cut command must have to be shown."""


def header_line(view: View, width: int) -> Line:
    """The session in one line; the id and the mode give way first, then the bar. A single command stands as it is."""
    session, style = view.session, session_style(view)
    elapsed, budget = view.elapsed_seconds, session.budget_seconds
    state: Line = line((style.sign, style.colour), " ", (style.word, f"{style.colour} bold"))
    time = line(
        (right(fmt.clock(elapsed), 7), "bold"), (f" of {fmt.clock(budget)}" if budget is not None else "", "muted")
    )
    bar: Line = ()
    if budget:
        share = elapsed / budget
        colour = level(share * 100) if share < 1 else "error"
        cells = 24 if width >= 110 else 12 if width >= 90 else 10
        bar = line("  ", *meter(share, cells, colour), (right(f"{int(share * 100)} %", 6), ""))
    if view.warning:  # more than the plan's name: what is seen may not be how it is
        left = line(f" {sanitize(session.plan)}  ", (f"! {sanitize(view.warning)}", "error bold"))
        end = (*state, (" ", ""))
        return spread(cut(left, max(0, width - width_of(end) - 1)), cut(end, width), width)
    end = (*state, ("   ", ""), *time, *bar, (" ", ""))
    name = (f" {sanitize(session.plan)}", "bold")
    room = width - width_of(end) - width_of((name,)) - 2
    if session.command:
        command = f" · {sanitize(shlex.join(session.command))}"
        return spread(
            line(name, (fit(command, room).rstrip() if room >= _LEAST_COMMAND else "", "muted")), cut(end, width), width
        )
    for more in (f" · {sanitize(session.mode)} · {sanitize(session.id)}", f" · {sanitize(session.mode)}", ""):
        left = line(name, (more, "muted"))
        if width_of(left) + width_of(end) + 2 <= width:
            break
    return spread(left, cut(end, width), width)


class Header(LineWidget):
    """The top line of the Run screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.view: View | None = None

    def show(self, view: View) -> None:
        """Draw this view."""
        self.view = view
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line whatever the height
        """The line."""
        return (header_line(self.view, width),) if self.view is not None else ()
