"""What a log pane says about its log: the frame's title and facts, the foot, the ruler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.cells import cell_len
from textual.widget import Widget

from autotrain_tui.text.escape_filter import size_text
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.foot import LogFoot
from autotrain_tui.tui.log.hit_navigator import HitKind, percent
from autotrain_tui.tui.log.ruler import LogRuler
from autotrain_tui.tui.log.search import LogSearch
from autotrain_tui.tui.log.shown_log import ShownLog
from autotrain_tui.tui.log.window import LogWindow
from autotrain_tui.tui.widgets.line import EMPTY, Line, line
from autotrain_tui.tui.widgets.line_widget import frame_title

__all__ = ["LogStatus", "facts_text", "foot_line"]

_FRAME_CELLS = 9
"""What a frame's top line takes beside its title and its facts: corners, rules, spaces."""


class LogStatus:
    """Keeps title, foot and ruler up to date; `update` draws only what differs."""

    def __init__(
        self, pane: Widget, log: ShownLog, window: LogWindow, search: LogSearch, selected: Callable[[], str]
    ) -> None:
        """`selected` returns how many lines are selected, in words; "" if none is."""
        self.foot = LogFoot()
        self.ruler = LogRuler(search.go_share)
        self._pane, self._log, self._window, self._search = pane, log, window, search
        self._selected = selected
        self._facts = ("", "", 0)

    def update(self) -> None:
        """Show the present state in the frame, the foot and the ruler."""
        log, window = self._log, self._window
        title, width = sanitize(log.title), self._pane.outer_size.width
        facts = (title, facts_text(log, width - cell_len(title) - _FRAME_CELLS, follow=window.follow), width)
        if facts != self._facts:
            self._facts = facts
            self._pane.border_title = frame_title(*facts)
        self.update_foot()
        rows, first = window.viewport.rows, log.file.first
        size = max(1, log.file.size - first)
        start, end = 0.0, 1.0  # all of it, where there is nothing
        if rows:
            start, end = (rows[0].shown.line.start - first) / size, (rows[-1].shown.line.next - first) / size
        self.ruler.show(start, end, self._ticks)

    def _ticks(self, height: int) -> Mapping[int, str]:
        """What the ruler marks: the hits of a search or of `e`, else all errors and warnings."""
        if self._search.hits.last is not None:
            return dict.fromkeys(self._search.hits.hit_rows(height), "warning")
        return self._log.issues.rows(height)

    def update_foot(self) -> None:
        """Show the foot's line."""
        self.foot.show(*foot_line(self._log, self._search, self._selected()))


def facts_text(log: ShownLog, room: int, *, follow: bool) -> str:
    """The facts for a log's frame, `following · 3 errors · 12,481 lines · 1.2 MiB`, in at most `room` cells.

    If there is less room, the last facts are left out whole: half a number would be a wrong number.
    """
    file, index = log.file, log.index
    if not file.size:
        return ""
    lines = index.total()
    count = f"{lines:,} line{'s' * (lines != 1)}" if lines is not None else f"~{index.estimate():,} lines"
    new = lines + index.gone - log.left_at if lines is not None and log.left_at is not None else 0
    state = "ended" if not log.live else "following" if follow else f"reading · {new:,} new" if new > 0 else "reading"
    parts = [state, *log.issues.words(), count, size_text(file.size)]
    if file.first:  # dropped by `log_limit_mb`, or never written because a writer continued after a truncation
        parts.append(f"first {size_text(file.first)} dropped")
    while parts and len(" · ".join(parts)) > room:
        parts.pop()
    return " · ".join(parts)


def foot_line(log: ShownLog, search: LogSearch, selected: str = "") -> tuple[Line, Line]:
    """The foot's text, and the keys that help; `selected` says how many lines are selected."""
    if selected:
        return line((selected, "")), _keys(("↑↓", "more or fewer"), ("y", "copy"), ("Esc", "end"))
    if log.notice:
        return line((log.notice, "warning")), _keys(("Esc", "clear"))
    if search.wanted_line is not None:
        return line((f"counting lines · {percent(log.index.progress)}", "muted")), EMPTY
    if summary := search.hits.summary():
        down, up = ("n", "N") if search.hits.last is HitKind.SEARCH else ("e", "E")
        return line((summary, "")), _keys((down, "next"), (up, "prev"), ("Esc", "clear"))
    if search.filter is not None:
        scan = search.filter.scan
        shown = f" · {scan.total:,} line{'s' * (scan.total != 1)}"
        if scan.query.problem or not scan.complete:
            shown += f" · {scan.query.problem or percent(scan.progress) + ' searched'}"
        keys = _keys(("&", "edit"), ("Esc", "show all"))
        return line(("only ", "muted"), (sanitize(search.filter.text), ""), (shown, "muted")), keys
    return EMPTY, EMPTY


def _keys(*keys: tuple[str, str]) -> Line:
    """Keys with what they do: `n next  N prev`."""
    return line(*(span for key, does in keys for span in ((f"  {key}", "key"), (f" {does}", "muted"))))
