"""History: every session there has been; a page of the chosen one beside, a filter below, Enter opens."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import msgspec
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.history.search_query import QueryError, matcher
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.model.session_rows import (
    SORTS,
    SessionRow,
    headline_values,
    session_row_head,
    session_row_line,
    sorted_rows,
)
from autotrain_tui.tui.panes.session_detail import SessionDetail, load_detail
from autotrain_tui.tui.panes.session_summary import local_time
from autotrain_tui.tui.screens.history.session_operations import SessionOperations
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.list_view import ListView

__all__ = ["HistoryScreen"]

_CALM_SECONDS = 0.05
"""How long the cursor rests before anything is read for it: a key held down reads nothing."""
_NOTHING = "No session yet. Every run is kept here; 0 (Home) or 4 (Plan) starts one."
_NONE_MEANT = "No session is meant by these words; Esc shows all."
_HINT = "digits · state:failed · plan:x · tag:x · accuracy>0.9 · time>2h · age<7d · -word"


class HistoryScreen(SessionOperations):
    """All sessions."""

    MODE = "history"
    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "ListView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="history.filter", key_display="/", tooltip="Find sessions"),
        Binding("s", "sort", "Sort", id="history.sort", tooltip="Sort by time, best value, duration, plan or state"),
        Binding("space", "mark", "Mark", id="history.mark", tooltip="Mark it: to compare, to lay over in Metrics"),
        Binding("c", "compare", "Compare", id="history.compare", tooltip="Compare the marked sessions"),
        Binding("p", "go_on", "Go on", id="history.go_on", tooltip="Go on with a session that is not done"),
        Binding("a", "again", "Run again", id="history.again", tooltip="Run the same plan again, with changes or not"),
        Binding("e", "export", "Export", id="history.export", tooltip="Write it as CSV, JSON or a Markdown report"),
        Binding("n", "note", "Note", id="history.note", tooltip="Change its note and its tags"),
        Binding(
            "delete,X",
            "delete",
            "Delete",
            id="history.delete",
            key_display="Del",
            tooltip="Delete a finished session for ever (asks)",
        ),
        Binding("escape", "clear", "Clear", id="history.clear", show=False, tooltip="Show all; then take marks away"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, tuple[float, ...]] = {}
        self._sort = "newest"

    def compose_body(self) -> ComposeResult:
        """Table, page, filter."""
        with Horizontal(id="lists"):
            yield ListView[SessionRow](
                "Sessions", session_row_line, head=session_row_head, id="sessions", classes="pane", empty=_NOTHING
            )
            yield SessionDetail(id="preview", classes="pane")
        yield FilterInput(_HINT)

    # -- showing -------------------------------------------------------------------------------------------------------

    def show_rows(self) -> None:
        """Sessions were read; those that run may have gone on, their curves too."""
        for row in self.rows:
            if row.live:
                self._values.pop(row.id, None)
        self._show()

    def _show(self, *, chosen_anew: bool = True) -> None:
        """The sessions meant by the filter, in their order, the cursor where it was."""
        field, rows = self.query_one(FilterInput), self.query_one("#sessions", ListView)
        words = field.value
        try:
            wanted = matcher(words)
            trouble = ""
        except QueryError as error:
            wanted, trouble = None, str(error)
        field.set_class(bool(trouble), "-wrong")
        if wanted is not None:
            shown = [row for row in self.rows if not words or (not row.trouble and wanted(row.fields))]
            rows.empty = _NONE_MEANT if words else _NOTHING
            rows.show([self._dressed(row) for row in sorted_rows(shown, self._sort)], same=lambda row: row.id)
        rows.facts = trouble or self._facts(len(rows.entries), filtered=bool(words))
        rows.repaint()
        if chosen_anew:
            self._preview()
            self._read_values()
            self.refresh_bindings()

    def _dressed(self, row: SessionRow) -> SessionRow:
        marked = self.app.marked
        mark = marked.index(row.id) + 1 if row.id in marked else 0
        values = self._values.get(row.id, ())
        return msgspec.structs.replace(row, mark=mark, values=values) if mark or values else row

    def _facts(self, count: int, *, filtered: bool) -> str:
        """What stands in the frame: how many, in what order, which are marked, when the chosen one began."""
        row = self.query_one("#sessions", ListView).highlighted
        parts = [self.progress or (f"{count:,} of {len(self.rows):,}" if filtered else f"{count:,}")]
        if self._sort != "newest":
            parts.append(f"{self._sort} first" if self._sort in ("best", "longest") else f"by {self._sort}")
        if self.app.marked:
            parts.append(f"{len(self.app.marked)} marked")
        if isinstance(row, SessionRow) and row.fields.get("started"):
            parts.append(local_time(row.fields["started"]))
        return " · ".join(parts)

    @on(ListView.Highlighted, "#sessions")
    def _moved(self) -> None:
        rows = self.query_one("#sessions", ListView)
        rows.facts = self._facts(len(rows.entries), filtered=bool(self.query_one(FilterInput).value))
        rows.repaint()
        self._preview()
        self._read_values()

    @work(group="sparks", exclusive=True, exit_on_error=False)
    async def _read_values(self) -> None:
        """The little curves of the sessions in sight."""
        rows = self.query_one("#sessions", ListView)
        height = max(1, rows.content_size.height)
        await asyncio.sleep(_CALM_SECONDS)
        near = rows.entries[max(0, rows.cursor - height) : rows.cursor + height]
        unknown = [row.id for row in near if row.id not in self._values and not row.trouble]
        for name in unknown:
            self._values[name] = await asyncio.to_thread(headline_values, SessionFolder(self.app.sessions / name))
        if unknown and self.whole:
            self._show(chosen_anew=False)

    @work(group="preview", exclusive=True, exit_on_error=False)
    async def _preview(self) -> None:
        row = self.query_one("#sessions", ListView).highlighted
        page = self.query_one(SessionDetail)
        if not page.display or self.has_class("-narrow"):
            return
        if page.content is not None:
            await asyncio.sleep(_CALM_SECONDS)
        if not isinstance(row, SessionRow):
            page.show(None)
            return
        try:
            view = await asyncio.to_thread(load_view, SessionFolder(self.app.sessions / row.id))
            loaded = await load_detail(view)
        except RecordsError as error:
            page.show(None, str(error))
            return
        page.show(loaded)

    # -- keys ----------------------------------------------------------------------------------------------------------

    @property
    def meant(self) -> SessionFolder | None:
        """The session under the cursor, unless its records can't be read."""
        row = self.query_one("#sessions", ListView).highlighted if self.whole else None
        return SessionFolder(self.app.sessions / row.id) if isinstance(row, SessionRow) and not row.trouble else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The running session's own keys belong to Run; the others need a session."""
        if action == "act":
            return False
        if action == "compare":
            return True if len(self.app.marked) > 1 else None
        if action in {"mark", "again", "export", "note"}:
            return self.meant is not None
        if action in {"delete", "go_on"}:
            row = self.query_one("#sessions", ListView).highlighted if self.whole else None
            if not isinstance(row, SessionRow) or row.trouble:
                return False
            done = row.fields.get("outcome") == "succeeded"
            return (True if row.finished else None) if action == "delete" else not done
        return super().check_action(action, parameters)

    def action_sort(self) -> None:
        """Another order."""
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self._show()

    def action_mark(self) -> None:
        """Mark the session, or take its mark away, and go on to the next."""
        folder, marked = self.meant, self.app.marked
        if folder is None:
            return
        if folder.id in marked:
            marked.remove(folder.id)
        else:
            marked.append(folder.id)
        self.query_one("#sessions", ListView).action_move(1)
        self._show()

    def action_compare(self) -> None:
        """The marked sessions side by side."""
        from autotrain_tui.tui.screens.history.compare_screen import CompareScreen  # first needed here

        self.app.push_screen(CompareScreen(self.app.sessions, list(self.app.marked)))

    def action_filter(self) -> None:
        """Type words."""
        self.query_one(FilterInput).open()

    def action_clear(self) -> None:
        """All sessions again; once they are shown, no marks."""
        field = self.query_one(FilterInput)
        if not field.in_use:
            self.app.marked.clear()
        field.put_away()
        self.set_focus(self.query_one("#sessions", ListView))
        self._show()

    @on(ListView.Selected, "#sessions")
    def _taken(self) -> None:
        folder = self.meant
        if folder is not None:
            self.app.open_session(folder)

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        self._show()

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self.set_focus(self.query_one("#sessions", ListView))
