"""Finding in a log with keys: search, filter, errors, a line by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import LineQuery, Pattern, TextQuery
from autotrain_tui.logs.scanner import FilteredLines, LineScan
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.finder import Finder, HitKind
from autotrain_tui.tui.log.rows import LogRows

if TYPE_CHECKING:
    from autotrain_tui.tui.log.prompt import LogPrompt

__all__ = ["BACKGROUND", "FIND_BINDINGS", "FindActions", "as_query"]

BACKGROUND = BackgroundWorker()
"""Indexes and scans of all panes, in one thread."""

# Keys that open a prompt have priority: what is typed after them, however fast, must reach the prompt and not be taken
# for other keys. (Other keys wait for their turn behind those that the focused widget has not looked at yet.)
FIND_BINDINGS: list[BindingType] = [
    Binding(
        "slash", "search", "Search", id="log.search", tooltip="Search the whole log", key_display="/", priority=True
    ),
    Binding("n", "hit(1)", "Next", id="log.next", tooltip="Go to the next line that the search found", show=False),
    Binding("N", "hit(-1)", "Previous", id="log.previous", tooltip="Go to the line found before this", show=False),
    Binding(
        "ampersand", "filter", "Filter", id="log.filter", tooltip="Show only some lines", show=False, priority=True
    ),
    Binding("e", "error(1)", "Next error", id="log.next_error", tooltip="Go to the next error or traceback"),
    Binding("E", "error(-1)", "Error before", id="log.previous_error", tooltip="Go to the error before", show=False),
    Binding(
        "colon", "line", "Go to line", id="log.line", tooltip="Go to a line by its number", show=False, priority=True
    ),
    Binding("escape", "clear", "Clear", id="log.clear", tooltip="End the search, then the filter", show=False),
]


class FindActions:
    """What the keys in FIND_BINDINGS do, for the pane that holds the parts named here."""

    rows: LogRows
    file: LogFile
    index: LineIndex
    finder: Finder
    filtered: tuple[str, TextQuery, LineScan] | None
    note: str
    wanted_line: float | None
    """A line's number (from 0), or below 1 a share of the file, that is not counted yet."""
    sought: tuple[str, Pattern] | None = None
    """What is searched for, as typed."""

    if TYPE_CHECKING:

        def state(self) -> None:
            """Say in the foot and in the frame how things stand."""

        @property
        def prompt(self) -> LogPrompt:
            """The line in which things are asked."""

        async def ask(self, kind: str, text: str = "") -> None:
            """Ask for a "search", a "filter" or a "line"."""

    async def action_search(self) -> None:
        """Ask for a text to find."""
        await self.ask("search")

    async def action_filter(self) -> None:
        """Ask which lines to show; nothing means all."""
        await self.ask("filter", self.filtered[0] if self.filtered else "")

    async def action_line(self) -> None:
        """Ask for a line's number."""
        await self.ask("line")

    async def action_hit(self, direction: int) -> None:
        """Go to the next line (or, below 0, the one before) that the search found."""
        if self.finder.query is None:
            await self.action_search()
        else:
            self.step(HitKind.SEARCH, direction)

    def action_error(self, direction: int) -> None:
        """Go to the next error, or the one before."""
        self.step(HitKind.ERROR, direction)

    def action_clear(self) -> None:
        """End what was begun last: the note, the search, the hunt for errors, the filter."""
        if self.note:
            self.note = ""
        elif self.finder.drop(HitKind.SEARCH) or self.finder.drop(HitKind.ERROR):
            self.rows.find_matches = self.sought = None
            self.rows.hit = None
            self.rows.repaint()
        elif self.filtered:
            self.filter(None, "")
        self.state()

    @property
    def looking(self) -> bool:
        """Is something awaited that the background has not found yet?"""
        unfinished = self.filtered is not None and not self.filtered[2].complete
        return unfinished or self.finder.busy or self.wanted_line is not None

    def look_for(self) -> None:
        """Take what the background has found since."""
        if (place := self.finder.look()) is not None:
            self.rows.reveal(place)
        if self.wanted_line is not None:
            self.go_line(self.wanted_line)
        if self.filtered:
            scan = self.filtered[2]
            if not scan.complete:
                BACKGROUND.add(scan)
            self.rows.reload()

    def found_again(self) -> None:
        """The text of the file is another: what was looked for is looked for anew."""
        self.finder.close()
        self.finder = Finder(self.file, BACKGROUND)
        if self.filtered:
            self.filter(self.filtered[1], self.filtered[0])
        else:
            self._seek(self.file.size)

    def search(self, text: str, pattern: Pattern | None) -> None:
        """Search for a pattern; None goes on with what was searched before."""
        if pattern is not None:
            self.sought = (text, pattern)
            self._seek(self._top)
            self.rows.hit = None
            self.rows.find_matches = as_query((pattern,)).spans
            self.rows.repaint()
        if self.finder.query is not None:
            self.step(HitKind.SEARCH, 1)

    def _seek(self, near: int) -> None:
        """Begin the search anew, in the lines that the filter shows."""
        if self.sought is not None:
            name, pattern = self.sought
            only = self.filtered[1] if self.filtered else TextQuery(())
            self.finder.search(f"“{sanitize(name)}”", as_query((pattern, *only.every), only.none), near)

    def step(self, kind: HitKind, direction: int) -> None:
        """Go from the hit one stands on, else from the window's edge, so that what is in sight comes first."""
        rows = self.rows.viewport.rows
        here = self.rows.hit
        if rows and (here is None or self.rows.viewport.row_of(here) is None):
            here = rows[0].shown.line.start - 1 if direction > 0 else rows[-1].shown.line.next
        if (place := self.finder.step(kind, here or 0, direction)) is not None:
            self.rows.reveal(place)
        self.state()

    def filter(self, query: TextQuery | None, name: str) -> None:
        """Show only the lines that a query means; None: all."""
        if self.filtered:
            BACKGROUND.remove(self.filtered[2])
        follow = self.rows.follow
        near = self.file.size if follow else self._top
        self.finder.drop(HitKind.ERROR)
        if query is None:
            self.filtered = self.rows.is_beside = self.finder.within = None
            self.rows.set_source(self.file, follow=follow)
        else:
            asked = as_query(query.every, query.none)
            scan = LineScan(self.file, asked, near)
            self.rows.is_beside = (lambda text: not asked.holds(text)) if self.prompt.context else None
            self.filtered, self.finder.within = (name, query, scan), asked
            BACKGROUND.add(scan)
            self.rows.set_source(FilteredLines(self.file, scan, self.prompt.context), follow=follow)
        self._seek(near)

    def go_line(self, wanted: float) -> None:
        """Go to a line, at once or when it is counted."""
        share = 0 < wanted < 1
        place = self.file.start_of(int(wanted * self.file.size)) if share else self.index.offset_of(int(wanted))
        self.wanted_line = wanted if place is None else None
        if place is not None:
            self.rows.reveal(place)

    @property
    def _top(self) -> int:
        rows = self.rows.viewport.rows
        return rows[0].shown.line.start if rows else 0


def as_query(every: tuple[Pattern, ...], none: tuple[Pattern, ...] = ()) -> LineQuery:
    """The query to ask; expressions are asked in a process of their own, where none can freeze the screen."""
    query = TextQuery(every, none)
    if not any(one.regex for one in (*every, *none)):
        return query
    from autotrain_tui.logs.regex_process import IsolatedQuery  # for few, and not before the first screen

    return IsolatedQuery(query)
