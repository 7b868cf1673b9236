"""Requests of a person or a policy to one running attempt: end, freeze, thaw, checkpoint."""

from __future__ import annotations

import asyncio
import contextlib
import signal as signals
from typing import Literal

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.attempt.journaled_attempt import JournaledAttempt
from autotrain_tui.runner.launchers import LaunchedAttempt
from autotrain_tui.runner.processes.process_scan import ProcessScan
from autotrain_tui.session.journal.events import Again, StageFrozen, StageStopping, StageThawed
from autotrain_tui.session.journal.transitions import StageState

__all__ = ["AttemptControl", "Intent"]

Intent = Literal["pause", "stop", "skip", "retry", "timeout", "kill", "policy"]

_NOT_WAITING = frozenset({"stop", "kill", "timeout"})
"""Ends that do not wait for a journal that can't be written."""

KILL_WAIT_SECONDS = 0.3
"""How long a kill waits for the command's process to be known."""


class AttemptControl:
    """Journals each request and passes it to the launcher. `ended` is set when the attempt has ended."""

    def __init__(self, journaled: JournaledAttempt, plan: PlanStage, launched: LaunchedAttempt) -> None:
        self.ended = asyncio.Event()
        self._journaled, self._plan, self._launched = journaled, plan, launched

    async def request_end(
        self, intent: Intent, reason: str, by: str, *, again: Again | None = None, failure: str | None = None
    ) -> None:
        """Journal the request and its reason, then send the stop signal. Returns when the signal is sent.

        `again` is the attempt that is to follow (retry), `failure` the class a policy ends it for (nan, stall).
        """
        name, seconds = self._plan.stop.signal.removeprefix("SIG"), self._plan.stop.grace_seconds
        if not self._launched.waiting:  # what has no process and no node yet is ended without
            with contextlib.suppress(TimeoutError):  # a kill reaches the tree also before the process is known
                async with asyncio.timeout(KILL_WAIT_SECONDS if intent == "kill" else None):
                    await self._launched.running()
        self._refuse_ended()
        event = StageStopping(
            stage=self._plan.name,
            attempt=self._journaled.attempt.number,
            intent=intent,
            signal=name,
            grace_seconds=seconds,
            reason=reason,
            by=by,
            again=again,
            failure=failure,
        )
        if intent in _NOT_WAITING:
            await self._journaled.write_anyway(event, lambda: self._end(intent))
        else:
            await self._journaled.write(event)
            await self._end(intent)

    async def resume_end(self) -> None:
        """After a restart of the runner: continue the stop that the former one began."""
        order, intent = self._launched.order, self._journaled.attempt.intent
        if intent is None:
            return
        if intent == "kill" or order is None or not order.sent or order.sent_by != intent:
            await self._end(intent)

    async def _end(self, intent: str) -> None:
        if intent == "kill":
            await self._launched.kill(intent)
        else:
            # a person's pause never kills: it waits until the program has saved; a loser must not keep its GPU
            trial = self._journaled.stage.trial
            waits = intent == "pause" and (trial is None or not trial.resting)
            grace = None if waits else self._plan.stop.grace_seconds
            await self._launched.stop(_number(self._plan.stop.signal), grace, intent)

    async def resume_freeze(self) -> None:
        """After a restart of the runner: finish a freeze or thaw that the former one began and did not journal.

        The state of the command's own process decides: it is stopped first and continued last.
        """
        stage = self._launched.stage
        members = {member.identity: member.state for member in self._launched.tree()}
        if stage is None or stage not in members:
            return
        stopped = members[stage] == "T"
        match self._journaled.stage.state:
            case StageState.FROZEN if not stopped:
                await self.thaw("found running")
            case StageState.FROZEN if set(members.values()) != {"T"}:
                await self._launched.freeze()
            case StageState.RUNNING if stopped:
                await self.freeze("was found stopped", "runner")

    async def freeze(self, reason: str, by: str) -> None:
        """Send SIGSTOP to its whole tree; returns when all processes are stopped. RefusedError if some are not."""
        if waiting := self._launched.waiting:
            raise RefusedError(f"stage {self._plan.name} has no process to freeze: {waiting}")
        await self._launched.running()
        scan = await self._launched.freeze()
        self._refuse_ended()
        if scan.stubborn:
            await self._launched.thaw()
            raise RefusedError(f"not every process could be stopped: {_not_stopped(scan)}; all run again")
        await self._journaled.write_anyway(
            StageFrozen(
                stage=self._plan.name,
                attempt=self._journaled.attempt.number,
                processes=scan.processes,
                reason=reason,
                by=by,
            ),
            _nothing,
        )

    async def thaw(self, by: str) -> None:
        """Send SIGCONT to its whole tree."""
        await self._launched.thaw()
        event = StageThawed(stage=self._plan.name, attempt=self._journaled.attempt.number, by=by)
        await self._journaled.write_anyway(event, _nothing)

    def checkpoint(self) -> None:
        """Send the checkpoint signal. Raises RefusedError if the plan names none or the process has ended."""
        if self._plan.checkpoint_signal is None:
            raise RefusedError(f"the plan names no checkpoint_signal for stage {self._plan.name}")
        if not self._launched.signal(_number(self._plan.checkpoint_signal)):
            raise RefusedError(f"stage {self._plan.name} has no process to signal")

    def _refuse_ended(self) -> None:
        if self.ended.is_set():
            raise RefusedError(f"stage {self._plan.name} has just ended")


async def _nothing() -> None:
    """What is journaled has been done already."""


def _not_stopped(scan: ProcessScan) -> str:
    return ", ".join(f"{member.pid} ({member.command[:40]}) in state {member.state}" for member in scan.stubborn[:3])


def _number(name: str) -> int:
    return int(signals.Signals[f"SIG{name.removeprefix('SIG')}"])
