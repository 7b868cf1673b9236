"""The supervisors of the running attempts, by stage, each in a task of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.attempt.attempt_supervisor import AttemptSupervisor
from autotrain_tui.runner.context.loop_signal import LoopSignal
from autotrain_tui.runner.gpus.allocator import GpuAllocator
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records.heartbeat import Live

__all__ = ["Supervisors"]

log = logging.getLogger(__name__)


class Supervisors(Mapping[str, AttemptSupervisor]):
    """The running attempts: stage name → supervisor. An attempt stays until its end is journaled and followed up."""

    def __init__(self, gpus: GpuAllocator, loop: LoopSignal) -> None:
        self._gpus, self._loop = gpus, loop
        self._running: dict[str, AttemptSupervisor] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __getitem__(self, stage: str) -> AttemptSupervisor:
        return self._running[stage]

    def __iter__(self) -> Iterator[str]:
        return iter(self._running)

    def __len__(self) -> int:
        return len(self._running)

    def require(self, stage: str) -> AttemptSupervisor:
        """The supervisor of a running stage. Raises RefusedError if it has no running attempt."""
        supervisor = self._running.get(stage)
        if supervisor is None:
            raise RefusedError(f"stage {stage} has no running attempt")
        return supervisor

    def live(self) -> dict[str, Live]:
        """The running stages' figures for the heartbeat."""
        return {name: supervisor.live() for name, supervisor in self._running.items()}

    def start(
        self,
        supervisor: AttemptSupervisor,
        *,
        on_alert: Callable[[Alert], None],
        follow_up: Callable[[str], Awaitable[None]],
    ) -> None:
        """Supervise an attempt, just started or adopted, in a task; `follow_up` is awaited after its end."""
        name = supervisor.plan.name
        supervisor.journaled.on_alert = on_alert
        self._running[name] = supervisor
        self._tasks[name] = asyncio.create_task(self._supervise(supervisor, follow_up))

    async def _supervise(self, supervisor: AttemptSupervisor, follow_up: Callable[[str], Awaitable[None]]) -> None:
        name = supervisor.plan.name
        try:
            await supervisor.run(lambda process: self._gpus.bind(name, [process]))
            await follow_up(name)
        except Exception as error:
            log.exception("supervising stage %s", name)
            self._loop.fail(error)
        finally:
            self._gpus.release(name)
            self._running.pop(name, None)
            self._tasks.pop(name, None)
            self._loop.wake()
