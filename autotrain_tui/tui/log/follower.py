"""Keeps a log pane up to date with its file: watches it, counts its lines, and says what happened to it."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from autotrain_tui.logs.log_file import LogChange
from autotrain_tui.logs.watcher import LogWatch
from autotrain_tui.tui.log.arrival_times import ArrivalTimes
from autotrain_tui.tui.log.rows import LogRows
from autotrain_tui.tui.log.search import LogSearch
from autotrain_tui.tui.log.shown_log import BACKGROUND, ShownLog
from autotrain_tui.tui.log.status import LogStatus

__all__ = ["PATIENCE", "TICK", "LogChanged", "LogFollower"]

WATCH = LogWatch()
"""Watches the files of all panes, in one thread."""
TICK = 0.1
"""Seconds between two polls of the background's results."""
PATIENCE = 1.0
"""Seconds after which a disk that does not answer is reported."""


class LogChanged(Message, bubble=False):
    """The file has changed; posted by the watching thread."""

    def can_replace(self, message: Message) -> bool:
        """One refresh for all changes that are queued."""
        return isinstance(message, LogChanged)


class LogFollower:
    """Follows the file of one pane from `start` to `stop`; hidden or behind another screen, the pane rests."""

    def __init__(self, pane: Widget, log: ShownLog, rows: LogRows, search: LogSearch, status: LogStatus) -> None:
        self._pane, self._log, self._rows, self._search, self._status = pane, log, rows, search, status
        self._window = rows.window
        self._ticks: Timer | None = None
        """Runs while the background has unfinished work for the pane; None until the pane is mounted."""
        self._counted = False
        """Were all lines counted at the last tick?"""
        self._watched: frozenset[str] = frozenset()
        self._disk: asyncio.TimerHandle | None = None
        """The next look whether the disk answers."""

    def start(self) -> None:
        """The pane is mounted: watch the file."""
        self._ticks = self._pane.set_interval(TICK, self._tick, pause=True)
        self._watch_disk()
        self._pane.app.screen_change_signal.subscribe(self._pane, lambda _screen: self.watch())
        self.refresh()
        self.watch()

    def stop(self) -> None:
        """Leave nothing behind in the threads."""
        if self._disk is not None:
            self._disk.cancel()
        self.unwatch()
        self._search.close()
        self._log.close()

    def watch(self) -> None:
        """Watch the file, or the files, if they may change and the pane is visible."""
        visible = self._log.live and self._ticks is not None and self._pane.display and self._pane.screen.is_current
        wanted = frozenset(self._log.file.paths) if visible else frozenset()
        if wanted and not self._watched:
            self.refresh()  # before it is watched: what arrived meanwhile has no time of arrival
        for path in self._watched - wanted:
            WATCH.unwatch((self, path))
        for path in wanted - self._watched:
            WATCH.watch((self, path), path, self._notify)
        self._watched = wanted

    def unwatch(self) -> None:
        """Watch nothing."""
        for path in self._watched:
            WATCH.unwatch((self, path))
        self._watched = frozenset()

    def moved(self) -> None:
        """The window has moved: once it leaves the end, new lines are counted."""
        log = self._log
        if self._window.follow:
            log.left_at = None
        elif log.left_at is None:
            total = log.index.total()
            log.left_at = None if total is None else total + log.index.gone
        self.update()

    def update(self) -> None:
        """Show the pane's state; tick while something is unfinished."""
        if self._ticks is None or self._window.frozen:
            return
        if self._unfinished:
            self._ticks.resume()
        self._status.update()

    def refresh(self) -> None:
        """Take the file as it is now."""
        if self._ticks is None or self._window.frozen:
            return
        file, gutter = self._log.file, self._window.gutter
        problem, change = file.problem, file.refresh() if file.paths else LogChange.SAME
        if change.is_new_text:
            if change is LogChange.MOVED:
                self._log.notice = f"the start of a log was dropped (log_limit_mb) at {_clock()}"
            elif change is not LogChange.APPEARED:
                self._log.notice = f"the log was {change.value} at {_clock()}"
            self.reset()
            self._search.restart()
        if change is not LogChange.SAME:
            gutter.marks -= {mark for mark in gutter.marks if mark < file.first}
            seen = change is LogChange.GREW and bool(self._watched)
            gutter.arrivals.note(file.size, time.time() if seen else None)
        if file.problem != problem:
            self._log.notice = file.problem
        self._rows.notice = file.problem or ("no output yet" if self._log.live else "no output")
        if change is not LogChange.SAME and (self._window.follow or self._window.viewport.at_end):
            self._window.reload()
        self.update()

    def reset(self) -> None:
        """Other text, under the same path or another one: forget what was known of it."""
        self._log.reindex()
        self._counted = False
        self._search.wanted_line = self._window.hit = None
        self._rows.line_selection.end()
        self._window.viewport.forget()
        self._window.gutter.marks.clear()
        self._window.gutter.arrivals = ArrivalTimes()
        self._window.set_source(self._log.file, follow=True)

    @property
    def _unfinished(self) -> bool:
        counting = not (self._counted and self._log.index.complete) or self._log.issues.busy
        return counting or self._search.unfinished

    def _notify(self) -> None:
        """Called by the watching thread."""
        self._pane.post_message(LogChanged())

    def _tick(self) -> None:
        """Take the background's results; pause when it has finished."""
        if self._window.frozen:
            return
        index = self._log.index
        if not index.complete:
            BACKGROUND.add(index)
        elif not self._counted:
            self._window.settle()  # very long lines, met in parts so far, are now known whole
        self._counted = index.complete
        if index.complete:
            self._log.issues.poll()
        self._search.poll()
        unfinished = self._unfinished  # asked before it is shown: what the background ends meanwhile would stay unseen
        self.update()
        if self._ticks is not None and not unfinished:
            self._ticks.pause()

    def _watch_disk(self) -> None:
        """Now and from then on. Not by a timer of Textual's, which takes ten times as long as the look itself."""
        self._disk = asyncio.get_running_loop().call_later(PATIENCE, self._watch_disk)
        if self._pane.is_attached and self._pane.app.is_running:
            self._check_disk()

    def _check_disk(self) -> None:
        """Report a disk that does not answer, and stop reading from it: the rows stay, and keys wait."""
        silent = WATCH.silent_seconds
        window = self._window
        if (silent > PATIENCE) == window.frozen:
            return
        window.frozen = silent > PATIENCE
        self._log.notice = f"the disk has not answered since {_clock(-silent)}" if window.frozen else ""
        self._status.update_foot()
        self._pane.refresh_bindings()
        if not window.frozen:
            self._rows.refresh()  # it may have another size by now
            self.refresh()


def _clock(seconds: float = 0.0) -> str:
    """The time of day, some seconds from now."""
    return f"{datetime.now().astimezone() + timedelta(seconds=seconds):%H:%M:%S}"
