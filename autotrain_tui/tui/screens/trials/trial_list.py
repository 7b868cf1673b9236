"""Trials' table: the trials of one search that pass the filter, in their order, with marks and little curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.session.history.search_query import QueryError, matcher
from autotrain_tui.session.history.trial_table import swept_names
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.trial_rows import TrialRow, search_facts, searches, sort_names, sorted_rows, trial_rows
from autotrain_tui.tui.panes.trial_lines import TrialColumns, trial_columns, trial_head, trial_line
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.line import Line
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.session.journal.state import Stage
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["NO_TRIAL", "TrialList"]

NO_TRIAL = "No trial yet. A stage with [stage.sweep] is a search; each of its settings is a row here."
_NO_MATCH = "No trial matches these words; Esc shows all."
_CURVE_VALUES = 64
"""Values of which a little curve is made."""


class TrialList:
    """Draws the rows of one search; a screen owns one."""

    def __init__(self, screen: ModeScreen, host: Host) -> None:
        self._screen, self._host = screen, host
        self.marked: set[str] = set()
        self.rows: list[TrialRow] = []
        """Every trial of the search, by rank."""
        self._columns = TrialColumns(2, (), 0)
        self._search = ""
        self._progress = ""
        """How far the search is, in words."""
        self._sort, self._backwards = "rank", False

    @property
    def rows_view(self) -> ListView[TrialRow]:
        """The widget."""
        return self._screen.query_one("#trials", ListView)

    @property
    def row(self) -> TrialRow | None:
        """The row under the cursor."""
        row = self.rows_view.highlighted if self._screen.whole else None
        return row if isinstance(row, TrialRow) else None

    @property
    def search(self) -> Stage | None:
        """The search that is shown: the chosen one, else the one that runs, else the last that has trials."""
        view = self._host.view
        found = searches(view) if view is not None else ()
        chosen = next((stage for stage in found if stage.name == self._search), None)
        if chosen is not None or view is None:
            return chosen
        begun = [stage for stage in found if view.session.trials_of(stage.name)]
        return begun[-1] if begun else found[0] if found else None

    @property
    def names(self) -> list[str]:
        """The swept keys."""
        return swept_names([row.doc for row in self.rows])

    def head(self, width: int) -> Line:
        """The heading of the list."""
        return trial_head(self._columns, width, self._sort)

    def draw(self, row: TrialRow, width: int) -> tuple[Line]:
        """One row of the list."""
        values = self._curve(row.name)
        return trial_line(msgspec.structs.replace(row, values=values) if values else row, self._columns, width)

    def _curve(self, name: str) -> tuple[float, ...]:
        view = self._host.view
        metric = view.session.metric_name if view is not None else None
        series = self._host.curves.series_of_stage(name, metric) if metric else None
        if series is None:
            return ()
        values = series.ys
        step = max(1, len(values) // _CURVE_VALUES)
        return tuple(values[::step])

    def next_search(self, by: int) -> None:
        """Another search of the session."""
        view, now = self._host.view, self.search
        found = [stage.name for stage in searches(view)] if view is not None else []
        if now is not None and len(found) > 1:
            self._search = found[(found.index(now.name) + by) % len(found)]
            self.marked.clear()

    @property
    def marked_stages(self) -> tuple[Stage, ...]:
        """The marked trials."""
        view = self._host.view
        return tuple(stage for stage in view.session.trials if stage.name in self.marked) if view is not None else ()

    def act(self, what: str) -> None:
        """`mark` the trial under the cursor or take its mark away; `sort` by the next column; `turn` the order."""
        row, names = self.row, sort_names(self.rows)
        if what == "mark" and row is not None:
            self.marked ^= {row.name}
            self.rows_view.action_move(1)
        elif what == "turn":
            self._backwards = not self._backwards
        elif what == "sort":
            at = names.index(self._sort) if self._sort in names else -1
            self._sort, self._backwards = names[(at + 1) % len(names)], False

    def clear(self) -> None:
        """All trials again; once they are shown, no marks."""
        field = self._screen.query_one(FilterInput)
        if not field.in_use:
            self.marked.clear()
        field.clear_and_hide()
        self._screen.set_focus(self.rows_view)

    def read(self, view: View) -> None:
        """Take the trials as they are now."""
        search = self.search
        self.rows = trial_rows(view, search, frozenset(self.marked)) if search is not None else []
        self._columns = trial_columns(self.rows, self.names)
        self._progress = search_facts(view, search) if search is not None else ""

    def show(self) -> None:
        """The trials that match the filter, in their order, the cursor where it was."""
        view, search, field = self._host.view, self.search, self._screen.query_one(FilterInput)
        if view is None:
            return
        rows, trouble = self.rows_view, ""
        try:
            wanted = matcher(field.value)
        except QueryError as error:
            wanted, trouble = None, str(error)
        field.set_class(bool(trouble), "-wrong")
        if wanted is not None:
            shown = [row for row in self.rows if not field.value or wanted(row.fields)]
            ordered = sorted_rows(shown, self._sort, view.session.metric_goal, backwards=self._backwards)
            marked = [_marked(row, row.name in self.marked) for row in ordered]
            rows.empty = _NO_MATCH if field.value else NO_TRIAL
            rows.heading = f"Trials of {sanitize(search.name)}" if search is not None else "Trials"
            rows.show(marked, same=lambda row: row.name)
        rows.facts = trouble or self._facts()
        rows.repaint()

    def _facts(self) -> str:
        """What stands in the frame: how far the search is, the order, how many are marked."""
        parts = [self._progress] if self._progress else []
        if self._sort != "rank" or self._backwards:
            parts.append(f"by {sanitize(self._sort)}" + (", backwards" if self._backwards else ""))
        if self.marked:
            parts.append(f"{len(self.marked)} marked")
        return " · ".join(parts)


def _marked(row: TrialRow, mark: bool) -> TrialRow:
    return row if row.mark is mark else msgspec.structs.replace(row, mark=mark)
