"""What a watcher sees: a session's state, its live values and whether it has a runner, read from its folder alone.

`SessionFollower.poll()` is the one way for the screen, the headless view and the command line to look at a session,
live or finished. Nothing here writes, takes a lock or needs a runner.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.fold import Fold
from autotrain_tui.session.journal.journal_file import JournalReader, Read
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.journal.transitions import ACTIVE, SessionState
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.attempt_files import RunningRecord, read_record
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.heartbeat import Live, read_heartbeat
from autotrain_tui.session.records.lock import LockOwner, owner_alive, read_owner

__all__ = ["SessionFollower", "View", "load_view", "settled"]

_NOTHING: Mapping[str, Live] = MappingProxyType({})


class View(msgspec.Struct, frozen=True):
    """A session as it stands at one moment of the reader's clock."""

    folder: SessionFolder
    session: Session
    owner: LockOwner | None
    alive: bool | None
    """Whether the session has a living runner; None if that is unknown (another host)."""
    live: Mapping[str, Live] = _NOTHING
    problems: tuple[str, ...] = ()
    trains: bool = False
    """Whether a stage's process is alive although the session has no runner."""

    @property
    def state(self) -> SessionState:
        """The journal's state, or `interrupted` if the session is unfinished and has no runner."""
        state = self.session.state
        if state in (SessionState.RUNNING, SessionState.STOPPING) and self.alive is False:
            return SessionState.INTERRUPTED
        return state

    @property
    def mono(self) -> float:
        """The monotonic moment up to which running clocks count: now while it runs here, else the last event's."""
        here = self.session.boot_id == (identity.boot_id() or "")
        return time.monotonic() if here and (self.alive or self.trains) else self.session.mono

    @property
    def elapsed_seconds(self) -> float:
        """The session's running time."""
        return self.session.elapsed(self.mono)

    @property
    def finished(self) -> bool:
        """Whether the session's last run has ended."""
        return self.session.state is SessionState.FINISHED


class SessionFollower:
    """Folds a session's journal as it grows."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self._reader = JournalReader(folder.journal)
        self._fold = Fold()
        self._damage: list[str] = []

    def poll(self) -> tuple[View, tuple[Event, ...]]:
        """The session now, and the events that are new since the last poll.

        Raises RecordsError if the journal cannot be read or has no first event.
        """
        events = tuple(event for read in self._reader.batches() for event in self._folded(read))
        return self._view(), events

    def look(self) -> View:
        """The session now, as from `poll`, without its events: little memory however long the journal is."""
        for read in self._reader.batches():
            self._folded(read)
        return self._view()

    def _folded(self, read: Read) -> list[Event]:
        """Fold a read; returns the events that were applied."""
        for problem in read.problems[: max(0, 100 - len(self._damage))]:
            self._damage.append(f"{self.folder.journal.name}: byte {problem.offset}: {problem.text}")
        feed = self._fold.feed
        return [event for event in read.events if feed(event)]

    def _view(self) -> View:
        session = self._fold.session
        if session is None:
            detail = self._damage[0] if self._damage else "the file is missing or empty"
            raise RecordsError(f"{self.folder.journal}: contains no readable session: {detail}")
        owner = read_owner(self.folder)
        alive = owner_alive(owner)
        running = any(stage.state in ACTIVE for stage in session.stages)
        beat = read_heartbeat(self.folder) if running else None
        return View(
            self.folder,
            session,
            owner,
            alive,
            beat.live if beat is not None else _NOTHING,
            (*self._damage, *self._fold.problems),
            trains=alive is False and _trains(self.folder, session),
        )


def _trains(folder: SessionFolder, session: Session) -> bool:
    """Whether the process of any unfinished attempt is alive on this machine."""
    if session.boot_id != (identity.boot_id() or ""):
        return False
    for stage in session.active:
        attempt = stage.attempt
        running = read_record(folder.at(attempt.folder).path, RunningRecord).record if attempt is not None else None
        if running is not None and identity.is_alive(running.identity):
            return True
    return False


def settled(view: View, patience: float = 5.0) -> View:
    """The view after the runner of a finished session has exited; waits at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while view.finished and view.alive and time.monotonic() < deadline:
        time.sleep(0.02)
        view = load_view(view.folder)
    return view


def load_view(folder: SessionFolder) -> View:
    """The session now."""
    return SessionFollower(folder).look()
