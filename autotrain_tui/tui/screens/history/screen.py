"""History: every session of the project; the selected one beside the table, a filter below, Enter opens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.widgets import Input

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.model.session_rows import SessionRow
from autotrain_tui.tui.panes.session_detail import SessionDetail
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines
from autotrain_tui.tui.screens.history.selected_session import SelectedSession
from autotrain_tui.tui.screens.history.session_operations import SessionOperations
from autotrain_tui.tui.screens.history.session_reader import SessionReader
from autotrain_tui.tui.screens.history.session_table import NO_SESSION, SessionTable
from autotrain_tui.tui.widgets.background_work import background, run_in_background
from autotrain_tui.tui.widgets.container import PlainContainer
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host

__all__ = ["HistoryScreen"]

_HINT = "digits · state:failed · plan:x · tag:x · accuracy>0.9 · time>2h · age<7d · -word"


class HistoryScreen(ModeScreen):
    """All sessions."""

    MODE = "history"
    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "ListView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="history.filter", key_display="/", tooltip="Find sessions"),
        Binding(
            "s", "table('sort')", "Sort", id="history.sort", tooltip="Sort by time, best value, duration, plan or state"
        ),
        Binding("space", "mark", "Mark", id="history.mark", tooltip="Mark it for comparison, here and in Metrics"),
        Binding("c", "compare", "Compare", id="history.compare", tooltip="Compare the marked sessions"),
        Binding("p", "operate('resume')", "Resume", id="history.resume", tooltip="Resume a session that is not done"),
        Binding(
            "a",
            "operate('again')",
            "Run again",
            id="history.again",
            tooltip="Run the same plan again, with changes or not",
        ),
        Binding(
            "e", "operate('export')", "Export", id="history.export", tooltip="Export as CSV, JSON or a Markdown report"
        ),
        Binding("n", "operate('note')", "Note", id="history.note", tooltip="Change its note and its tags"),
        Binding(
            "delete,X",
            "operate('delete')",
            "Delete",
            id="history.delete",
            key_display="Del",
            tooltip="Delete a finished session permanently (asks)",
        ),
        Binding(
            "m",
            "table('columns')",
            "Columns",
            id="history.columns",
            tooltip="Choose the metrics and parameters that have a column",
        ),
        Binding("escape", "clear", "Clear", id="history.clear", show=False, tooltip="Show all; then clear marks"),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._reader = SessionReader(self, host, self._show)
        self._table = SessionTable(self, host, self._reader)
        self._selected = SelectedSession(self, host)
        self._operations = SessionOperations(self, host, self._reader.look)

    def compose(self) -> ComposeResult:
        """Table, preview, filter."""
        with Horizontal(id="lists"):
            with PlainContainer(id="left"):
                yield ListView[SessionRow](
                    "Sessions",
                    self._table.draw,
                    head=self._table.draw_head,
                    id="sessions",
                    classes="pane",
                    empty=NO_SESSION,
                )
                yield CurvePane(id="first", classes="pane")
                yield CurvePane(id="second", classes="pane")
            yield SessionDetail(id="preview", classes="pane")
        yield FilterInput(_HINT)
        yield from bottom_lines(self)

    def on_screen_resume(self) -> None:
        """Look again."""
        super().on_screen_resume()
        self._table.restore()
        self._reader.look()

    def tick(self, view: View | None) -> None:  # noqa: ARG002  the base's form
        """Every few seconds: has a session changed?"""
        self._reader.tick()

    @on(Resize)
    @on(Input.Changed, "#filter")
    def _show(self) -> None:
        """The table again, and what belongs to the row under its cursor; another size has other room for it."""
        if not self.whole:
            return
        self._table.show()
        self._selected.arrange(len(self._table.list.entries))
        self._preview()
        self._table.read_values()
        self.refresh_bindings()

    @on(ListView.Highlighted, "#sessions")
    def _row_highlighted(self) -> None:
        self._table.show_facts()
        self._preview()
        self._table.read_values()

    @background("preview")
    async def _preview(self) -> None:
        await self._selected.load(self._table.row, self._reader.rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The open session's keys are hidden here; the others need a session under the cursor."""
        if action == "act":
            return False
        if action == "compare":
            return True if len(self.host.marked) > 1 else None
        if action == "operate":
            return self._operations.check(str(parameters[0]), self._table.row)
        if action == "mark":
            return self._table.folder is not None
        return super().check_action(action, parameters)

    def action_operate(self, operation: str) -> None:
        """Resume, run again, export, describe or delete the session under the cursor."""
        folder = self._table.folder
        if folder is not None:
            self._operations.start(operation, folder)

    @on(ListView.HeadClicked, "#sessions")
    def action_table(self, what: ListView.HeadClicked | str) -> None:
        """Another order, also by a click on the heading; or other columns."""
        if what == "columns":
            run_in_background(self, partial(self._table.choose_columns, self._show), "columns")
            return
        self._table.next_sort()
        self._show()
        self._table.remember()

    def action_mark(self) -> None:
        """Mark the session, or take its mark away, and go to the next."""
        folder, marked = self._table.folder, self.host.marked
        if folder is None:
            return
        if folder.id in marked:
            marked.remove(folder.id)
        else:
            marked.append(folder.id)
        self._table.list.action_move(1)
        self._show()

    def action_compare(self) -> None:
        """The marked sessions side by side."""
        from autotrain_tui.tui.screens.history.compare_screen import CompareScreen  # first needed here

        self.app.push_screen(CompareScreen(self.host.sessions, list(self.host.marked)))

    def action_filter(self) -> None:
        """Type words."""
        self.query_one(FilterInput).open()

    def action_clear(self) -> None:
        """All sessions again; once they are shown, no marks."""
        field = self.query_one(FilterInput)
        if not field.in_use:
            self.host.marked.clear()
        field.clear_and_hide()
        self._filter_submitted()
        self._show()

    @on(ListView.Selected, "#sessions")
    def _row_selected(self) -> None:
        folder = self._table.folder
        if folder is not None:
            self.host.open_session(folder)

    @on(Input.Submitted, "#filter")
    def _filter_submitted(self) -> None:
        self.set_focus(self._table.list)
        self._table.remember()
