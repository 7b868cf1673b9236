"""What is typed at a log's foot, and what the foot says when nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotrain_tui.logs.query import Pattern, parse_filter
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.finder import HitKind, percent
from autotrain_tui.tui.log.search import FindActions, as_query
from autotrain_tui.tui.widgets.line import EMPTY, Line, line

if TYPE_CHECKING:
    from autotrain_tui.tui.log.prompt import LogPrompt

__all__ = ["Asked", "foot_line"]


class Asked(FindActions):
    """Does what the prompt is answered."""

    def on_log_prompt_typed(self, event: LogPrompt.Typed) -> None:
        """Show, while it is typed, what a search would find in the window."""
        event.stop()
        if event.kind == "search":
            try:
                query = as_query((self._pattern(event.text),)) if event.text else None
            except ValueError:
                query = None
            self.rows.find_matches = query.spans if query else None
            self.rows.repaint()

    def on_log_prompt_answered(self, event: LogPrompt.Answered) -> None:
        """Search, filter or go."""
        event.stop()
        try:
            if event.kind == "search":
                self.search(event.text, self._pattern(event.text) if event.text else None)
            elif event.kind == "filter":
                query = parse_filter(event.text, regex=self.prompt.regex, case=self.prompt.case)
                self.filter(query, event.text)
            else:
                self.go_line(line_wanted(event.text))
        except ValueError as error:
            self.prompt.say(sanitize(str(error)))
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
        self.rows.screen.set_focus(self.rows, scroll_visible=False)
        self.prompt.close()
        self.state()

    def _pattern(self, text: str) -> Pattern:
        return Pattern(text, regex=self.prompt.regex, case=self.prompt.case)


def foot_line(pane: FindActions) -> tuple[Line, Line]:
    """What the foot says, and the keys that help."""
    if pane.note:
        return line((pane.note, "warning")), _keys(("Esc", "ends"))
    facts = pane.finder.facts()
    if pane.wanted_line is not None:
        return line((f"counting lines · {percent(pane.index.progress)}", "muted")), EMPTY
    if facts:
        down, up = ("n", "N") if pane.finder.last is HitKind.SEARCH else ("e", "E")
        return line((facts, "")), _keys((down, "next"), (up, "before"), ("Esc", "ends"))
    if pane.filtered:
        name, _, scan = pane.filtered
        shown = f" · {scan.total:,} line{'s' * (scan.total != 1)}"
        if scan.query.problem or not scan.complete:
            shown += f" · {scan.query.problem or percent(scan.progress) + ' of the log'}"
        keys = _keys(("&", "changes"), ("Esc", "shows all"))
        return line(("only ", "muted"), (sanitize(name), ""), (shown, "muted")), keys
    return EMPTY, EMPTY


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
