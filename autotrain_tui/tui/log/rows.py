"""The rows of a log under keys and mouse: scrolling, wrap, line numbers, the line one stands on, marks, copying."""

from __future__ import annotations

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from autotrain_tui.tui.log.view import LogView

__all__ = ["ROW_BINDINGS", "LogRows", "RowActions"]

_WHEEL = 3
"""Rows of one turn of the wheel."""
_COLUMNS = 8
"""Cells of one step sideways."""


# Kept as a list of its own, so that a screen can offer the same keys wherever the focus is.
ROW_BINDINGS: list[BindingType] = [
    Binding("f", "follow", "Follow", id="log.follow", tooltip="Go to the end and stay there while lines arrive"),
    Binding("w", "wrap", "Wrap", id="log.wrap", tooltip="Break long lines into rows, or cut them", show=False),
    Binding("number_sign", "numbers", "Numbers", id="log.numbers", tooltip="Show line numbers", show=False),
    Binding("t", "times", "Times", id="log.times", tooltip="Show when lines arrived, where that was seen", show=False),
    Binding("j,down", "rows(1)", "Down", id="log.down", tooltip="One row down", show=False),
    Binding("k,up", "rows(-1)", "Up", id="log.up", tooltip="One row up", show=False),
    Binding("ctrl+d", "pages(0.5)", "Half page down", id="log.half_down", tooltip="Half a page down", show=False),
    Binding("ctrl+u", "pages(-0.5)", "Half page up", id="log.half_up", tooltip="Half a page up", show=False),
    Binding("pagedown", "pages(1)", "Page down", id="log.page_down", tooltip="One page down", show=False),
    Binding("pageup", "pages(-1)", "Page up", id="log.page_up", tooltip="One page up", show=False),
    Binding("g,home", "start", "Start", id="log.start", tooltip="Go to the first line", show=False),
    Binding("G,end", "end", "End", id="log.end", tooltip="Go to the last line and follow", show=False),
    Binding("right", "columns(1)", "Right", id="log.right", tooltip="Scroll to the right", show=False),
    Binding("left", "columns(-1)", "Left", id="log.left", tooltip="Scroll to the left", show=False),
    Binding("m", "mark", "Mark", id="log.mark", tooltip="Mark this line, or take the mark away", show=False),
    Binding("apostrophe", "next_mark", "Next mark", id="log.next_mark", tooltip="Go to the next mark", show=False),
    Binding("y", "copy", "Copy", id="log.copy", tooltip="Copy the selection, or this line", show=False),
]


class LogRows(LogView):
    """A `LogView` under the mouse."""

    class Copied(Message):
        """Text went to the clipboard; `lines` of it."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def on_focus(self, event: events.Focus) -> None:
        """What has the focus shows it by its frame, which is the pane's; the rows need no other paint."""
        self._focus_moved(event, here=True)

    def on_blur(self, event: events.Blur) -> None:
        """As above."""
        self._focus_moved(event, here=False)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """No rule asks for it."""

    def _focus_moved(self, event: events.Event, *, here: bool) -> None:
        """What Textual's own handlers do, but for the repaint."""
        event.prevent_default()
        self.has_focus = here
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self) if here else events.DescendantBlur(self))

    def on_click(self, event: events.Click) -> None:
        """Stand on the line that was clicked; a second click there selects nothing and changes nothing."""
        rows = self.viewport.rows
        if self.text_selection is None and event.y < len(rows):
            self.hit = rows[event.y].shown.line.start
            self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel; with Shift or Ctrl sideways."""
        event.stop()
        self._turn(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel; with Shift or Ctrl sideways."""
        event.stop()
        self._turn(event, -1)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """A wheel that turns sideways."""
        event.stop()
        self.scroll_columns(_COLUMNS)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """A wheel that turns sideways."""
        event.stop()
        self.scroll_columns(-_COLUMNS)

    def _turn(self, event: events.MouseScrollDown | events.MouseScrollUp, direction: int) -> None:
        if event.shift or event.ctrl:
            self.scroll_columns(direction * _COLUMNS)
        else:
            self.scroll_rows(direction * _WHEEL)


class RowActions:
    """What the keys in ROW_BINDINGS do, for the pane that holds the rows."""

    rows: LogRows

    def action_follow(self) -> None:
        """Go to the end and stay there; where it follows already, stand still instead."""
        if self.rows.follow:
            self.rows.viewport.follow = False
            self.rows.moved()
        else:
            self.rows.go_end()

    def action_end(self) -> None:
        """Go to the end and stay there."""
        self.rows.go_end()

    def action_start(self) -> None:
        """Go to the first line."""
        self.rows.go(self.rows.viewport.source.first)

    def action_wrap(self) -> None:
        """Break long lines into rows, or cut them."""
        self.rows.wrap = not self.rows.wrap

    def action_numbers(self) -> None:
        """Show or hide line numbers."""
        self.rows.numbers = not self.rows.numbers

    def action_times(self) -> None:
        """Show or hide when lines arrived."""
        self.rows.times = not self.rows.times

    def action_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self.rows.scroll_rows(rows)

    def action_pages(self, pages: float) -> None:
        """Scroll by pages; one row of the page before stays in sight."""
        self.rows.scroll_rows(int(pages * max(2, self.rows.size.height - 1)))

    def action_columns(self, steps: int) -> None:
        """Scroll sideways."""
        self.rows.scroll_columns(_COLUMNS * steps)

    def action_mark(self) -> None:
        """Mark the line one stands on, or take its mark away."""
        if (place := self.rows.here) is not None:
            self.rows.lead.marks ^= {place}
            self.rows.hit = place
            self.rows.reload()
            self.rows.repaint()

    def action_next_mark(self) -> None:
        """Go to the next mark; after the last comes the first."""
        marks = sorted(self.rows.lead.marks)
        if marks and (here := self.rows.here) is not None:
            self.rows.reveal(next((mark for mark in marks if mark > here), marks[0]))

    def action_copy(self) -> None:
        """Copy the selection to the clipboard (OSC 52), or the line one stands on."""
        text = self.rows.selected.text(self.rows.viewport) or self.rows.line_text(self.rows.here)
        if text:
            self.rows.app.copy_to_clipboard(text)
            self.rows.post_message(LogRows.Copied(text.count("\n") + 1))
