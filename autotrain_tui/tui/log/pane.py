"""A log in a frame: opens at its end whatever its size, follows it, and is read, searched and marked with keys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantBlur, DescendantFocus
from textual.reactive import reactive
from textual.widgets import Input

from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.merged_log import MergedLog, Part
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.finder import Finder
from autotrain_tui.tui.log.follower import PATIENCE, TICK, Following, LogChanged
from autotrain_tui.tui.log.frame import LogFoot, LogRuler, facts_text
from autotrain_tui.tui.log.prompt_actions import Asked, foot_line
from autotrain_tui.tui.log.rows import ROW_BINDINGS, LogRows, RowActions
from autotrain_tui.tui.log.search import BACKGROUND, FIND_BINDINGS
from autotrain_tui.tui.widgets.container import FramedContainer
from autotrain_tui.tui.widgets.line_widget import frame_title

if TYPE_CHECKING:
    from autotrain_tui.tui.log.prompt import LogPrompt

__all__ = ["LogPane"]

_FRAME_CELLS = 9
"""What a frame's top line takes beside its title and its facts: corners, rules, spaces."""


class LogPane(RowActions, Following, Asked, FramedContainer):
    """One log. `show` a path and focus the pane; it does the rest. Hidden, it does nothing."""

    DEFAULT_CSS = """
    LogPane {
        width: 1fr;
        height: 1fr;
        layout: horizontal;
        border: round $frame;
        border-title-align: left;
        &.-lit { border: round $accent; }
    }
    """
    ALLOW_MAXIMIZE = True
    BINDING_GROUP_TITLE = "Log"
    BINDINGS: ClassVar[list[BindingType]] = [*ROW_BINDINGS, *FIND_BINDINGS]

    live: reactive[bool] = reactive(True, init=False)
    """May lines still arrive? Only then is the file looked at again and again."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        title: str = "",
        *,
        live: bool = True,
        id: str | None = None,  # noqa: A002  the name that every Textual widget has for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(LogPane.live, live)
        self.file = LogFile(os.fspath(path) if path is not None else "")
        self.index = LineIndex(self.file)
        self.finder = Finder(self.file, BACKGROUND)
        self.rows = LogRows(self.file, self.number_of, self.moved)
        self.ruler = LogRuler()
        self.foot = LogFoot()
        self.filtered = None
        self.wanted_line = None
        self.note = ""
        self._title = title
        self._facts = ("", "", 0)

    def compose(self) -> ComposeResult:
        """Foot below, the rows above it with the ruler at their right; the prompt comes when something is asked."""
        yield self.foot
        yield self.rows
        yield self.ruler

    @cached_property
    def prompt(self) -> LogPrompt:
        """The line in which things are asked: seven widgets, most often for nothing, none at the start."""
        from autotrain_tui.tui.log.prompt import LogPrompt  # first needed here

        return LogPrompt()

    async def ask(self, kind: str, text: str = "") -> None:
        """Ask for a "search", a "filter" or a "line", with a text to begin with."""
        if not self.prompt.is_attached:
            await self.mount(self.prompt)
        self.prompt.ask(kind, text)

    def show(self, path: str | os.PathLike[str] | None, title: str = "", *, live: bool = True) -> None:
        """Show another log from its end on; the same one again only changes its title and whether it is live."""
        new = os.fspath(path) if path is not None else ""
        same = self.file.path == new and not isinstance(self.file, MergedLog)
        self._show(None if same else LogFile(new), title, live=live)

    def show_merged(self, parts: Sequence[Part], title: str = "", *, live: bool = True) -> None:
        """Show several logs as one, each line with its part's name; the same ones again as in `show`."""
        same = isinstance(self.file, MergedLog) and self.file.parts == tuple(parts)
        self._show(None if same else MergedLog(parts), title, live=live)

    def focus(self, scroll_visible: bool = True) -> LogPane:
        """Focus the rows, where the keys are at home."""
        self.rows.focus(scroll_visible)
        return self

    def on_mount(self) -> None:
        """Begin to watch."""
        self.ticks = self.set_interval(TICK, self.tick, pause=True)
        self.set_interval(PATIENCE, self.check_answer)
        self.app.screen_change_signal.subscribe(self, lambda _screen: self.watch_file())
        self.look()
        self.watch_file()

    def on_unmount(self) -> None:
        """Leave nothing behind in the threads."""
        self.unwatch()
        self.finder.close()
        BACKGROUND.remove(self.index)
        if self.filtered:
            BACKGROUND.remove(self.filtered[2])

    def on_show(self) -> None:
        """Seen again: watch again."""
        self.watch_file()

    def on_hide(self) -> None:
        """What nobody sees is not looked at."""
        self.unwatch()

    def watch_live(self) -> None:
        """An ended log is looked at once more."""
        self.look()
        self.watch_file()

    def on_resize(self) -> None:
        """The title is as wide as the frame."""
        self.state()

    @on(DescendantFocus)
    @on(DescendantBlur)
    def _light(self) -> None:
        """The frame is lit. By a class: with `:focus-within` Textual finds the rules of everything in it anew."""
        lit = self.has_focus_within
        if self.has_class("-lit") != lit:
            self.set_class(lit, "-lit", update=False)
            self.app.stylesheet.apply(self)

    @on(LogChanged)
    def _file_changed(self) -> None:
        self.look()

    @on(LogRuler.Jump)
    def _jump(self, event: LogRuler.Jump) -> None:
        event.stop()
        source = self.file
        if event.share >= 1:
            self.rows.go_end()
        else:
            self.rows.go(source.start_of(source.first + int(event.share * (source.size - source.first))))

    @on(LogRows.Copied)
    def _copied(self, event: LogRows.Copied) -> None:
        event.stop()
        self.note = f"copied {event.lines:,} line{'s' * (event.lines != 1)}"
        self.state()

    def state(self) -> None:
        """Say in the frame, the foot and the ruler how things stand; look again soon while something is unfinished."""
        if self.ticks is None or self.rows.frozen:
            return
        if self.unfinished:
            self.ticks.resume()
        title, width = sanitize(self._title), self.outer_size.width
        room, follow = width - cell_len(title) - _FRAME_CELLS, self.rows.follow
        text = facts_text(self.file, self.index, room, live=self.live, follow=follow, left_at=self.left_at)
        facts = (title, text, width)
        if facts != self._facts:
            self._facts = facts
            self.border_title = frame_title(*facts)
        self.foot.show(*foot_line(self))
        rows, first, size = self.rows.viewport.rows, self.file.first, max(1, self.file.size - self.file.first)
        start, end = 0.0, 1.0  # all of it, where there is nothing
        if rows:
            start, end = (rows[0].shown.line.start - first) / size, (rows[-1].shown.line.next - first) / size
        self.ruler.show(start, end, self.finder.hit_rows)

    def _show(self, file: LogFile | None, title: str, *, live: bool) -> None:
        self._title = title
        if file is not None:
            self.file, self.filtered, self.note = file, None, ""
            self.rows.is_beside = None
            self.finder.close()
            self.finder = Finder(file, BACKGROUND)
            merged = file if isinstance(file, MergedLog) else None
            self.rows.lead.tags = tuple(sanitize(part.name) for part in merged.parts) if merged else ()
            self.rows.lead.tag_of = merged.part_at if merged else (lambda _place: 0)
            self.renew()
        self.live = live
        self.watch_file()
        self.look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Nothing reads from a disk that does not answer; what would do nothing is greyed."""
        if self.rows.frozen:
            return None
        if action in {"search", "filter", "line"} and isinstance(self.screen.focused, Input):
            return False  # there the keys are text
        return None if action == "next_mark" and not self.rows.lead.marks else True
