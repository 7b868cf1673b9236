"""Starts attempts as jobs of Slurm, and adopts them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.runner.launchers import FoundAlive, FoundCancelled, FoundEnded, FoundLost, Visit
from autotrain_tui.runner.launchers.ask_again import read_again
from autotrain_tui.runner.launchers.exit_record import read_end
from autotrain_tui.runner.slurm.job_queue import JobQueue
from autotrain_tui.runner.slurm.job_submitter import JobSubmitter
from autotrain_tui.runner.slurm.slurm_attempt import SlurmAttempt
from autotrain_tui.session.records.attempt_files import Spec, Started, link_record, read_record
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.job_files import JobRecord
from autotrain_tui.session.records.process_identity import host
from autotrain_tui.slurm.cluster import NotAsked

__all__ = ["SlurmLauncher"]

SETTLE_SECONDS, OVERDUE_SECONDS = 30.0, 10.0
"""How long a session's end waits for its jobs to leave the queue, and when one that stays is cancelled."""

SEARCH_SECONDS = 12.0
"""How long an adoption looks for a job whose id is unknown before it goes on looking in the background."""


class SlurmLauncher:
    """The queue is asked once for all of its attempts."""

    def __init__(self) -> None:
        self.queue = JobQueue()
        self._submitters: list[JobSubmitter] = []
        self._ahead: asyncio.Task[None] | None = None

    def ask_ahead(self) -> None:
        """Ask already now what the cluster is like: the first submission needs it. Within a running event loop."""
        self._ahead = asyncio.get_running_loop().create_task(self._ask())

    async def _ask(self) -> None:
        with contextlib.suppress(NotAsked):  # who needs it asks again
            await self.queue.cluster()

    async def start(self, folder: Path, spec: Spec, environment: Mapping[str, str]) -> SlurmAttempt:
        """Begin to submit the attempt; returns at once. What sbatch refuses is the attempt's end."""
        folder = Path(os.path.abspath(folder))  # noqa: ASYNC240  touches no disk
        if not read_record(folder, Spec).absent:
            raise RefusedError(f"{folder}: was started before")
        return self._attempt(folder, spec, environment)

    def _attempt(self, folder: Path, spec: Spec, environment: Mapping[str, str] | None) -> SlurmAttempt:
        submitter = JobSubmitter(folder, spec, self.queue, environment)
        self._submitters.append(submitter)
        return SlurmAttempt(folder, spec, self.queue, submitter)

    async def settle(self) -> None:
        """Wait until no job of this runner is in the queue; one that waits there, or stays, is cancelled."""
        began, left = time.monotonic(), self._submitters
        while left and time.monotonic() < began + SETTLE_SECONDS:
            await self.queue.ask_now()
            rows = self.queue.rows
            named = [(one, rows.get(one.job) if one.job is not None else self.queue.named(one.name)) for one in left]
            if not self.queue.trouble:
                left = [one for one, row in named if row is not None and not row.ended]
            for one, row in named:
                overdue = time.monotonic() > began + OVERDUE_SECONDS
                if row is not None and (row.queued or (overdue and not row.ended)):
                    await asyncio.to_thread(one.run, ["scancel", row.id])
            if left:
                await asyncio.sleep(0.5)
        self._submitters = []

    async def adopt(self, folder: Path, *, force: bool = False) -> Visit:  # noqa: ARG002  no host owns a job
        """Visit an attempt without an end in the journal; one whose job can't be asked about counts as alive."""
        folder = Path(os.path.abspath(folder))  # noqa: ASYNC240  touches no disk
        ended = await read_again(lambda: read_end(folder))
        if ended.record is not None:
            return FoundEnded(ended.record)
        started = await read_again(lambda: read_record(folder, Started))
        if started.record is not None and started.record.cancelled:
            return FoundCancelled()
        spec = (await read_again(lambda: read_record(folder, Spec))).record
        job = (await read_again(lambda: read_record(folder, JobRecord))).record
        if spec is None:
            return FoundCancelled() if self._fence(folder) else FoundLost("its spec.json is missing or damaged")
        if job is None and started.absent and self._fence(folder):
            return FoundCancelled()  # sbatch is called only after job.json is written
        attempt = self._attempt(folder, spec, None)
        if (job is None or job.id is None) and started.absent:
            await attempt.submitted(SEARCH_SECONDS)
            started = await read_again(lambda: read_record(folder, Started))
            if started.record is not None and started.record.cancelled:
                attempt.close()
                return FoundCancelled()
        return FoundAlive(attempt)

    def _fence(self, folder: Path) -> bool:
        """Whether it had not started, and now never will. Raises MachineError."""
        try:
            return link_record(folder, Started(cancelled=True, host=host(), time=now_iso()))
        except OSError as error:
            raise MachineError(f"{folder}: can't be written: {error.strerror or error}") from error
