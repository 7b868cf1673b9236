"""One attempt as the journal has it; its watch and its control write their events and alerts through it."""

from __future__ import annotations

import time
from collections.abc import Callable

from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.session.journal.events import Alert, Event
from autotrain_tui.session.journal.state import Attempt, Stage

__all__ = ["JournaledAttempt"]


class JournaledAttempt:
    """The last attempt of one stage."""

    def __init__(self, state: JournaledState, name: str) -> None:
        self.name = name
        self.on_alert: Callable[[Alert], None] = lambda _alert: None
        """Gets each alert once the attempt is supervised; what is read again before that was alerted earlier."""
        self._state = state

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

    def alert(self, kind: str, text: str) -> None:
        """Pass an alert on."""
        self.on_alert(Alert(kind=kind, stage=self.name, text=text))
