"""The session's state and the journal it is written to, kept in step.

Every change of a session goes through `JournaledState.write`: the event is folded first (an impossible one raises and
is never written), then written, and only then is it the state. The runner waits until a full disk or an I/O error has
passed: training doesn't depend on it, and no record is dropped (FAULTS J3, J4).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from autotrain_tui.session.journal.events import (
    AttemptRunning,
    Estimated,
    Event,
    JournalRepaired,
    LogDropped,
    StageWaiting,
)
from autotrain_tui.session.journal.fold import apply
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.heartbeat import Unrecorded

__all__ = ["JournaledState"]

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5

MOST_NAMED = 4
"""Waiting events that are named; the rest is counted."""

_CHEAP = (AttemptRunning, Estimated, LogDropped, StageWaiting)
"""Events that need not survive a power cut: the attempt's own files, or the next runner, give them again."""


class JournaledState:
    """State and journal. `session` is always what the journal says; `changed` is called after every event."""

    def __init__(self, writer: JournalWriter, session: Session) -> None:
        self.session = session
        self.writer = writer
        self.changed: Callable[[Event], None] = lambda _event: None
        self.on_trouble: Callable[[str], None] = lambda _text: None
        """Called with a sentence when the journal can't be written any more: that can't be journaled itself."""
        self.on_recovery: Callable[[str], None] = lambda _text: None
        """Called with a sentence when it can be written again."""
        self._order = asyncio.Lock()
        self._reason = ""
        self._since, self._since_mono = "", 0.0
        self._failing = asyncio.Event()
        self._waiting: list[Event] = []
        self._tasks: set[asyncio.Task[Session]] = set()

    @property
    def unrecorded(self) -> Unrecorded | None:
        """Since when and why the journal can't be written, and what waits; None if it can."""
        if not self._reason:
            return None
        names = [_named(event) for event in self._waiting]
        more = [f"and {len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
        return Unrecorded(self._since, self._reason, [*names[:MOST_NAMED], *more])

    @property
    def failing_seconds(self) -> float:
        """How long the journal has not been writable; 0 if it is."""
        return time.monotonic() - self._since_mono if self._reason else 0.0

    async def repaired(self) -> None:
        """Journal that the last writer's torn line was cut off."""
        if self.writer.dropped:
            await self.write(JournalRepaired(dropped_bytes=self.writer.dropped))

    async def write(self, event: Event) -> Session:
        """Make the event part of the session. Raises IllegalMoveError when it can't happen."""
        self._waiting.append(event)
        try:
            async with self._order:
                return await self._write(event)
        finally:
            self._waiting = [other for other in self._waiting if other is not event]

    def begin(self, event: Event) -> asyncio.Task[Session]:
        """Have the event written in its turn, whatever becomes of who asked for it: for what is done anyway."""
        task = asyncio.get_running_loop().create_task(self.write(event))
        self._tasks.add(task)
        task.add_done_callback(self._recorded)
        return task

    async def recorded_or_failing(self, record: asyncio.Task[Session]) -> None:
        """Wait until what `begin` returned is written, or the journal can't be written: then it waits for its turn.

        Raises IllegalMoveError as `write`.
        """
        failing = asyncio.get_running_loop().create_task(self._failing.wait())
        await asyncio.wait({record, failing}, return_when=asyncio.FIRST_COMPLETED)
        failing.cancel()
        if record.done():
            record.result()

    def _recorded(self, task: asyncio.Task[Session]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("not recorded: %s", error)

    async def _write(self, event: Event) -> Session:
        stamped = self.writer.stamp(event)
        after = apply(self.session, stamped)
        while True:
            try:
                self.writer.append(stamped, sync=not isinstance(event, _CHEAP))
            except OSError as error:
                self._fails(error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                break
        self._works()
        self.session = after
        self.changed(stamped)
        return after

    def _fails(self, error: OSError) -> None:
        if self._reason:
            return
        self._since, self._since_mono = now_iso(), time.monotonic()
        self._reason = f"the journal can't be written: {error.strerror}"
        self._failing.set()
        log.error("%s; training continues", self._reason)
        self.on_trouble(f"{self._reason}; training continues")

    def _works(self) -> None:
        if not self._reason:
            return
        text = f"{self._reason}, from {self._since[11:19]} to {now_iso()[11:19]} UTC; all that waited is recorded now"
        self._reason = ""
        self._failing.clear()
        log.warning("the journal can be written again")
        self.on_recovery(text)


def _named(event: Event) -> str:
    """`attempt_ended of NAME`, for a person."""
    stage = getattr(event, "stage", None)
    return f"{event.__struct_config__.tag}" + (f" of {stage}" if stage else "")
