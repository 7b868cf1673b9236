"""A log in a frame: opens at its end whatever its size, follows it, and is read, searched and marked with keys."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from autotrain_tui.session.log_index import LineIndex
from autotrain_tui.session.log_merged import MergedLog, Part
from autotrain_tui.session.log_watch import LogWatch
from autotrain_tui.session.logfile import Change, LogFile
from autotrain_tui.session.sanitise import plain
from autotrain_tui.tui.widgets.log_edges import LogFoot, LogRuler, facts_text
from autotrain_tui.tui.widgets.log_find import BACKGROUND, FIND_BINDINGS, FindActions
from autotrain_tui.tui.widgets.log_finder import Finder
from autotrain_tui.tui.widgets.log_prompt import LogPrompt
from autotrain_tui.tui.widgets.log_rows import ROW_BINDINGS, LogRows, RowActions
from autotrain_tui.tui.widgets.log_times import Arrivals
from autotrain_tui.tui.widgets.painted import frame_title

__all__ = ["LogPane"]

_WATCH = LogWatch()
_TICK = 0.1
"""Seconds between two looks at what the background has found."""
_PATIENCE = 1.0
"""Seconds after which a disk that owes an answer is said to be silent."""


class LogPane(RowActions, FindActions, Widget):
    """One log. `show` a path and focus the pane; it does the rest. Hidden, it does nothing."""

    DEFAULT_CSS = """
    LogPane {
        width: 1fr;
        height: 1fr;
        border: round $frame;
        border-title-align: left;
        &:focus-within { border: round $accent; }
    }
    """
    ALLOW_MAXIMIZE = True
    BINDING_GROUP_TITLE = "Log"
    BINDINGS: ClassVar[list[BindingType]] = [*ROW_BINDINGS, *FIND_BINDINGS]

    live: reactive[bool] = reactive(True, init=False)
    """May lines still arrive? Only then is the file looked at again and again."""

    class Changed(Message, bubble=False):
        """The file is not as it was; comes from the watching thread."""

        def can_replace(self, message: Message) -> bool:
            """One look for all that happened."""
            return isinstance(message, LogPane.Changed)

    def __init__(self, path: str | os.PathLike[str] | None = None, title: str = "", *, live: bool = True,
                 id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.set_reactive(LogPane.live, live)
        self.file = LogFile(os.fspath(path) if path is not None else "")
        self.index = LineIndex(self.file)
        self._counted = False
        self.finder = Finder(self.file, BACKGROUND)
        self.rows = LogRows(self.file, self._number_of, self._moved)
        self.ruler = LogRuler()
        self.foot = LogFoot()
        self.prompt = LogPrompt()
        self.filtered = None
        self.wanted_line = None
        self.note = ""
        self._title = title
        self._facts = ("", "", 0)
        self._left_at: int | None = None
        self._watched: set[str] = set()
        self._ticks: Timer | None = None
        """Set when the pane is mounted; goes while the background has unfinished work for it."""

    def compose(self) -> ComposeResult:
        """Foot and prompt below, the rows above them with the ruler at their right."""
        yield self.foot
        yield self.prompt
        with Horizontal():
            yield self.rows
            yield self.ruler

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
        self._ticks = self.set_interval(_TICK, self._tick, pause=True)
        self.set_interval(_PATIENCE, self._check_answer)
        self.app.screen_change_signal.subscribe(self, lambda _screen: self._watch())
        self._look()
        self._watch()

    def on_unmount(self) -> None:
        """Leave nothing behind in the threads."""
        self._unwatch()
        self.finder.close()
        BACKGROUND.remove(self.index)
        if self.filtered:
            BACKGROUND.remove(self.filtered[2])

    def on_show(self) -> None:
        """Seen again: watch again."""
        self._watch()

    def on_hide(self) -> None:
        """What nobody sees is not looked at."""
        self._unwatch()

    def watch_live(self) -> None:
        """An ended log is looked at once more."""
        self._look()
        self._watch()

    def on_resize(self) -> None:
        """The title is as wide as the frame."""
        self.state()

    @on(Changed)
    def _file_changed(self) -> None:
        self._look()

    def _moved(self) -> None:
        if self.rows.follow:
            self._left_at = None
        elif self._left_at is None:
            self._left_at = self.index.total()
        self.state()

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
        if self._ticks is None or self.rows.frozen:
            return
        if self._unfinished:
            self._ticks.resume()
        text = facts_text(self.file, self.index, live=self.live, follow=self.rows.follow, left_at=self._left_at)
        facts = (plain(self._title), text, self.outer_size.width)
        if facts != self._facts:
            self._facts = facts
            self.border_title = frame_title(*facts)
        self.foot.show(*self.foot_line())
        rows, size = self.rows.viewport.rows, max(1, self.file.size - self.file.first)
        ends = (rows[0].shown.line.start, rows[-1].shown.line.next) if rows else (self.file.first, self.file.size)
        start, end = ((end - self.file.first) / size for end in ends)
        self.ruler.show(start, end, self.finder.hit_rows)

    def _number_of(self, offset: int) -> int | None:
        return self.index.number_of(offset)

    def _show(self, file: LogFile | None, title: str, *, live: bool) -> None:
        self._title = title
        if file is not None:
            self.file, self.filtered, self.note = file, None, ""
            self.rows.is_beside = None
            self.finder.close()
            self.finder = Finder(file, BACKGROUND)
            merged = file if isinstance(file, MergedLog) else None
            self.rows.lead.tags = tuple(plain(part.name) for part in merged.parts) if merged else ()
            self.rows.lead.tag_of = merged.part_at if merged else (lambda _place: 0)
            self._renew()
        self.live = live
        self._watch()
        self._look()

    def _watch(self) -> None:
        """Watch the file, or the files, if they may change and are seen: not in a hidden pane or a screen behind."""
        seen = self.live and self._ticks is not None and self.display and self.screen.is_current
        wanted = set(self.file.paths) if seen else set()
        if wanted and not self._watched:
            self._look()  # what came unseen has no time of arrival
        for path in self._watched - wanted:
            _WATCH.unwatch((self, path))
        for path in wanted - self._watched:
            _WATCH.watch((self, path), path, self._tell)
        self._watched = wanted

    def _unwatch(self) -> None:
        for path in self._watched:
            _WATCH.unwatch((self, path))
        self._watched = set()

    def _tell(self) -> None:
        self.post_message(self.Changed())

    def _look(self) -> None:
        """Take the file as it is now."""
        if self._ticks is None or self.rows.frozen:
            return
        problem, change = self.file.problem, self.file.refresh() if self.file.paths else Change.SAME
        if change.is_new_text:
            if change is not Change.APPEARED:
                self.note = f"the log was {change.value} by somebody at {_clock()}"
            self._renew()
            self.found_again()
        if change is not Change.SAME:
            seen = change is Change.GREW and bool(self._watched)
            self.rows.lead.arrivals.note(self.file.size, time.time() if seen else None)
        if self.file.problem != problem:
            self.note = self.file.problem
        self.rows.notice = self.file.problem or ("no output yet" if self.live else "no output")
        if change is not Change.SAME and (self.rows.follow or self.rows.viewport.at_end):
            self.rows.reload()
        self.state()

    def _renew(self) -> None:
        """Other text, under the same or another path: what was known of it is forgotten."""
        BACKGROUND.remove(self.index)
        self.index = LineIndex(self.file)
        self._counted = False
        self.wanted_line, self._left_at = None, None
        self.rows.viewport.forget()
        self.rows.lead.marks.clear()
        self.rows.lead.arrivals = Arrivals()
        self.rows.hit = None
        self.rows.set_source(self.file, follow=True)

    def _tick(self) -> None:
        """Take what the background has found; rest when it has finished."""
        if self.rows.frozen:
            return
        if not self.index.complete:
            BACKGROUND.add(self.index)
        elif not self._counted:
            self.rows.settle()  # very long lines, met in parts so far, are now known as what they are
        self._counted = self.index.complete
        self.look_for()
        self.state()
        if self._ticks is not None and not self._unfinished:
            self._ticks.pause()

    @property
    def _unfinished(self) -> bool:
        return not (self._counted and self.index.complete) or self.looking

    def _check_answer(self) -> None:
        """A disk that does not answer is named, and not asked by us: what is painted stays, and keys wait."""
        silent = _WATCH.silent_seconds
        if (silent > _PATIENCE) == self.rows.frozen:
            return
        self.rows.frozen = silent > _PATIENCE
        self.note = f"the disk has not answered since {_clock(-silent)}" if self.rows.frozen else ""
        self.foot.show(*self.foot_line())
        self.refresh_bindings()
        if not self.rows.frozen:
            self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Nothing reads from a disk that does not answer; what would do nothing is greyed."""
        if self.rows.frozen:
            return None
        return None if action == "next_mark" and not self.rows.lead.marks else True


def _clock(seconds: float = 0.0) -> str:
    """The time of day, some seconds from now."""
    return f"{datetime.now().astimezone() + timedelta(seconds=seconds):%H:%M:%S}"
