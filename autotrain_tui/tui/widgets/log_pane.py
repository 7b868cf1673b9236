"""A log in a frame: opens at its end whatever its size, follows it, and is read, searched and marked with keys."""

from __future__ import annotations

import os
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from autotrain_tui.session.background import Background
from autotrain_tui.session.log_index import LineIndex
from autotrain_tui.session.log_watch import LogWatch
from autotrain_tui.session.logfile import LogFile
from autotrain_tui.session.sanitise import plain, size_text
from autotrain_tui.tui.widgets.log_view import LogView
from autotrain_tui.tui.widgets.painted import frame_title

__all__ = ["LogPane"]

_WATCH = LogWatch()
_BACKGROUND = Background()


class LogPane(Widget):
    """One log. `show` a path, focus the pane; it does the rest."""

    DEFAULT_CSS = """
    LogPane {
        width: 1fr;
        height: 1fr;
        border: round $frame;
        border-title-align: left;
        &:focus-within { border: round $accent; }
    }
    """
    BINDING_GROUP_TITLE = "Log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", id="log.follow", tooltip="Go to the end and stay there while lines arrive"),
        Binding("w", "wrap", "Wrap", id="log.wrap", tooltip="Break long lines, or cut them", show=False),
        Binding("number_sign", "numbers", "Numbers", id="log.numbers", tooltip="Show line numbers", show=False),
        Binding("j,down", "rows(1)", "Down", id="log.down", tooltip="One line down", show=False),
        Binding("k,up", "rows(-1)", "Up", id="log.up", tooltip="One line up", show=False),
        Binding("ctrl+d", "pages(0.5)", "Half a page down", id="log.half-down", tooltip="Half a page down", show=False),
        Binding("ctrl+u", "pages(-0.5)", "Half a page up", id="log.half-up", tooltip="Half a page up", show=False),
        Binding("pagedown", "pages(1)", "Page down", id="log.page-down", tooltip="One page down", show=False),
        Binding("pageup", "pages(-1)", "Page up", id="log.page-up", tooltip="One page up", show=False),
        Binding("g,home", "start", "Start", id="log.start", tooltip="Go to the first line", show=False),
        Binding("G,end", "follow", "End", id="log.end", tooltip="Go to the last line and follow", show=False),
        Binding("right", "columns(8)", "Right", id="log.right", tooltip="Scroll right", show=False),
        Binding("left", "columns(-8)", "Left", id="log.left", tooltip="Scroll left", show=False),
    ]

    live: reactive[bool] = reactive(True)
    """May lines still arrive? Only then does the pane look at the file again and again."""

    class Changed(Message, bubble=False):
        """The file is not as it was; comes from the watching thread."""

        def can_replace(self, message: Message) -> bool:
            """One look for all that happened."""
            return isinstance(message, LogPane.Changed)

    def __init__(self, path: str | os.PathLike[str] | None = None, title: str = "", *, live: bool = True,
                 id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.set_reactive(LogPane.live, live)
        self._title = title
        self._file = LogFile(os.fspath(path) if path is not None else "")
        self._index = LineIndex(self._file)
        self._view = LogView(self._file, self._number_of)
        self._facts = ("", "", 0)

    def compose(self) -> ComposeResult:
        """The rows."""
        yield self._view

    @property
    def path(self) -> str:
        """The file that is shown; "" for none."""
        return self._file.path

    def show(self, path: str | os.PathLike[str] | None, title: str = "", *, live: bool = True) -> None:
        """Show another log from its end on; the same one again only changes its title and whether it is live."""
        self._title = title
        new = os.fspath(path) if path is not None else ""
        if new != self._file.path:
            self._file = LogFile(new)
            self._renew()
        self.live = live
        self._look()

    def focus(self, scroll_visible: bool = True) -> LogPane:
        """Focus the rows, where the keys are at home."""
        self._view.focus(scroll_visible)
        return self

    def on_mount(self) -> None:
        """Begin to watch."""
        self._look()
        self._watch()

    def on_unmount(self) -> None:
        """Leave nothing behind in the threads."""
        _WATCH.unwatch(self)
        _BACKGROUND.remove(self._index)

    def on_show(self) -> None:
        """Seen again: watch again."""
        self._watch()

    def on_hide(self) -> None:
        """What nobody sees is not looked at."""
        _WATCH.unwatch(self)

    def watch_live(self) -> None:
        """An ended log is looked at once more."""
        if self.is_mounted:
            self._look()
            self._watch()

    def on_resize(self) -> None:
        """The title is as wide as the frame."""
        self._state_facts()

    @on(Changed)
    def _file_changed(self) -> None:
        self._look()

    @on(LogView.Moved)
    def _moved(self, event: LogView.Moved) -> None:
        event.stop()
        self._state_facts()

    def action_follow(self) -> None:
        """Go to the end and follow; if it follows already, stand still."""
        self._view.go_end()

    def action_wrap(self) -> None:
        """Break long lines or cut them."""
        self._view.wrap = not self._view.wrap

    def action_numbers(self) -> None:
        """Show or hide line numbers."""
        self._view.numbers = not self._view.numbers

    def action_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self._view.scroll_rows(rows)

    def action_pages(self, pages: float) -> None:
        """Scroll by pages, a row of the old page kept in sight."""
        self._view.scroll_rows(int(pages * max(1, self._view.size.height - 1)))

    def action_columns(self, cells: int) -> None:
        """Scroll sideways."""
        self._view.scroll_columns(cells)

    def action_start(self) -> None:
        """Go to the first line."""
        self._view.go(self._file.first)

    def _watch(self) -> None:
        if self.live and self.is_mounted and self._file.path:
            _WATCH.watch(self, self._file.path, self._tell)
        else:
            _WATCH.unwatch(self)

    def _tell(self) -> None:
        self.post_message(self.Changed())

    def _renew(self) -> None:
        """Other text under the same or another path: what was known of it is forgotten."""
        _BACKGROUND.remove(self._index)
        self._index = LineIndex(self._file)
        self._view.viewport.forget()
        self._view.marks.clear()
        self._view.hit = None
        self._view.set_source(self._file, follow=True)

    def _look(self) -> None:
        """Take the file as it is now."""
        change = self._file.refresh() if self._file.path else None
        if change is not None and change.is_new_text:
            self._renew()
        if not self._index.complete:
            _BACKGROUND.add(self._index)
        self._view.notice = self._file.problem or "no output yet" if self.live else "no output"
        if self._view.follow or self._view.viewport.at_end:
            self._view.reload()
        self._state_facts()

    def _number_of(self, offset: int) -> int | None:
        return self._index.number_of(offset)

    def _state_facts(self) -> None:
        """The frame's title: what it is, and the pane's own facts."""
        facts = (plain(self._title), self._facts_text(), self.outer_size.width)
        if facts != self._facts and self.is_mounted:
            self._facts = facts
            self.border_title = frame_title(*facts)

    def _facts_text(self) -> str:
        if not self._file.size:
            return ""
        lines = self._index.total()
        count = f"{lines:,} line{'s' * (lines != 1)}" if lines is not None else f"~{self._index.estimate():,} lines"
        state = "following" if self._view.follow and self.live else "" if self._view.follow else "reading"
        if not self.live:
            state = "ended"
        return " · ".join(part for part in (state, count, size_text(self._file.size)) if part)
