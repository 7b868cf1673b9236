"""Watching a session without a screen, in the foreground: `run --no-ui`, `resume --no-ui`, `wait`.

It only watches: the runner is a process of its own. Ctrl-C and SIGTERM send a stop, a second Ctrl-C a kill; a lost
terminal or a closed pipe ends the output, never the training. How things are shown is the outlet's business.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from autotrain_tui.errors import AutotrainError, MachineError, UnreadableError
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.journal.transitions import Outcome
from autotrain_tui.session.records.command_file import drop, new_command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import signal_owner
from autotrain_tui.session.records.read_file import Unread, is_gone

__all__ = ["OrphanedError", "Outlet", "PendingSignals", "SessionWatch", "Silence", "exit_status"]

LOOK_SECONDS = 0.1
"""Seconds between two reads of the journal's size."""

LIVE_SECONDS = 0.4
"""Seconds between two reads of live values and of the runner's lock while the journal does not grow."""

STATUS = {Outcome.SUCCEEDED: 0, Outcome.BUDGET: 0, Outcome.FAILED: 1, Outcome.STOPPED: 5}


def exit_status(view: View) -> int:
    """What a finished session's run exits with (DESIGN section 8); 1 for one that is not finished."""
    return STATUS.get(view.session.outcome, 1) if view.session.outcome is not None else 1


class OrphanedError(AutotrainError):
    """The runner died under the watch: how the session will end is unknown."""


class Outlet(Protocol):
    """Where a watched session is shown. Each method may raise OSError when the output is closed."""

    def events(self, view: View, events: Sequence[Event]) -> None:
        """New events; `view` is the session after them."""

    def tick(self, view: View) -> None:
        """A look at the session, ten times a second."""

    def say(self, text: str) -> None:
        """A message of the watching command itself."""

    def close(self) -> None:
        """Nothing more comes."""


class Silence:
    """The outlet after the terminal or the pipe is gone."""

    def events(self, view: View, events: Sequence[Event]) -> None:
        """Show nothing."""

    def tick(self, view: View) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing to close."""


class PendingSignals:
    """Signals that ask for something, kept until the watch looks; a sleeping watch is woken by them."""

    def __init__(self) -> None:
        self._got: list[int] = []
        self._read, self._write = -1, -1

    @contextmanager
    def taken(self) -> Iterator[PendingSignals]:
        """Take SIGINT, SIGTERM and SIGHUP from here on. Only in the main thread."""
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        former_pipe = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        former = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            yield self
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(former_pipe)
            os.close(self._read)
            os.close(self._write)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._got.append(number)

    def take(self) -> list[int]:
        """The signals since the last call, in order."""
        got, self._got = self._got, []
        return got

    def sleep(self, seconds: float) -> bool:
        """Sleep, unless a signal comes; whether one has come."""
        if not self._got:
            ready, _, _ = select.select([self._read], [], [], seconds)
            if ready:
                os.read(self._read, 4096)
        return bool(self._got)


class SessionWatch:
    """Watches one session to the end of its run. `since`: events up to this number are known already."""

    def __init__(self, folder: SessionFolder, outlet: Outlet, signals: PendingSignals, *, since: int = 0) -> None:
        self.folder = folder
        self._follower = SessionFollower(folder)
        self._outlet: Outlet = outlet
        self._signals = signals
        self._since = since
        self._asked: int | None = None
        self._killed = False
        self._view: View | None = None
        self._unread = Unread()
        self._warned = ""

    def run(self) -> int:
        """The exit status of the session's run, or 128+n when signal n made us stop it.

        Raises OrphanedError when the runner dies, RecordsError and MachineError as the records do, and
        KeyboardInterrupt at a third Ctrl-C: the kill continues without this process.
        """
        try:
            while True:
                view = self._look()
                if not view.finished and view.alive is False:
                    view = self._look()  # its last words may have come between the two readings
                    if not view.finished:
                        return self._orphaned()
                if view.finished:
                    stopped = view.session.outcome is Outcome.STOPPED
                    return 128 + self._asked if stopped and self._asked is not None else exit_status(view)
                for number in self._signals.take():
                    self._obey(number)
                self._sleep()
        finally:
            self._show(lambda outlet: outlet.close())

    def _sleep(self) -> None:
        """Until the journal grows, a signal comes, or it is time for live values."""
        size, deadline = self._journal_size(), time.monotonic() + LIVE_SECONDS
        while not self._signals.sleep(LOOK_SECONDS) and time.monotonic() < deadline:
            if self._journal_size() != size:
                return

    def _journal_size(self) -> int:
        try:
            return os.stat(self.folder.journal).st_size
        except OSError:
            return -1

    def _look(self) -> View:
        try:
            view, events = self._follower.poll()
        except UnreadableError as error:
            if self._view is None:
                raise
            self._unread.note(str(error))
            if text := self._unread.new_text():
                self._show(lambda outlet: outlet.say(text))
            return self._view
        self._unread.note("")
        self._view = view
        self._say_warning(view)
        news = [event for event in events if event.seq > self._since]
        if news:
            self._show(lambda outlet: outlet.events(view, news))
        self._show(lambda outlet: outlet.tick(view))
        return view

    def _say_warning(self, view: View) -> None:
        """Say once what the runner can't record, or that it does not answer; and when that is over."""
        told = view.unrecorded if not view.finished else None  # its end is recorded; the heartbeat may say so later
        key = view.silence or (f"{told.since} {told.reason}" if told is not None else view.unread)
        if key == self._warned:
            return
        self._warned = key
        text = view.warning if key else "the runner answers and records again"
        self._show(lambda outlet: outlet.say(text))

    def _show(self, how: Callable[[Outlet], None]) -> None:
        try:
            how(self._outlet)
        except OSError:
            self._fall_silent()

    def _fall_silent(self) -> None:
        """Drop all output and continue as if detached: nothing may fail on a dead terminal."""
        self._outlet = Silence()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (sys.stdout, sys.stderr):
            try:
                os.dup2(nowhere, stream.fileno())
            except (OSError, ValueError):
                continue  # not a real file (a test's), or closed
        os.close(nowhere)

    def _obey(self, number: int) -> None:
        if number == signal.SIGHUP:
            self._fall_silent()
            return
        name = signal.Signals(number).name
        if self._asked is None:
            self._asked = number
            self._show(lambda outlet: outlet.say(f"{name}: stopping the session; Ctrl-C again kills it"))
            self._send("stop", f"{name} at the command line")
        elif number == signal.SIGINT and not self._killed:
            self._killed = True
            self._show(lambda outlet: outlet.say("killing"))
            self._send("kill", "a second Ctrl-C at the command line")
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    def _send(self, verb: str, reason: str) -> None:
        """Drop the command; where the disk doesn't take it, the runner understands the signal itself."""
        try:
            drop(self.folder, new_command(verb, self.folder, reason=reason))
        except MachineError:
            signal_owner(self.folder, verb)

    def _orphaned(self) -> int:
        if is_gone(self.folder.journal):
            raise MachineError(f"{self.folder.loss(str(self.folder.path))}; its processes continue")
        raise OrphanedError(
            f"the runner of {self.folder.id} has died; its stages continue. "
            f"Start a runner with: autotrain-tui resume {self.folder.id}"
        )
