"""One attempt as the journal has it; its watch and its control write their events and alerts through it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.session.journal.events import Alert, Event
from autotrain_tui.session.journal.state import Attempt, Session, Stage
from autotrain_tui.session.journal.transitions import ENDED

__all__ = ["JournaledAttempt"]


class JournaledAttempt:
    """The last attempt of one stage."""

    def __init__(self, state: JournaledState, name: str) -> None:
        self.name = name
        self.on_alert: Callable[[Alert], None] = lambda _alert: None
        """Gets each alert once the attempt is supervised; what is read again before that was alerted earlier."""
        self._state = state
        self._records: set[asyncio.Task[Session]] = set()

    @property
    def stage(self) -> Stage:
        """The stage as the journal has it now."""
        stage = self._state.session.stage(self.name)
        assert stage is not None
        return stage

    @property
    def attempt(self) -> Attempt:
        """The attempt as the journal has it now."""
        attempt = self.stage.attempt
        assert attempt is not None
        return attempt

    @property
    def search_is_decided(self) -> bool:
        """Whether it is a trial of a search that is decided: then it goes on no more."""
        search = self._state.session.stage(self.stage.info.sweep)
        return search is not None and search.state in ENDED

    @property
    def chooses_headline(self) -> bool:
        """Whether the program chooses the session's headline metric: neither the plan nor a person named one."""
        session = self._state.session
        return session.metric_name is None or session.metric_chosen

    def elapsed(self) -> float:
        """Running seconds of this attempt, frozen time left out."""
        return self.attempt.elapsed(time.monotonic())

    async def write(self, event: Event) -> None:
        """Journal an event. Raises IllegalMoveError when it can't happen."""
        await self._state.write(event)

    async def write_anyway(self, event: Event, act: Callable[[], Awaitable[None]]) -> None:
        """Journal an event and then `act`, which does not wait for a journal that can't be written.

        Returns when both are done. Cancelled meanwhile, the event is written all the same in its turn.
        """
        record = self._state.begin(event)
        self._records.add(record)
        record.add_done_callback(self._records.discard)
        await self._state.recorded_or_failing(record)
        await act()
        await asyncio.shield(record)

    async def recorded(self) -> None:
        """Wait until all is written that `write_anyway` has begun."""
        if self._records:
            await asyncio.wait(set(self._records))

    async def write_once(self, alert: Alert) -> None:
        """Journal an alert, unless a runner that died before the attempt's end did so for this attempt."""
        begun = self.attempt.started
        told = any(
            (one.kind, one.stage, one.text) == (alert.kind, alert.stage, alert.text) and one.time >= begun
            for one in self._state.session.alerts
        )
        if not told:
            await self._state.write(alert)

    def alert(self, kind: str, text: str) -> None:
        """Pass an alert on."""
        self.on_alert(Alert(kind=kind, stage=self.name, text=text))
