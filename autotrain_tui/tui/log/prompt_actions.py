"""The prompt of a log pane: opens it for a search, a filter or a line number, and does what is submitted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from textual.widget import Widget

from autotrain_tui.logs.line_times import parse_time
from autotrain_tui.logs.query import Pattern, parse_filter
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.search import LogSearch, as_query

if TYPE_CHECKING:
    from autotrain_tui.tui.log.prompt import LogPrompt

__all__ = ["PromptActions", "parse_line"]


class PromptActions:
    """Owns the prompt, which is created when it is opened first."""

    def __init__(self, pane: Widget, rows: Widget, search: LogSearch, update: Callable[[], None]) -> None:
        """The prompt is mounted into `pane`; `rows` gets the focus back; `update` shows the state of the pane."""
        self._pane, self._rows, self._search, self._update = pane, rows, search, update

    @cached_property
    def prompt(self) -> LogPrompt:
        """The widget: seven widgets, most often never needed, and not at the start."""
        from autotrain_tui.tui.log.prompt import LogPrompt  # not loaded before it is opened first

        return LogPrompt(self.preview, self.submit, self.cancel)

    async def open(self, kind: str) -> None:
        """Open it for a "search", a "filter" or a "line"; a filter starts with the one in force."""
        if not self.prompt.is_attached:
            await self._pane.mount(self.prompt)
        current = self._search.filter
        self.prompt.open(kind, current.text if kind == "filter" and current is not None else "")

    def preview(self, kind: str, text: str) -> None:
        """Mark, while a search is typed, what it would find in the window."""
        if kind == "search":
            try:
                query = as_query((self._pattern(text),)) if text else None
            except ValueError:
                query = None
            self._search.highlight(query)

    def submit(self, kind: str, text: str) -> None:
        """Search, filter or go to a line; a mistake is shown in the prompt, which stays open."""
        prompt = self.prompt
        try:
            if kind == "search":
                self._search.search(text, self._pattern(text) if text else None)
            elif kind == "filter":
                query = parse_filter(text, regex=prompt.regex, case=prompt.case)
                self._search.show_only(query, text, prompt.context)
            elif (time := parse_time(text)) is not None:
                self._search.go_time(time)
            else:
                self._search.go_line(parse_line(text))
        except ValueError as error:
            prompt.show_error(sanitize(str(error)))
            return
        self._close()

    def cancel(self) -> None:
        """Close it; the marks of the preview go."""
        self._search.highlight(self._search.hits.query)
        self._close()

    def _close(self) -> None:
        self._rows.screen.set_focus(self._rows, scroll_visible=False)
        self.prompt.close()
        self._update()

    def _pattern(self, text: str) -> Pattern:
        return Pattern(text, regex=self.prompt.regex, case=self.prompt.case)


def parse_line(text: str) -> float:
    """A typed line number, as a number from 0, or a typed percentage as a share between 0 and 1.

    Raises ValueError with a text for the prompt.
    """
    digits = text.replace(",", "").replace(" ", "").replace("_", "")
    if digits.endswith("%") and digits[:-1].isdigit():
        return min(max(int(digits[:-1]) / 100, 1e-9), 1 - 1e-9)
    if not digits.isdigit() or len(digits) > 18:
        raise ValueError("expected a line number, a share (50 %) or a time (15:04)")
    return max(0, int(digits) - 1)
