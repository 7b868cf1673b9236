"""A list of entries of a few lines each, with a cursor (plans, sessions). Lines, not a widget per entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message

from autotrain_tui.tui.widgets.clicks import Clicks
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, flow, line, tint, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget
from autotrain_tui.tui.widgets.scroll_mark import entry_at

__all__ = ["ListView"]

T = TypeVar("T")
_UNREAD = "reading …"


class ListView(LineWidget, Generic[T], can_focus=True):
    """Entries drawn by `draw(entry, width)`. Posts `Highlighted` when the cursor moves, `Selected` on Enter."""

    BINDING_GROUP_TITLE = "Entries"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="rows.up", show=False, tooltip="The previous entry"),
        Binding("down,j", "move(1)", "Down", id="rows.down", show=False, tooltip="The next entry"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", id="rows.page_up", show=False, tooltip="A page up"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", id="rows.page_down", show=False, tooltip="A page down"),
        Binding("home,g", "edge(-1)", "First", id="rows.first", show=False, tooltip="The first entry"),
        Binding("end,G", "edge(1)", "Last", id="rows.last", show=False, tooltip="The last entry"),
        Binding("enter", "take", "Open", id="rows.take", tooltip="Open the entry"),
    ]

    class FromList(Message):
        """What the messages of a list have in common."""

        def __init__(self, list_view: ListView[Any]) -> None:
            super().__init__()
            self.list_view = list_view

        @property
        def control(self) -> ListView[Any]:
            """The list."""
            return self.list_view

    class Highlighted(FromList):
        """The cursor moved to another entry."""

    class Selected(Highlighted):
        """Enter on the entry under the cursor, a double click on it, or a click once more."""

    class HeadClicked(FromList):
        """A click on the heading."""

    def __init__(
        self,
        title: str,
        draw: Callable[[T, int], Sequence[Line]],
        *,
        empty: str,
        height: int = 1,
        head: Callable[[int], Line] | None = None,
        click_opens: bool = True,
        id: str | None = None,  # noqa: A002  the name that every Textual widget has for it
        classes: str | None = None,
    ) -> None:
        """`height`: lines of each entry; `empty`: shown when there are none; `head`: draws a heading.

        `click_opens`: a click on the entry under the cursor opens it; where that would start something, a double click.
        """
        super().__init__(id=id, classes=classes)
        self.heading, self.empty, self.facts = title, empty, ""
        self.entries: tuple[T, ...] = ()
        self._known = False
        """Whether entries were shown: before that, nobody knows that there are none."""
        self._draw, self._each, self._head = draw, height, head
        self._cursor = 0
        self._top = 0
        self._clicks, self._click_opens = Clicks(), click_opens

    @property
    def highlighted(self) -> T | None:
        """The entry under the cursor."""
        return self.entries[self._cursor] if self._cursor < len(self.entries) else None

    @property
    def cursor(self) -> int:
        """The place of the entry under the cursor."""
        return self._cursor

    def show(self, entries: Sequence[T], *, same: Callable[[T], object] | None = None) -> None:
        """Show other entries. The cursor stays on the entry with the same key by `same`, else in its place."""
        key = same(self.highlighted) if same is not None and self.highlighted is not None else None
        self.entries, self._known = tuple(entries), True
        if same is not None and key is not None:
            self._cursor = next((at for at, entry in enumerate(self.entries) if same(entry) == key), self._cursor)
        self._cursor = max(0, min(self._cursor, len(self.entries) - 1))
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The heading, and how many there are."""
        return self.heading, self.facts or (str(len(self.entries)) if self.entries else "")

    def wanted_height(self, width: int) -> int:
        """Lines of every entry, or of the text for an empty list."""
        if not self.entries:
            return len(self.paint(width, 1))
        return len(self.entries) * self._each + (1 if self._head is not None else 0)

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The entries in sight."""
        if not self.entries:
            text = self.empty if self._known else _UNREAD
            return [EMPTY, *(line("  ", *each) for each in flow(text, max(8, width - 4), "muted"))]
        fit = max(1, (height - (1 if self._head is not None else 0)) // self._each)
        self._top = max(0, min(max(self._cursor - fit + 1, min(self._top, self._cursor)), len(self.entries) - fit))
        inner = width - 2 if len(self.entries) > fit else width  # scroll bar, and a blank before it
        lines: list[Line] = [self._head(inner)] if self._head is not None else []
        size = max(1, fit * fit // len(self.entries))
        start = round((fit - size) * self._top / max(1, len(self.entries) - fit))
        for at, entry in enumerate(self.entries[self._top : self._top + fit]):
            drawn = [cut(each, inner) for each in self._draw(entry, inner)]
            if self._top + at == self._cursor:
                drawn = [tint(each, "cursor" if self.has_focus else "cursor-off", inner) for each in drawn]
            if inner < width:
                mark = ("▐" if start <= at < start + size else " ", "muted")
                drawn = [(*each, *line(" " * (width - 1 - width_of(each))), mark) for each in drawn]
            lines += drawn
        return lines

    def go(self, place: int) -> None:
        """Move the cursor without a message."""
        self._cursor = max(0, min(place, len(self.entries) - 1))
        self.repaint()

    def action_move(self, by: int) -> None:
        """Move the cursor by some entries."""
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor a page up or down."""
        self._go(self._cursor + by * max(1, self.content_size.height // self._each - 1))

    def action_edge(self, end: int) -> None:
        """Move the cursor to the first or the last entry."""
        self._go(0 if end < 0 else len(self.entries) - 1)

    def action_take(self) -> None:
        """Open the entry under the cursor."""
        if self.entries:
            self.post_message(self.Selected(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """An empty list has nothing to open."""
        return bool(self.entries) if action == "take" else True

    def _go(self, place: int) -> None:
        if not self.entries:
            return
        self._cursor = max(0, min(place, len(self.entries) - 1))
        self.repaint()
        self.post_message(self.Highlighted(self))

    def on_click(self, event: events.Click) -> None:
        """Choose an entry, or open the one that is chosen."""
        offset = event.get_content_offset(self)
        opens = self._clicks.again(event) if self._click_opens else self._clicks.double(event)
        if offset is None or not self.entries:
            return
        row = offset.y - (1 if self._head is not None else 0)
        place = self._top + row // self._each
        marked = entry_at(offset, self.content_size, offset.y - row, self._each, len(self.entries))
        if row < 0:
            self.post_message(self.HeadClicked(self))
        elif marked is not None:
            self._go(marked)
        elif place < len(self.entries):
            chosen = place == self._cursor
            self._go(place)
            if opens and chosen:
                self.action_take()

    @on(events.MouseScrollUp)
    @on(events.MouseScrollDown)
    @on(events.MouseMove)
    def _mouse_moved(self, event: events.MouseEvent) -> None:
        """The wheel goes to the previous or the next entry; the scroll mark follows the mouse while it is held."""
        if not isinstance(event, events.MouseMove):
            self._go(self._cursor + (1 if isinstance(event, events.MouseScrollDown) else -1))
        elif event.button and (offset := event.get_content_offset(self)) is not None:
            place = entry_at(offset, self.content_size, int(self._head is not None), self._each, len(self.entries))
            if place is not None:
                self._go(place)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor shows the focus. Watched, because at the event `has_focus` still has the old value."""
        super().watch_has_focus(_has_focus)
        if not _has_focus:
            self._clicks.left()
        self.repaint()
