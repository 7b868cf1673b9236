"""Finding in a log with keys: search, filter, errors, a line by its number; and what the foot says of it."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from autotrain_tui.session.background import Background
from autotrain_tui.session.log_index import LineIndex
from autotrain_tui.session.log_isolated import IsolatedQuery
from autotrain_tui.session.log_query import LineQuery, Pattern, TextQuery, parse_filter
from autotrain_tui.session.log_scan import FilteredLines, LineScan
from autotrain_tui.session.logfile import LogFile
from autotrain_tui.session.sanitise import plain
from autotrain_tui.tui.widgets.line import EMPTY, Line, line
from autotrain_tui.tui.widgets.log_edges import LogFoot
from autotrain_tui.tui.widgets.log_finder import Finder, Kind, percent
from autotrain_tui.tui.widgets.log_prompt import LogPrompt
from autotrain_tui.tui.widgets.log_rows import LogRows

__all__ = ["BACKGROUND", "FIND_BINDINGS", "FindActions"]

BACKGROUND = Background()
"""Indexes and scans of all panes, in one thread."""

FIND_BINDINGS: list[BindingType] = [
    Binding("slash", "search", "Search", id="log.search", tooltip="Search the whole log", key_display="/"),
    Binding("n", "hit(1)", "Next", id="log.next", tooltip="Go to the next line that the search found", show=False),
    Binding("N", "hit(-1)", "Previous", id="log.previous", tooltip="Go to the line found before this", show=False),
    Binding("ampersand", "filter", "Filter", id="log.filter", tooltip="Show only some lines", show=False),
    Binding("e", "error(1)", "Next error", id="log.next_error", tooltip="Go to the next error or traceback"),
    Binding("E", "error(-1)", "Error before", id="log.previous_error", tooltip="Go to the error before", show=False),
    Binding("colon", "line", "Go to line", id="log.line", tooltip="Go to a line by its number", show=False),
    Binding("escape", "clear", "Clear", id="log.clear", tooltip="End the search, then the filter", show=False),
]


class FindActions:
    """What the keys in FIND_BINDINGS do, for the pane that holds the parts named here."""

    rows: LogRows
    prompt: LogPrompt
    foot: LogFoot
    file: LogFile
    index: LineIndex
    finder: Finder
    filtered: tuple[str, TextQuery, LineScan] | None
    note: str
    wanted_line: float | None
    """A line's number (from 0), or below 1 a share of the file, that is not counted yet."""

    def action_search(self) -> None:
        """Ask for a text to find."""
        self.prompt.ask("search")

    def action_filter(self) -> None:
        """Ask which lines to show; nothing means all."""
        self.prompt.ask("filter", self.filtered[0] if self.filtered else "")

    def action_line(self) -> None:
        """Ask for a line's number."""
        self.prompt.ask("line")

    def action_hit(self, direction: int) -> None:
        """Go to the next line (or, below 0, the one before) that the search found."""
        if self.finder.query is None:
            self.action_search()
        else:
            self._step(Kind.SEARCH, direction)

    def action_error(self, direction: int) -> None:
        """Go to the next error, or the one before."""
        self._step(Kind.ERROR, direction)

    def action_clear(self) -> None:
        """End what was begun last: the note, the search, the hunt for errors, the filter."""
        if self.note:
            self.note = ""
        elif self.finder.drop(Kind.SEARCH) or self.finder.drop(Kind.ERROR):
            self.rows.find_matches = None
            self.rows.hit = None
            self.rows.repaint()
        elif self.filtered:
            self._filter(None, "")
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
            self._go_line(self.wanted_line)
        if self.filtered:
            scan = self.filtered[2]
            if not scan.complete:
                BACKGROUND.add(scan)
            self.rows.reload()

    def state(self) -> None:
        """Say in the foot and in the frame how things stand."""
        raise NotImplementedError

    def found_again(self) -> None:
        """The text of the file is another: what was looked for is looked for anew."""
        query, name = self.finder.query, self.finder.name
        self.finder.close()
        self.finder = Finder(self.file, BACKGROUND)
        if query is not None:
            self.finder.search(name, query, self.file.size)
        if self.filtered:
            self._filter(self.filtered[1], self.filtered[0])

    def foot_line(self) -> tuple[Line, Line]:
        """What the foot says, and the keys that help."""
        if self.note:
            return line((self.note, "warning")), _keys(("Esc", "ends"))
        facts = self.finder.facts()
        if self.wanted_line is not None:
            return line((f"counting lines · {percent(self.index.progress)}", "muted")), EMPTY
        if facts:
            down, up = ("n", "N") if self.finder.last is Kind.SEARCH else ("e", "E")
            return line((facts, "")), _keys((down, "next"), (up, "before"), ("Esc", "ends"))
        if self.filtered:
            name, _, scan = self.filtered
            shown = f" · {scan.total:,} line{'s' * (scan.total != 1)}"
            if scan.query.problem or not scan.complete:
                shown += f" · {scan.query.problem or percent(scan.progress) + ' of the log'}"
            keys = _keys(("&", "changes"), ("Esc", "shows all"))
            return line(("only ", "muted"), (plain(name), ""), (shown, "muted")), keys
        return EMPTY, EMPTY

    def on_log_prompt_typed(self, event: LogPrompt.Typed) -> None:
        """Show, while it is typed, what a search would find in the window."""
        event.stop()
        if event.kind == "search":
            try:
                query = self._query((self._pattern(event.text),)) if event.text else None
            except ValueError:
                query = None
            self.rows.find_matches = query.spans if query else None
            self.rows.repaint()

    def on_log_prompt_answered(self, event: LogPrompt.Answered) -> None:
        """Search, filter or go."""
        event.stop()
        try:
            if event.kind == "search":
                self._search(event.text)
            elif event.kind == "filter":
                query = parse_filter(event.text, regex=self.prompt.regex, case=self.prompt.case)
                self._filter(query, event.text)
            else:
                self._go_line(line_wanted(event.text))
        except ValueError as error:
            self.prompt.say(plain(str(error)))
            return
        self._close_prompt()

    def on_log_prompt_left(self, event: LogPrompt.Left) -> None:
        """Nothing is wanted: what was shown while typing goes."""
        event.stop()
        query = self.finder.query
        self.rows.find_matches = query.spans if query else None
        self.rows.repaint()
        self._close_prompt()

    def _close_prompt(self) -> None:
        self.prompt.close()
        self.rows.focus()
        self.state()

    def _pattern(self, text: str) -> Pattern:
        return Pattern(text, regex=self.prompt.regex, case=self.prompt.case)

    def _query(self, every: tuple[Pattern, ...], none: tuple[Pattern, ...] = ()) -> LineQuery:
        """The query to ask; expressions are asked in a process of their own, where none can freeze the screen."""
        query = TextQuery(every, none)
        return IsolatedQuery(query) if any(one.regex for one in (*every, *none)) else query

    def _search(self, text: str) -> None:
        """Search for a text; an empty one goes on with what was searched before."""
        if text:
            pattern = self._pattern(text)
            only = self.filtered[1] if self.filtered else TextQuery(())
            self.finder.search(f"“{plain(text)}”", self._query((pattern, *only.every), only.none), self._top)
            self.rows.hit = None
            self.rows.find_matches = self._query((pattern,)).spans
            self.rows.repaint()
        if self.finder.query is not None:
            self._step(Kind.SEARCH, 1)

    def _step(self, kind: Kind, direction: int) -> None:
        """Go from the hit one stands on, else from the window's edge, so that what is in sight comes first."""
        rows = self.rows.viewport.rows
        here = self.rows.hit
        if rows and (here is None or self.rows.viewport.row_of(here) is None):
            here = rows[0].shown.line.start - 1 if direction > 0 else rows[-1].shown.line.next
        if (place := self.finder.step(kind, here or 0, direction)) is not None:
            self.rows.reveal(place)
        self.state()

    def _filter(self, query: TextQuery | None, name: str) -> None:
        """Show only the lines that a query means; None: all."""
        if self.filtered:
            BACKGROUND.remove(self.filtered[2])
        follow = self.rows.follow
        if query is None:
            self.filtered = self.rows.is_beside = None
            self.rows.set_source(self.file, follow=follow)
            return
        asked = self._query(query.every, query.none)
        scan = LineScan(self.file, asked, self.file.size if follow else self._top)
        self.rows.is_beside = (lambda text: not asked.holds(text)) if self.prompt.context else None
        self.filtered = (name, query, scan)
        BACKGROUND.add(scan)
        self.rows.set_source(FilteredLines(self.file, scan, self.prompt.context), follow=follow)

    def _go_line(self, wanted: float) -> None:
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


def _keys(*keys: tuple[str, str]) -> Line:
    """Keys with what they do: `n next  N before`."""
    return line(*(span for key, does in keys for span in ((f"  {key}", "key"), (f" {does}", "muted"))))


def line_wanted(text: str) -> float:
    """A line's number from 0, or a share of the file (between 0 and 1), as typed. Raises ValueError for people."""
    digits = text.replace(",", "").replace(" ", "").replace("_", "")
    if digits.endswith("%") and digits[:-1].isdigit():
        return min(max(int(digits[:-1]) / 100, 1e-9), 1 - 1e-9)
    if not digits.isdigit() or len(digits) > 18:
        raise ValueError("not a line number")
    return max(0, int(digits) - 1)
