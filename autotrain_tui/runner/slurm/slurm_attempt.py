"""A job of Slurm as an attempt: what `launchers.LaunchedAttempt` promises, kept through files and the queue."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Literal

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.processes.process_scan import Member, ProcessScan
from autotrain_tui.runner.slurm.job_queue import JobQueue
from autotrain_tui.runner.slurm.job_submitter import JobSubmitter
from autotrain_tui.runner.slurm.job_watch import JobWatch
from autotrain_tui.runner.slurm.order_files import OrderFiles
from autotrain_tui.session.records.attempt_files import Exit, Spec, Started, StopOrder, link_record
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.job_files import Order
from autotrain_tui.session.records.process_identity import Identity, host
from autotrain_tui.session.records.read_file import Unread

__all__ = ["SlurmAttempt"]

log = logging.getLogger(__name__)


class SlurmAttempt:
    """One job. Made within a running event loop by `SlurmLauncher` only."""

    stage: Identity | None = None
    """Never known: it is a process of another machine."""

    def __init__(self, folder: Path, spec: Spec, queue: JobQueue, submitter: JobSubmitter) -> None:
        self.folder = folder
        self._spec, self._queue, self._submitter = spec, queue, submitter
        self._watch = JobWatch(folder, queue, submitter)
        self._orders = OrderFiles(folder, lambda: submitter.job, submitter.run)

    @property
    def unread(self) -> Unread:
        """What could not be asked about (its records, the queue), and since when."""
        return self._watch.unread

    @property
    def waiting(self) -> str:
        """Why no process of it exists yet, such as `Slurm 4711: Priority, about 14:20`; empty once one does."""
        return self._watch.waiting

    async def looked(self) -> None:
        """Return when it was looked at again; until then `waiting` stays as it is."""
        await self._watch.looked()

    @property
    def never_starts(self) -> str:
        """Why the job will probably never start, and the cure; empty if it may."""
        return self._watch.never_starts

    @property
    def place(self) -> str:
        """The nodes that it has, such as `n[1-2]`; empty while it has none."""
        return self._watch.place

    @property
    def job(self) -> str | None:
        """The job's id; None while it is unknown."""
        return self._submitter.job

    @property
    def order(self) -> StopOrder | None:
        """The last order to end, also one that an earlier runner gave."""
        return self._orders.stop

    def tree(self) -> list[Member]:
        """Nobody: its processes are another machine's."""
        return []

    async def running(self) -> Identity | None:
        """Wait until the command's process is known (a process of its node); None if it ended without one."""
        return await self._watch.running()

    async def submitted(self, seconds: float) -> None:
        """Wait until it is known whether there is a job, at most so long."""
        await self._watch.submitted(seconds)

    async def wait(self) -> Exit | None:
        """Wait for the end; `Exit.engine` has what Slurm said of it where that matters."""
        return await self._watch.wait()

    def close(self) -> None:
        """Leave it; the job goes on."""
        self._watch.close()

    async def stop(self, signal: int, grace_seconds: float | None, sent_by: str) -> None:
        """The stop order; a job that has not started is cancelled instead."""
        if self._watch.ended or await self._never_start():
            return
        await self._order(Order("stop", self._to, signal, grace_seconds, sent_by, now_iso()))

    async def kill(self, sent_by: str) -> None:
        """SIGKILL to the whole tree, by its shim; a job that has not started is cancelled instead."""
        if self._watch.ended or await self._never_start():
            return
        await self._order(Order("kill", sent_by=sent_by, time=now_iso()))

    async def freeze(self, patience: float = 20.0) -> ProcessScan:
        """SIGSTOP to every process of the tree, by its shim. Raises RefusedError if it was not done, and why."""
        nodes = self._spec.slurm.nodes if self._spec.slurm is not None else 1
        if self._spec.engine == "srun" or nodes > 1:
            raise RefusedError("ranks that srun starts can't be frozen; pause saves and frees their nodes")
        return await self._obey(Order("freeze", time=now_iso()), patience)

    async def thaw(self, patience: float = 20.0) -> ProcessScan:
        """SIGCONT to every process of the tree, by its shim."""
        return await self._obey(Order("thaw", time=now_iso()), patience)

    def signal(self, number: int) -> bool:
        """Have a signal sent (checkpoint). False if no process is known; what became of it is answered later."""
        if self._watch.process is None or self._watch.ended:
            return False
        self._watch.keep(self._order(Order("checkpoint", self._to, number, time=now_iso())))
        return True

    async def hold(self) -> None:
        """Have Slurm hold the job while it is queued. Raises RefusedError."""
        await self._control("uhold")  # as its owner: an administrator's hold only another can release

    async def release(self) -> None:
        """Have Slurm release the job. Raises RefusedError."""
        await self._control("release")

    @property
    def _to(self) -> Literal["command", "ranks"]:
        relay = self._spec.relay
        return relay.to if relay is not None else "command"

    async def _control(self, verb: str) -> None:
        if self.job is None:
            raise RefusedError("the job has no number yet; ask again")
        answer = await asyncio.to_thread(self._submitter.run, ["scontrol", verb, self.job])
        if not answer.good:
            raise RefusedError(answer.trouble)
        self._queue.ask_soon()

    async def _order(self, order: Order) -> None:
        """Write an order, tried again while the folder can't be written."""
        while not self._watch.ended:
            try:
                await self._orders.give(order)
                return
            except OSError as error:
                self.unread.note(f"{self.folder}: an order can't be written: {error.strerror}")
                await asyncio.sleep(1.0)

    async def _obey(self, order: Order, patience: float) -> ProcessScan:
        began = time.monotonic()
        try:
            number = await self._orders.give(order)
        except OSError as error:
            raise RefusedError(f"the order can't be written: {error.strerror}") from error
        done = await self._orders.done(number, lambda: self._watch.ended, patience)
        if done is None:
            raise RefusedError("the attempt has ended" if self._watch.ended else "its node has not answered the order")
        if not done.accepted:
            raise RefusedError(done.reason)
        return ProcessScan((), (), time.monotonic() - began, done.processes)

    async def _never_start(self) -> bool:
        """Whether it had not started, and now never will: who links started.json first has the say."""
        try:
            won = link_record(self.folder, Started(cancelled=True, host=host(), time=now_iso()))
        except OSError as error:
            log.warning("%s: can't be written: %s", self.folder, error.strerror)
            return False
        if won:
            await self._submitter.cancel()
            self._watch.look_now()
        return won
