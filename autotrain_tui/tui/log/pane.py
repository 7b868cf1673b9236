"""A log in a frame: opens at its end whatever its size, follows it, and is read, searched and marked with keys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar, Literal

from textual import events, on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.merged_log import MergedLog, Part
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.bindings import LOG_BINDINGS
from autotrain_tui.tui.log.follower import LogChanged, LogFollower
from autotrain_tui.tui.log.hit_navigator import HitKind
from autotrain_tui.tui.log.prompt_actions import PromptActions
from autotrain_tui.tui.log.rows import COLUMN_STEP, LogRows
from autotrain_tui.tui.log.search import LogSearch
from autotrain_tui.tui.log.shown_log import ShownLog
from autotrain_tui.tui.log.status import LogStatus
from autotrain_tui.tui.log.window import LogWindow, Option
from autotrain_tui.tui.widgets.container import FramedContainer

__all__ = ["LogPane"]


class LogPane(FramedContainer):
    """One log. `show` a path and focus the pane; it does the rest. Hidden, it does nothing.

    The pane wires its parts and turns keys into calls on them: `shown` (the log: file, line numbers), `window` (what is
    on the screen), `rows` (the widget that draws it), `search`, `prompts`, `status` (frame, foot, ruler), `follower`.
    """

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
    BINDINGS: ClassVar[list[BindingType]] = [
        *LOG_BINDINGS,
        Binding(
            "enter",
            "fold",
            "Traceback",
            id="log.fold",
            tooltip="Open or fold a traceback; while lines are selected, copy them",
            show=False,
        ),
    ]

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        title: str = "",
        *,
        live: bool = True,
        id: str | None = None,  # noqa: A002  the name that every Textual widget has for it
        classes: str | None = None,
    ) -> None:
        self.shown = ShownLog(LogFile(os.fspath(path) if path is not None else ""), title, live=live)
        self.window = LogWindow(self.shown.file, self.shown.number_of)
        self.rows = LogRows(self.window)
        self.search = LogSearch(self.shown, self.window, self.rows.renderer)
        self.status = LogStatus(self, self.shown, self.window, self.search, self.rows.line_selection.summary)
        self.follower = LogFollower(self, self.shown, self.rows, self.search, self.status)
        self.prompts = PromptActions(self, self.rows, self.search, self.follower.update)
        self.window.moved, self.search.changed = self.follower.moved, self.follower.update
        super().__init__(self.status.foot, self.rows, self.status.ruler, id=id, classes=classes)

    def show(self, path: str | os.PathLike[str] | None, title: str = "", *, live: bool = True) -> None:
        """Show another log from its end on; the same one again only changes its title and whether it is live."""
        new = os.fspath(path) if path is not None else ""
        same = self.shown.file.path == new and not isinstance(self.shown.file, MergedLog)
        self._open(None if same else LogFile(new), title, live=live)

    def show_merged(self, parts: Sequence[Part], title: str = "", *, live: bool = True) -> None:
        """Show several logs as one, each line with its part's name; the same ones again as in `show`."""
        same = isinstance(self.shown.file, MergedLog) and self.shown.file.parts == tuple(parts)
        self._open(None if same else MergedLog(parts), title, live=live)

    def _open(self, file: LogFile | None, title: str, *, live: bool) -> None:
        self.shown.title, self.shown.live = title, live
        if file is not None:
            self.shown.file, self.shown.notice = file, ""
            self.search.forget()
            merged = file if isinstance(file, MergedLog) else None
            self.window.gutter.tags = tuple(sanitize(part.name) for part in merged.parts) if merged else ()
            self.window.gutter.tag_of = merged.part_at if merged else (lambda _place: 0)
            self.follower.reset()
        self.follower.watch()
        self.follower.refresh()

    def focus(self, scroll_visible: bool = True) -> LogPane:
        """Focus the rows."""
        self.rows.focus(scroll_visible)
        return self

    def on_mount(self) -> None:
        """Start to follow the file."""
        self.follower.start()

    def on_unmount(self) -> None:
        """Leave nothing behind in the threads."""
        self.follower.stop()

    @on(events.Show)
    @on(events.Hide)
    def _visibility_changed(self, event: events.Event) -> None:
        """A hidden pane does not watch its file."""
        self.follower.watch() if isinstance(event, events.Show) else self.follower.unwatch()

    def on_resize(self) -> None:
        """The title is as wide as the frame."""
        self.follower.update()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _focus_moved(self) -> None:
        """Light the frame. By a class: with `:focus-within` Textual looks up the rules of everything in it again."""
        lit = self.has_focus_within
        if self.has_class("-lit") != lit:
            self.set_class(lit, "-lit", update=False)
            self.app.stylesheet.apply(self)

    def on_click(self, event: events.Click) -> None:
        """A click on the frame is one on the log."""
        if event.widget is self:
            self.focus()

    @on(LogChanged)
    def _file_changed(self) -> None:
        self.follower.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key works while the disk does not answer; a key without an effect is disabled."""
        if self.window.frozen:
            return None
        if action == "fold":
            folds = any(self.window.fold_of(row) is not None for row in self.window.viewport.rows)
            return folds or self.rows.line_selection.active
        if action == "ask" and isinstance(self.screen.focused, Input):
            return False  # there the keys are text
        return None if parameters == ("next_mark",) and not self.window.gutter.marks else True

    def action_go(self, where: Literal["start", "end", "follow", "next_mark"]) -> None:
        """Go to the start, the end or the next mark (after the last comes the first); `follow` also stops following."""
        window, selection = self.window, self.rows.line_selection
        if selection.active and where in ("start", "end"):
            selection.move_to_edge(last=where == "end")
            self.follower.update()
        elif where == "start":
            window.go(window.viewport.source.first)
        elif where == "follow" and window.follow:
            window.stay()
        elif where in ("end", "follow"):
            window.go_end()
        elif window.gutter.marks and (current := window.current) is not None:
            marks = sorted(window.gutter.marks)
            window.reveal(next((mark for mark in marks if mark > current), marks[0]))

    def action_scroll(self, unit: Literal["rows", "pages", "columns"], count: float) -> None:
        """Scroll by rows, pages or steps sideways."""
        selection = self.rows.line_selection
        if selection.active and unit != "columns":
            selection.move(int(count if unit == "rows" else count * max(2, self.rows.size.height - 1)))
            self.follower.update()
        elif unit == "rows":
            self.window.scroll_rows(int(count))
        elif unit == "pages":
            self.window.scroll_pages(count)
        else:
            self.window.scroll_columns(int(count) * COLUMN_STEP)

    def action_option(self, name: Option) -> None:
        """Turn `wrap`, line `numbers` or arrival `times` on or off."""
        self.window.toggle(name)

    def action_colours(self) -> None:
        """Turn the colours of what lines say on or off."""
        self.rows.toggle_colours()

    def action_fold(self) -> None:
        """Open or fold the current traceback, or the last one in the window; copy the lines that are selected."""
        if self.rows.line_selection.active:
            self.action_copy()
        else:
            self.window.toggle_fold()

    def action_mark(self) -> None:
        """Mark the current line, or remove its mark."""
        if (place := self.window.current) is not None:
            self.window.gutter.marks ^= {place}
            self.window.hit = place
            self.window.reload()
            self.window.invalidate()

    def action_copy(self) -> None:
        """Copy the selected lines, the text selected with the mouse, or the current line to the clipboard (OSC 52)."""
        copied = self.rows.copied()
        if copied is not None:
            self.app.copy_to_clipboard(copied.text)
            self.shown.notice = copied.sentence
            self.rows.line_selection.end()
            self.follower.update()

    def action_select_lines(self) -> None:
        """Begin to select lines at the current one, or end that."""
        selection = self.rows.line_selection
        if selection.active:
            selection.end()
        else:
            self.focus()
            selection.begin()
        self.follower.update()

    async def action_ask(self, kind: Literal["search", "filter", "line"]) -> None:
        """Open the prompt."""
        await self.prompts.open(kind)

    async def action_step(self, kind: Literal["search", "error"], direction: int) -> None:
        """Go to the next hit or error (below 0: the previous one); without a search, open the prompt for one."""
        if kind == "search" and self.search.hits.query is None:
            await self.prompts.open("search")
        else:
            self.search.step(HitKind(kind), direction)

    def action_clear(self) -> None:
        """End what was started last: the selection of lines, the notice, the search, the errors, the filter."""
        if self.rows.line_selection.active:
            self.action_select_lines()
        else:
            self.search.clear()
