"""What was read of a log, and the pattern of a plan that reads a number that was left out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.attempt_logs import AttemptLog
from autotrain_tui.tui.model.explain_rows import ExplainRow, read_rows
from autotrain_tui.tui.widgets.background_work import run_in_background
from autotrain_tui.tui.widgets.line import Line, fit, flow, line
from autotrain_tui.tui.widgets.line_widget import LineWidget
from autotrain_tui.tui.widgets.list_view import ListView

__all__ = ["ExplainScreen"]

_LABEL = 10
_NAME = 18
_KEYS = "Enter copies a left-out number's pattern · n next of them · [ ] other attempts"


def _row_line(row: ExplainRow, width: int) -> tuple[Line]:
    """A row in one line."""
    if row.kind == "shape":
        return (line((row.label.rjust(_LABEL), "accent"), "  ", (row.text, "bold")),)
    if row.kind == "fact":
        return (line(" ", (fit(row.label, _LABEL - 1), "muted"), "  ", row.text),)
    return (
        line(
            " ", (fit("left out", _LABEL - 1), "warning"), "  ", fit(row.label, min(_NAME, width // 3)), " ", row.text
        ),
    )


class _Below(LineWidget):
    """The row under the cursor in full, or what became of a pattern."""

    def __init__(self) -> None:
        super().__init__(id="below")
        self.lines: tuple[tuple[str, str], ...] = ()

    def show(self, *lines: tuple[str, str]) -> None:
        """Show texts, each with its colour."""
        self.lines = lines
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  what does not fit is not shown
        """The texts, broken between words."""
        return [each for text, colour in self.lines for each in flow(text, width, colour)]


class ExplainScreen(ModalScreen[None]):
    """Each line shape of a log: what was taken as what, what was left out and why."""

    CSS_PATH = "log_explanation.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "dismiss", "Close", id="explain.close", tooltip="Back to the screen"),
        Binding("n", "next", "Next", id="explain.next", tooltip="The next number that was left out"),
        Binding(
            "left_square_bracket", "attempt(-1)", "Before", id="explain.before", tooltip="The log of the attempt before"
        ),
        Binding(
            "right_square_bracket", "attempt(1)", "After", id="explain.after", tooltip="The log of the attempt after"
        ),
    ]

    def __init__(self, logs: Sequence[AttemptLog], at: int) -> None:
        """`logs`: what can be explained, one at least; `at`: the place of the first that is."""
        super().__init__()
        self.logs, self.at = tuple(logs), at

    def compose(self) -> ComposeResult:
        """The rows, and the one under the cursor in full."""
        with Vertical(id="box") as box:
            box.border_title = "What was read"
            box.border_subtitle = "Esc closes"
            yield ListView[ExplainRow]("", _row_line, id="rows", empty="")
            yield _Below()

    def on_mount(self) -> None:
        """Read the first log."""
        self._load()

    def _load(self) -> None:
        self.query_one("#box").border_title = f"What was read: {self.logs[self.at].title}".replace("[", r"\[")
        self._rows.empty = "Reading the log …"
        self._rows.show(())
        self.query_one(_Below).show()
        run_in_background(self, self._read, "explain")

    async def _read(self) -> None:
        """Explain the log in a thread."""
        try:
            rows = await asyncio.to_thread(read_rows, self.logs[self.at].path)
        except OSError as error:
            rows, self._rows.empty = [], f"The log cannot be read: {sanitize(error.strerror or str(error))}."
        else:
            self._rows.empty = "No line of the log has a number."
        self._rows.show(rows)
        self._rows.go(0)
        self._rows.focus()
        self._show_row()

    @property
    def _rows(self) -> ListView[ExplainRow]:
        return self.query_one("#rows", ListView)

    @on(ListView.Highlighted, "#rows")
    def _row_highlighted(self, event: ListView.Highlighted) -> None:
        if isinstance(event, ListView.Selected):
            self._take()
        else:
            self._show_row()

    def _show_row(self) -> None:
        row = self._rows.highlighted
        if row is None:
            self.query_one(_Below).show((_KEYS, "muted"))
        elif row.plan_line:
            self.query_one(_Below).show(("Enter copies this line for the plan:", "muted"), (row.plan_line, ""))
        else:
            self.query_one(_Below).show((row.text, ""), (_KEYS, "muted"))

    def _take(self) -> None:
        """Hand the pattern over: copied by the terminal, and shown, because not every terminal copies."""
        row = self._rows.highlighted
        if row is None or not row.plan_line:
            return
        self.app.copy_to_clipboard(row.plan_line)
        told = f"Copied, if the terminal allows it. In the plan, this line reads {row.label} from the next start on:"
        self.query_one(_Below).show((told, "success"), (row.plan_line, "accent"))

    def action_next(self) -> None:
        """To the next number that was left out, from the start again behind the last."""
        rows, at = self._rows.entries, self._rows.cursor
        order = [*range(at + 1, len(rows)), *range(at + 1)]
        place = next((place for place in order if rows[place].kind == "left out"), None)
        if place is not None:
            self._rows.go(place)
            self._show_row()

    def action_attempt(self, by: int) -> None:
        """Explain the log of another attempt."""
        at = max(0, min(self.at + by, len(self.logs) - 1))
        if at != self.at:
            self.at = at
            self._load()
