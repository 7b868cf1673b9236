"""Searching in a log: the search, the filter, errors, and jumps to a line or a share of the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from autotrain_tui.logs.filtered_lines import FilteredLines
from autotrain_tui.logs.line_times import LineTime, first_at
from autotrain_tui.logs.query import LineQuery, Pattern, TextQuery
from autotrain_tui.logs.scanner import LineScan
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.hit_navigator import HitKind, HitNavigator
from autotrain_tui.tui.log.row_renderer import RowRenderer
from autotrain_tui.tui.log.shown_log import BACKGROUND, ShownLog
from autotrain_tui.tui.log.window import LogWindow

__all__ = ["LineFilter", "LogSearch", "as_query"]


class LineFilter(NamedTuple):
    """The filter in force: as typed, as a query, with lines of context; and the scan that finds its lines."""

    text: str
    query: TextQuery
    context: int
    scan: LineScan


class LogSearch:
    """Search, filter and jumps of one pane. `changed` is called after each, to show the new state."""

    def __init__(self, log: ShownLog, window: LogWindow, renderer: RowRenderer) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.hits = HitNavigator(log.file, BACKGROUND)
        self.filter: LineFilter | None = None
        self.wanted_line: float | None = None
        """A line's number (from 0), or below 1 a share of the file, to go to once it is counted."""
        self._term: tuple[str, Pattern] | None = None
        """What is searched for, as typed."""
        self._log, self._window, self._renderer = log, window, renderer

    @property
    def unfinished(self) -> bool:
        """Is a result still expected from the background?"""
        filtering = self.filter is not None and not self.filter.scan.complete
        return filtering or self.hits.busy or self.wanted_line is not None

    def poll(self) -> None:
        """Take the background's results."""
        if (place := self.hits.poll()) is not None:
            self._window.reveal(place)
        if self.wanted_line is not None:
            self.go_line(self.wanted_line)
        if self.filter is not None:
            if not self.filter.scan.complete:
                BACKGROUND.add(self.filter.scan)
            self._window.reload()

    def search(self, text: str, pattern: Pattern | None) -> None:
        """Search for a pattern, and go to its first hit; None continues the previous search."""
        if pattern is not None:
            self._term = (text, pattern)
            self._start(self._window.top)
            self._window.hit = None
            self.highlight(as_query((pattern,)))
        if self.hits.query is not None:
            self.step(HitKind.SEARCH, 1)

    def highlight(self, query: LineQuery | None) -> None:
        """Mark the matches of a query in the window; None marks none."""
        self._renderer.find_matches = query.spans if query is not None else None
        self._window.invalidate()

    def step(self, kind: HitKind, direction: int) -> None:
        """Go to the next hit (below 0: the previous one) from the current hit, else from the window's edge."""
        rows, origin = self._window.viewport.rows, self._window.hit
        if rows and (origin is None or self._window.viewport.row_of(origin) is None):
            origin = rows[0].shown.line.start - 1 if direction > 0 else rows[-1].shown.line.next
        elif origin is not None and direction < 0:
            origin = self._window.before_fold(origin)
        if (place := self.hits.step(kind, origin or 0, direction)) is not None:
            self._window.reveal(place)
        self.changed()

    def show_only(self, query: TextQuery | None, text: str, context: int = 0) -> None:
        """Show only the lines that match a query, each with lines of context; None shows all."""
        if self.filter is not None:
            BACKGROUND.remove(self.filter.scan)
        window = self._window
        follow = window.follow
        near = self._log.file.size if follow else window.top
        self.hits.drop(HitKind.ERROR)
        if query is None:
            self.filter = self._renderer.is_context = self.hits.within = None
            window.set_source(self._log.file, follow=follow)
        else:
            matcher = as_query(query.every, query.none)
            scan = LineScan(self._log.file, matcher, near)
            self._renderer.is_context = (lambda line: not matcher.holds(line)) if context else None
            self.filter, self.hits.within = LineFilter(text, query, context, scan), matcher
            BACKGROUND.add(scan)
            window.set_source(FilteredLines(self._log.file, scan, context), follow=follow)
        self._start(near)

    def go_line(self, wanted: float) -> None:
        """Go to a line by its number from 0, or below 1 to a share of the file; at once, or when it is counted."""
        file, is_share = self._log.file, 0 < wanted < 1
        place = file.start_of(int(wanted * file.size)) if is_share else self._log.index.offset_of(int(wanted))
        self.wanted_line = wanted if place is None else None
        if place is not None:
            self._window.reveal(place)

    def go_time(self, wanted: LineTime) -> None:
        """Go to the first line at or after a time. Raises ValueError with a text for the prompt if no line has one."""
        place = first_at(self._log.file, wanted)
        if place is None:
            raise ValueError("no time at the start of the last lines")
        self.wanted_line = None
        self._window.reveal(place)

    def go_share(self, share: float) -> None:
        """Put the line at a share of the file, 0 to 1, first into the window; 1 is the end."""
        file = self._log.file
        if share >= 1:
            self._window.go_end()
        else:
            self._window.go(file.start_of(file.first + int(share * (file.size - file.first))))

    def clear(self) -> None:
        """End what was started last: the notice, the search, the errors, the filter."""
        if self._log.notice:
            self._log.notice = ""
        elif self.hits.drop(HitKind.SEARCH) or self.hits.drop(HitKind.ERROR):
            self._term = self._window.hit = None
            self.highlight(None)
        elif self.filter is not None:
            self.show_only(None, "")
        self.changed()

    def restart(self) -> None:
        """The text of the file is another: search and filter again."""
        self.hits.close()
        self.hits = HitNavigator(self._log.file, BACKGROUND)
        if self.filter is not None:
            self.show_only(self.filter.query, self.filter.text, self.filter.context)
        else:
            self._start(self._log.file.size)

    def forget(self) -> None:
        """Another log: no filter, no hits, no jump; the search term stays for the new log's `restart`."""
        self.close()
        self.filter = self._renderer.is_context = self.wanted_line = None
        self.hits = HitNavigator(self._log.file, BACKGROUND)

    def close(self) -> None:
        """Give up every scan."""
        self.hits.close()
        if self.filter is not None:
            BACKGROUND.remove(self.filter.scan)

    def _start(self, near: int) -> None:
        """Start the search in the lines that the filter shows."""
        if self._term is not None:
            name, pattern = self._term
            only = self.filter.query if self.filter is not None else TextQuery(())
            self.hits.search(f"“{sanitize(name)}”", as_query((pattern, *only.every), only.none), near)


def as_query(every: tuple[Pattern, ...], none: tuple[Pattern, ...] = ()) -> LineQuery:
    """The query for some patterns; regular expressions run in a process of their own, where none blocks the screen."""
    query = TextQuery(every, none)
    if not any(one.regex for one in (*every, *none)):
        return query
    from autotrain_tui.logs.regex_process import IsolatedQuery  # rarely used: not loaded before the first screen

    return IsolatedQuery(query)
