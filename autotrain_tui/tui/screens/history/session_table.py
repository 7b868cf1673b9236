"""History's table: the rows that pass the filter, in their order, with marks and little curves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.session.history.search_query import QueryError, matcher
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.model.session_rows import SORTS, SessionRow, parameter_sorts, sorted_rows
from autotrain_tui.tui.model.session_values import SessionValues, session_values
from autotrain_tui.tui.model.view_settings import HISTORY, ViewSettings, recall, remember
from autotrain_tui.tui.panes.session_row_lines import session_row_head, session_row_line
from autotrain_tui.tui.panes.session_summary import local_time
from autotrain_tui.tui.screens.history.column_choice import ask_columns, columns_after
from autotrain_tui.tui.widgets.background_work import run_in_background
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.line import Line
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen
    from autotrain_tui.tui.screens.history.session_reader import SessionReader

__all__ = ["NO_SESSION", "REST_SECONDS", "SessionTable"]

_LOOKED_AT = 500
"""The newest sessions whose parameters can have a column."""
REST_SECONDS = 0.05
"""How long the cursor rests before anything is read for it: a key held down reads nothing."""
NO_SESSION = "No session yet. Every run is kept here; 0 (Home) or 4 (Plan) starts one."
_NO_MATCH = "No session matches these words; Esc shows all."


class SessionTable:
    """Draws the rows that the reader has read."""

    def __init__(self, screen: ModeScreen, host: Host, reader: SessionReader) -> None:
        self._screen, self._host, self._reader = screen, host, reader
        self._values: dict[str, SessionValues] = {}
        self._shown_rows: list[SessionRow] = []
        """The reader's list when rows were last shown; another one means that the sessions were read again."""
        self._sort = "newest"
        self._columns: tuple[str, ...] = ()
        """Metrics and parameters that a person wants to see of each session."""
        self._restored = False

    @property
    def list(self) -> ListView[SessionRow]:
        """The widget."""
        return self._screen.query_one("#sessions", ListView)

    @property
    def row(self) -> SessionRow | None:
        """The row under the cursor."""
        row = self.list.highlighted if self._screen.whole else None
        return row if isinstance(row, SessionRow) else None

    @property
    def folder(self) -> SessionFolder | None:
        """The session under the cursor, unless its records can't be read."""
        row = self.row
        return SessionFolder(self._host.sessions / row.id) if row is not None and not row.trouble else None

    def _forget_live_values(self) -> None:
        """If the sessions were read again, those that run may have new values."""
        if self._reader.rows is not self._shown_rows:
            self._shown_rows = self._reader.rows
            for row in self._shown_rows:
                if row.live:
                    self._values.pop(row.id, None)

    def restore(self) -> None:
        """Order, columns and filter as they were left; only once."""
        if self._restored:
            return
        self._restored = True
        left = recall(HISTORY)
        if left is not None:
            self._sort = left.sort if left.sort in SORTS else self._sort
            self._columns = left.columns
            self._screen.query_one(FilterInput).restore(left.filter)

    def remember(self) -> None:
        """Keep order, columns and filter for the next time."""
        words = self._screen.query_one(FilterInput).value
        remember(HISTORY, ViewSettings(sort=self._sort, filter=words, columns=self._columns))

    def draw(self, row: SessionRow, width: int) -> tuple[Line]:
        """A session in one line."""
        return session_row_line(row, width, self._columns)

    def draw_head(self, width: int) -> Line:
        """The heading."""
        return session_row_head(width, self._columns)

    async def choose_columns(self, changed: Callable[[], None]) -> None:
        """Ask which metrics and parameters have a column; `changed` is called after each choice."""
        metrics = dict.fromkeys(name for values in self._values.values() for name in values.metrics)
        params = dict.fromkeys(
            name for row in self._reader.rows[:_LOOKED_AT] for name in row.fields.get("params") or ()
        )
        known = list(dict.fromkeys((*self._columns, *sorted(metrics), *params)))
        while True:
            reply = await self._screen.app.push_screen_wait(ask_columns(known, self._columns))
            columns = columns_after(reply, self._columns)
            if columns is None:
                return
            self._columns = columns
            self.remember()
            changed()

    def next_sort(self) -> None:
        """Another order, from the next `show` on."""
        names = [*SORTS, *parameter_sorts(self._reader.rows)]
        place = names.index(self._sort) if self._sort in names else -1
        self._sort = names[(place + 1) % len(names)]

    def show(self) -> None:
        """The sessions that match the filter, in their order, the cursor where it was."""
        self._forget_live_values()
        field = self._screen.query_one(FilterInput)
        words, rows = field.value, self.list
        try:
            wanted = matcher(words)
            trouble = ""
        except QueryError as error:
            wanted, trouble = None, str(error)
        field.set_class(bool(trouble), "-wrong")
        if wanted is not None:
            shown = [row for row in self._reader.rows if not words or (not row.trouble and wanted(row.fields))]
            rows.empty = _NO_MATCH if words else NO_SESSION
            rows.show([self._decorated(row) for row in sorted_rows(shown, self._sort)], same=lambda row: row.id)
        rows.facts = trouble or self._facts()
        rows.repaint()

    def show_facts(self) -> None:
        """The frame's title again: the cursor is on another session."""
        rows = self.list
        rows.facts = self._facts()
        rows.repaint()

    def _decorated(self, row: SessionRow) -> SessionRow:
        marked = self._host.marked
        mark = marked.index(row.id) + 1 if row.id in marked else 0
        values = self._values.get(row.id)
        if not mark and values is None:
            return row
        values = values or SessionValues()
        return msgspec.structs.replace(row, mark=mark, values=values.trend, metrics=values.metrics)

    def _facts(self) -> str:
        """What stands in the frame: how many, in what order, how many are marked, when the selected one began."""
        row, count, reader = self.list.highlighted, len(self.list.entries), self._reader
        filtered = bool(self._screen.query_one(FilterInput).value)
        parts = [reader.progress or (f"{count:,} of {len(reader.rows):,}" if filtered else f"{count:,}")]
        if self._sort != "newest":
            parts.append(f"{self._sort} first" if self._sort in ("best", "longest") else f"by {self._sort}")
        if self._host.marked:
            parts.append(f"{len(self._host.marked)} marked")
        if isinstance(row, SessionRow) and row.fields.get("started"):
            parts.append(local_time(row.fields["started"]))
        return " · ".join(parts)

    def read_values(self) -> None:
        """Read the little curves of the sessions in sight."""
        run_in_background(self._screen, self._read_values, "sparks")

    async def _read_values(self) -> None:
        rows = self.list
        height = max(1, rows.content_size.height)
        await asyncio.sleep(REST_SECONDS)
        near = rows.entries[max(0, rows.cursor - height) : rows.cursor + height]
        unknown = [row.id for row in near if row.id not in self._values and not row.trouble]
        for name in unknown:
            self._values[name] = await asyncio.to_thread(session_values, SessionFolder(self._host.sessions / name))
        if unknown and self._screen.whole:
            self.show()
