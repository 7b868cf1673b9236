"""The top line: state, plan, stage, time and budget of the session."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import session_style
from autotrain_tui.tui.widgets.line import Line, cut, fit, level, line, spread, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["Header", "header_line"]

_LEAST_COMMAND = 8
"""Cells that a cut command must have to be shown."""


def header_line(view: View, width: int, *, read_only: bool = False) -> Line:
    """The session in one line: state, plan, the stage that runs, time and budget; the id and the mode give way first.

    A single command stands as it is.
    """
    session, style = view.session, session_style(view)
    elapsed, budget = view.elapsed_seconds, session.budget_seconds
    state: Line = line(" ", (f"{style.sign} {style.word}", f"{style.colour} bold"), "  ")
    name = (sanitize(session.plan), "bold")
    if view.warning:  # more than the rest of the line: what is seen may not be how it is
        return cut(line(*state, name, "  ", (f"! {sanitize(view.warning)}", "error bold")), width)
    end = line(
        ("read-only   " if read_only else "", "warning"),
        (fmt.clock(elapsed), "bold"),
        (f" of {fmt.clock(budget)}" if budget is not None else "", _near(view)),
        " ",
    )
    if session.command:
        room = width - width_of(end) - width_of((*state, name)) - 1
        command = f" · {sanitize(shlex.join(session.command))}"
        words = fit(command, room).rstrip() if room >= _LEAST_COMMAND else ""
        return spread(line(*state, name, (words, "muted")), end, width)
    now = _now(view)
    for more in (
        f"{now} · {sanitize(session.mode)} · {sanitize(session.id)}",
        f"{now} · {sanitize(session.mode)}",
        now,
    ):
        left = line(*state, name, (more, "muted"))
        if width_of(left) + width_of(end) + 2 <= width:
            break
    return spread(left, end, width)


def _now(view: View) -> str:
    """The stage that runs and its place among all: ` · 3 of 5 refinement`."""
    active, count = view.session.active, len(view.session.stages)
    names = {stage.info.sweep or stage.name for stage in active}  # the trials of a search are one stage
    if len(names) == 1 and active[0].info.sweep:
        trials = f"{len(active)} trial{'s' * (len(active) > 1)}"
        return f" · {active[0].info.index} of {count} {sanitize(active[0].info.sweep)}, {trials}"
    if len(active) != 1:
        return f" · {len(names)} of {count} stages at once" if active else ""
    return f" · {active[0].info.index} of {count} {sanitize(active[0].name)}"


def _near(view: View) -> str:
    """The colour of the budget: a warning when little of it is left."""
    budget = view.session.budget_seconds
    colour = level(view.elapsed_seconds / budget * 100) if budget else "muted"
    return "muted" if colour == "gauge" else colour


class Header(LineWidget):
    """The top line of the Run screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.view: View | None = None
        self._read_only = False

    def show(self, view: View, *, read_only: bool = False) -> None:
        """Draw this view; `read_only`: the screen can ask for nothing, and says so."""
        self.view, self._read_only = view, read_only
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line whatever the height
        """The line."""
        return (header_line(self.view, width, read_only=self._read_only),) if self.view is not None else ()
