"""The session's state and the journal it is written to, kept in step.

Every change of a session goes through `JournaledState.write`: the event is folded first (an impossible one raises and
is never written), then written, and only then is it the state. The runner waits until a full disk or an I/O error has
passed: training doesn't depend on it, and no record is dropped (FAULTS J3, J4).
"""

from __future__ import annotations

import asyncio
import logging
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

__all__ = ["JournaledState"]

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5

_CHEAP = (AttemptRunning, Estimated, LogDropped, StageWaiting)
"""Events that need not survive a power cut: the attempt's own files, or the next runner, give them again."""


class JournaledState:
    """State and journal. `session` is always what the journal says; `changed` is called after every event."""

    def __init__(self, writer: JournalWriter, session: Session) -> None:
        self.session = session
        self.writer = writer
        self.changed: Callable[[Event], None] = lambda _event: None
        self.trouble: str = ""
        """Why the journal can't be written now; empty if it can."""
        self._order = asyncio.Lock()

    async def repaired(self) -> None:
        """Journal that the last writer's torn line was cut off."""
        if self.writer.dropped:
            await self.write(JournalRepaired(dropped_bytes=self.writer.dropped))

    async def write(self, event: Event) -> Session:
        """Make the event part of the session. Raises IllegalMoveError when it can't happen."""
        async with self._order:
            stamped = self.writer.stamp(event)
            after = apply(self.session, stamped)
            while True:
                try:
                    self.writer.append(stamped, sync=not isinstance(event, _CHEAP))
                except OSError as error:
                    if not self.trouble:
                        self.trouble = f"the journal can't be written: {error.strerror}; training goes on"
                        log.error("%s", self.trouble)  # noqa: TRY400  the words are the message, a trace adds none
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    break
            if self.trouble:
                log.warning("the journal can be written again")
                self.trouble = ""
            self.session = after
            self.changed(stamped)
            return after
