"""The open session as its folder shows it.

Nothing here draws and nothing here is a widget; screens pull from it, so that a slow terminal can never queue work.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.records.attempt_files import RunningRecord, Started, read_record
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.process_identity import boot_id

__all__ = ["FeedChange", "SessionFeed"]

_LOOK_SECONDS = 1.0
"""How often liveness is asked for when no file says that something changed."""

_MOST_ROOTS = 100
"""Attempts whose roots are kept; a session may have ten thousand."""


class FeedChange(msgspec.Struct, frozen=True):
    """The result of a poll: the events since the last one. `first`: they are history, not news."""

    events: tuple[Event, ...] = ()
    first: bool = False
    lost: bool = False
    """The runner has died since the last poll."""


class SessionFeed:
    """Follows one session. `view` is the latest state; `trouble` one sentence when it can't be read any more.

    Polled by one thread at a time; what is read is replaced as a whole, so that the screen may look at any time.
    """

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self.view: View | None = None
        self.trouble = ""
        self.silence = ""
        """One sentence while the disk does not answer: the view is as it was before."""
        self._follower = SessionFollower(folder)
        self.paths = (folder.journal, folder.lock, folder.heartbeat)
        """The files that say whether something has changed."""
        self.stamps: tuple[tuple[int, int, int] | None, ...] = ()
        """Inode, size and time of each at the last poll."""
        self._looked = float("-inf")
        self._roots: dict[str, tuple[int, ...]] = {}
        """Attempt's folder → its living roots, of the latest attempts."""

    def poll(self) -> FeedChange | None:
        """Look whether anything changed: three stat calls when nothing did. None = nothing new."""
        stamps = tuple(map(_stamp, self.paths))
        now = time.monotonic()
        if stamps == self.stamps and now - self._looked < _LOOK_SECONDS:
            return None
        self.stamps, self._looked = stamps, now
        first = self.view is None
        try:
            # what happened before the screen came is in the state; a long journal's events would only take room
            view, events = (self._follower.look(), ()) if first else self._follower.poll()
        except RecordsError as error:
            changed = self.trouble != str(error)
            self.trouble = str(error)
            return FeedChange() if changed else None
        told, self.trouble = self.trouble, ""
        if stamps[0] is None:
            self.trouble = self.folder.loss(str(self.folder.path))
        old, self.view = self.view, view
        if old is not None and not events and told == self.trouble and _shown(old) == _shown(view):
            return None
        lost = old is not None and old.alive is True and view.alive is False and not view.finished
        return FeedChange(events, first, lost)

    def roots(self) -> Mapping[str, tuple[int, ...]]:
        """The living roots (shims and command) of each running stage on this machine, for the gauges."""
        view = self.view
        if view is None or view.session.boot_id != (boot_id() or ""):
            return {}
        found: dict[str, tuple[int, ...]] = {}
        for stage in view.session.active:
            attempt = stage.attempt
            if attempt is None:
                continue
            try:
                folder = self.folder.at(attempt.folder).path
            except RecordsError:
                continue
            pids = self._roots.get(attempt.folder) or self._roots_of(attempt.folder, folder, view.session.boot_id)
            if pids:
                found[stage.name] = pids
        return found

    def jobs(self) -> Mapping[str, Path]:
        """The attempt's folder of each running stage that is a job: its nodes may write their gauges there."""
        found: dict[str, Path] = {}
        for stage in self.view.session.active if self.view is not None else ():
            attempt = stage.attempt
            if attempt is not None and attempt.launcher != "local":
                with contextlib.suppress(RecordsError):
                    found[stage.name] = self.folder.at(attempt.folder).path
        return found

    def _roots_of(self, name: str, folder: Path, boot: str) -> tuple[int, ...]:
        """The roots of one attempt from its records, which do not change once they are there."""
        started = read_record(folder, Started).record
        if started is not None and started.boot_id not in ("", boot):
            return ()  # a job on another machine, whose pids are not ours
        running = read_record(folder, RunningRecord).record
        pids = [identity.pid for identity in ((started.a, started.b) if started else ()) if identity is not None]
        pids += [running.pid] if running else []
        if started is not None and running is not None:
            self._roots = {**dict(list(self._roots.items())[-_MOST_ROOTS:]), name: tuple(pids)}
        return tuple(pids)


def _shown(view: View) -> tuple[object, ...]:
    """What a view shows besides the events: most heartbeats of a silent stage change nothing in it."""
    return (view.owner, view.alive, view.live, view.problems, view.trains, view.silence, view.unrecorded, view.unread)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
