"""How a log pane keeps up with its file: watching it, counting it, and saying what others do to it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogChange
from autotrain_tui.logs.watcher import LogWatch
from autotrain_tui.tui.log.arrival_times import ArrivalTimes
from autotrain_tui.tui.log.frame import LogFoot
from autotrain_tui.tui.log.prompt_actions import foot_line
from autotrain_tui.tui.log.search import BACKGROUND, FindActions

__all__ = ["PATIENCE", "TICK", "Following", "LogChanged"]

WATCH = LogWatch()
"""Watches the files of all panes, in one thread."""
TICK = 0.1
"""Seconds between two looks at what the background has found."""
PATIENCE = 1.0
"""Seconds after which a disk that owes an answer is said to be silent."""


class LogChanged(Message, bubble=False):
    """The file is not as it was; comes from the watching thread."""

    def can_replace(self, message: Message) -> bool:
        """One look for all that happened."""
        return isinstance(message, LogChanged)


class Following(FindActions, Widget):
    """Keeps the rows, the index and the finds of a pane up with its file."""

    live: bool
    foot: LogFoot
    ticks: Timer | None = None
    """Set when the pane is mounted; goes while the background has unfinished work for it."""
    counted = False
    """Were all the lines there were counted when the background was looked at last?"""
    left_at: int | None = None
    """Lines there were when one went up from the end."""
    watched: frozenset[str] = frozenset()
    """The files that are watched now."""

    def number_of(self, offset: int) -> int | None:
        """The number (from 0) of the line at a place; None while it is not counted."""
        return self.index.number_of(offset)

    def moved(self) -> None:
        """Other rows stand in the window: from where one went up, new lines are counted."""
        if self.rows.follow:
            self.left_at = None
        elif self.left_at is None:
            total = self.index.total()
            self.left_at = None if total is None else total + self.index.gone
        self.state()

    def watch_file(self) -> None:
        """Watch the file, or the files, if they may change and are seen: not in a hidden pane or a screen behind."""
        seen = self.live and self.ticks is not None and self.display and self.screen.is_current
        wanted = frozenset(self.file.paths) if seen else frozenset()
        if wanted and not self.watched:
            self.look()  # what came unseen has no time of arrival
        for path in self.watched - wanted:
            WATCH.unwatch((self, path))
        for path in wanted - self.watched:
            WATCH.watch((self, path), path, self.tell)
        self.watched = wanted

    def unwatch(self) -> None:
        """Watch nothing."""
        for path in self.watched:
            WATCH.unwatch((self, path))
        self.watched = frozenset()

    def tell(self) -> None:
        """The file is not as it was; called by the watching thread."""
        self.post_message(LogChanged())

    def look(self) -> None:
        """Take the file as it is now."""
        if self.ticks is None or self.rows.frozen:
            return
        problem, change = self.file.problem, self.file.refresh() if self.file.paths else LogChange.SAME
        if change.is_new_text:
            if change is LogChange.MOVED:
                self.note = f"the beginning of a log was dropped (log_limit_mb) at {_clock()}"
            elif change is not LogChange.APPEARED:
                self.note = f"the log was {change.value} by somebody at {_clock()}"
            self.renew()
            self.found_again()
        if change is not LogChange.SAME:
            self.rows.lead.marks -= {mark for mark in self.rows.lead.marks if mark < self.file.first}
            seen = change is LogChange.GREW and bool(self.watched)
            self.rows.lead.arrivals.note(self.file.size, time.time() if seen else None)
        if self.file.problem != problem:
            self.note = self.file.problem
        self.rows.notice = self.file.problem or ("no output yet" if self.live else "no output")
        if change is not LogChange.SAME and (self.rows.follow or self.rows.viewport.at_end):
            self.rows.reload()
        self.state()

    def renew(self) -> None:
        """Other text, under the same or another path: what was known of it is forgotten."""
        BACKGROUND.remove(self.index)
        self.index = LineIndex(self.file)
        self.counted = False
        self.wanted_line, self.left_at = None, None
        self.rows.viewport.forget()
        self.rows.lead.marks.clear()
        self.rows.lead.arrivals = ArrivalTimes()
        self.rows.hit = None
        self.rows.set_source(self.file, follow=True)

    def tick(self) -> None:
        """Take what the background has found; rest when it has finished."""
        if self.rows.frozen:
            return
        if not self.index.complete:
            BACKGROUND.add(self.index)
        elif not self.counted:
            self.rows.settle()  # very long lines, met in parts so far, are now known as what they are
        self.counted = self.index.complete
        self.look_for()
        self.state()
        if self.ticks is not None and not self.unfinished:
            self.ticks.pause()

    @property
    def unfinished(self) -> bool:
        """Is the background still at work for this pane?"""
        return not (self.counted and self.index.complete) or self.looking

    def check_answer(self) -> None:
        """A disk that does not answer is named, and not asked by us: what is painted stays, and keys wait."""
        silent = WATCH.silent_seconds
        if (silent > PATIENCE) == self.rows.frozen:
            return
        self.rows.frozen = silent > PATIENCE
        self.note = f"the disk has not answered since {_clock(-silent)}" if self.rows.frozen else ""
        self.foot.show(*foot_line(self))
        self.refresh_bindings()
        if not self.rows.frozen:
            self.rows.refresh()  # it may have another size by now
            self.look()


def _clock(seconds: float = 0.0) -> str:
    """The time of day, some seconds from now."""
    return f"{datetime.now().astimezone() + timedelta(seconds=seconds):%H:%M:%S}"
