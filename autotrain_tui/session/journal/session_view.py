"""What a watcher sees: a session's state, its live values and whether it has a runner, read from its folder alone.

`SessionFollower.poll()` is the one way for the screen, the headless view and the command line to look at a session,
live or finished. Nothing here writes, takes a lock or needs a runner.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.fold import Fold
from autotrain_tui.session.journal.journal_file import JournalReader, Read
from autotrain_tui.session.journal.state import Attempt, Session
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.heartbeat import SILENT_SECONDS, Heartbeat, Live, Unrecorded, read_heartbeat
from autotrain_tui.session.records.lock import LockOwner, UnreadableOwner, owner_alive, owner_stopped, read_owner

__all__ = ["SessionFollower", "View", "load_view", "log_of", "settled"]

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
    silence: str = ""
    """One sentence if the runner is alive and does not answer (stopped, suspended, hanging); else empty."""
    unrecorded: Unrecorded | None = None
    """What the runner cannot record now, since when and why."""
    unread: str = ""
    """What could not be read just now, and so is unknown or as it was at the last look; else empty."""

    @property
    def warning(self) -> str:
        """The most important of these as one sentence; empty if all is well."""
        return self.silence or (self.unrecorded.text if self.unrecorded is not None else "") or self.unread

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


def log_of(folder: SessionFolder, attempt: Attempt) -> Path:
    """Where an attempt's output is: in its folder, or what a watched run writes. Raises RecordsError."""
    return Path(attempt.output) if attempt.output else folder.at(attempt.folder).log


class SessionFollower:
    """Folds a session's journal as it grows."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self._reader = JournalReader(folder.journal)
        self._fold = Fold()
        self._damage: list[str] = []
        self._beat: Heartbeat | None = None
        self._beat_seen = 0.0
        """When this follower first saw that heartbeat: its own monotonic clock (FAULTS rule 11)."""

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
        known = owner if isinstance(owner, LockOwner) else None
        running = bool(session.active)
        if running or alive:
            self._read_beat()
        beat = self._beat if alive is not False or running else None
        return View(
            self.folder,
            session,
            known,
            alive,
            beat.live if beat is not None and running else _NOTHING,
            (*self._damage, *self._fold.problems),
            trains=alive is False and _trains(self.folder, session),
            silence=self._silence(known, beat) if alive is not False and session.state in _UNFINISHED else "",
            unrecorded=beat.unrecorded if beat is not None and alive is not False else None,
            unread=f"{owner.reason}: whether it has a runner is unknown" if isinstance(owner, UnreadableOwner) else "",
        )

    def _read_beat(self) -> None:
        """Read the heartbeat; one that cannot be read just now leaves the last one in place."""
        read = read_heartbeat(self.folder)
        if read.unreadable:
            return
        if read.beat is None or self._beat is None or _key(read.beat) != _key(self._beat):
            self._beat_seen = time.monotonic()
        self._beat = read.beat

    def _silence(self, owner: LockOwner | None, beat: Heartbeat | None) -> str:
        """One sentence if the runner does not answer."""
        if owner is None:
            return ""
        told = beat is not None and beat.pid == owner.pid
        since = f" since {beat.time[11:19]} UTC" if beat is not None and told else ""
        if owner_stopped(owner):
            pid = owner.pid
            return f"the runner is not answering{since}: process {pid} is stopped; continue it with: kill -CONT {pid}"
        if beat is None or not told:
            return ""
        age = time.monotonic() - self._beat_seen
        if beat.mono and beat.boot_id and beat.boot_id == identity.boot_id():
            age = max(age, time.monotonic() - beat.mono)
        return f"the runner is not answering{since}" if age > SILENT_SECONDS else ""


def _key(beat: Heartbeat) -> tuple[int, int]:
    return beat.pid, beat.beat


_UNFINISHED = frozenset({SessionState.RUNNING, SessionState.STOPPING})


def _trains(folder: SessionFolder, session: Session) -> bool:
    """Whether the process of any unfinished attempt is alive on this machine."""
    if session.boot_id != (identity.boot_id() or ""):
        return False
    from autotrain_tui.session.records.attempt_files import RunningRecord, read_record  # for few: their runner is gone

    for stage in session.active:
        attempt = stage.attempt
        read = read_record(folder.at(attempt.folder).path, RunningRecord) if attempt is not None else None
        if read is not None and read.unreadable and attempt is not None and attempt.pid is not None:
            return True  # it could not be asked: the running clock goes on
        if read is not None and read.record is not None and identity.is_alive(read.record.identity):
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
