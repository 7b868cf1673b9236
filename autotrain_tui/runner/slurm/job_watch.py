"""A job's end, found: from the attempt's records, and from the queue only what the records can confirm.

`exit.json` is the end; the queue only says that a job is over, and then the one who links `started.json` (if no shim
had) or `exit.json` (after RECORD_SECONDS) first has the say. A queue that can't be asked decides nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from autotrain_tui.runner.launchers.exit_record import read_end
from autotrain_tui.runner.slurm.job_queue import JobQueue
from autotrain_tui.runner.slurm.job_submitter import JobSubmitter
from autotrain_tui.runner.slurm.seconds_setting import seconds_setting
from autotrain_tui.runner.slurm.submission import PLACE
from autotrain_tui.runner.slurm.waiting_words import waiting_words
from autotrain_tui.session.records.attempt_files import Exit, RunningRecord, Started, link_record, read_record
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.job_request import EngineEnd
from autotrain_tui.session.records.process_identity import Identity, host
from autotrain_tui.session.records.read_file import Unread, read_file
from autotrain_tui.slurm.job_list import JobRow, cure

__all__ = ["JobWatch"]

LOOK_SECONDS: Final = 0.5
"""Seconds between two looks at a job that has left the queue. One that waits is looked at when something is new."""

RECORD_SECONDS: Final = 60.0
"""How long after the job's end its exit record may still appear: network file systems keep old folders for a while.

AUTOTRAIN_RECORD_SECONDS in the runner's environment says otherwise, from 1 s to an hour.
"""


class JobWatch:
    """Watches one job. Made within a running event loop."""

    def __init__(self, folder: Path, queue: JobQueue, submitter: JobSubmitter) -> None:
        self.folder, self.unread, self.submitter = folder, Unread(), submitter
        self.never_starts = ""
        """Why the job will probably never start, and the cure; empty if it may."""
        self.place = ""
        """The nodes that it has, such as `n[1-2]`; empty while it has none."""
        self.process: Identity | None = None
        """The command's process, of its node; None until it is known."""
        self._queue = queue
        self._row: JobRow | None = None
        self._unseen = True
        """Whether its folder may have records that were not read."""
        self._known, self._changed, self._looked = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._end: asyncio.Future[Exit | None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._over: _Over | None = None
        self._patience = seconds_setting(os.environ, "AUTOTRAIN_RECORD_SECONDS", RECORD_SECONDS, 1.0, 3600.0)
        self._queue.watch(self._waits, self._changed.set)
        submitter.changed = self._changed.set
        self._submitting = asyncio.get_running_loop().create_task(submitter.submit())
        self._submitting.add_done_callback(lambda _: self._changed.set())
        self.keep(self._watch())

    @property
    def ended(self) -> bool:
        """Whether the attempt's end is known."""
        return self._end.done()

    def look_now(self) -> None:
        """Something in the folder has changed: look at once."""
        self._unseen = True
        self._changed.set()

    async def looked(self) -> None:
        """Return when it was looked at again."""
        await self._looked.wait()

    def close(self) -> None:
        """Leave it; the job goes on."""
        self._queue.folders.leave(self.folder)
        for task in (*self._tasks, self._submitting):
            task.cancel()
        self._queue.leave(self._waits)

    def _waits(self) -> bool:
        return self.process is None or self._over is not None or self._end.done()

    @property
    def waiting(self) -> str:
        """Why no process of it exists yet, such as `Slurm 4711: Priority, about 14:20`; empty once one does."""
        if self._known.is_set():
            return ""
        return waiting_words(
            self._queue.SYSTEM, self.submitter.job, self._row, self.submitter.trouble, self._queue.trouble
        )

    async def running(self) -> Identity | None:
        """Wait until the command's process is known (a process of its node); None if it ended without one."""
        await self._known.wait()
        return self.process

    async def submitted(self, seconds: float) -> None:
        """Wait until it is known whether there is a job, at most so long."""
        await asyncio.wait((self._submitting,), timeout=seconds)

    async def wait(self) -> Exit | None:
        """Wait for the end; `Exit.engine` has what Slurm said of it where that matters."""
        return await asyncio.shield(self._end)

    def keep(self, work: Coroutine[None, None, None]) -> None:
        """Run `work` in a task of the attempt, cancelled by `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        try:
            end = await self._find_end()
            self._submitting.cancel()
            self._end.set_result(await self._with_state(end))
        except Exception as error:  # noqa: BLE001  who waits must hear of it, whatever it is
            self._end.set_exception(error)
        self._queue.folders.leave(self.folder)
        self._known.set()
        self._looked.set()

    async def _find_end(self) -> Exit:
        """Until there is a record of the end, or of that it will never start."""
        while True:
            self._changed.clear()
            try:
                end = self._records() or self._refused() or await self._by_queue()
                self.unread.note(self._queue.trouble and f"{self._queue.SYSTEM} can't be asked: {self._queue.trouble}")
                if end is not None:
                    return end
            except OSError as error:
                self.unread.note(str(error))
            self._looked.set()
            self._looked = asyncio.Event()
            await self._until_due()

    async def _until_due(self) -> None:
        """Until it is to be looked at again: of a job that waits, when its folder, the queue or its submission says
        something new.
        """
        if self._queued:
            self._queue.folders.watch(self.folder, self.look_now)
            await self._changed.wait()
            return
        self._queue.folders.leave(self.folder)
        self._unseen = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._changed.wait()

    @property
    def _queued(self) -> bool:
        """Whether nothing of it runs, as far as is known."""
        if self.process is not None:
            return False
        return not self._submitting.done() if self._row is None else self._row.queued

    def _records(self) -> Exit | None:
        """What the attempt's records say, if any can be new. Raises OSError if they can't be read now."""
        if not self._unseen:
            return None
        if self.process is None:
            running = read_record(self.folder, RunningRecord)
            if running.unreadable:
                raise OSError(running.reason)
            if running.record is not None:
                self.place = self._place()
                self.process = running.record.identity
                self._known.set()
        reading = read_end(self.folder)
        if reading.unreadable:
            raise OSError(reading.reason)
        if reading.record is not None:
            return reading.record
        started = read_record(self.folder, Started)
        if started.record is not None and started.record.cancelled:
            return Exit(engine=self._said("CANCELLED", ran=False))
        self._unseen = False
        return None

    def _refused(self) -> Exit | None:
        """The end of an attempt that sbatch refused, or whose job was never taken."""
        return self._submitting.result().end if self._submitting.done() else None

    def _place(self) -> str:
        """What the batch script wrote before it became the shim."""
        data = read_file(self.folder / PLACE, 4096, ours=True).data
        return data.decode(errors="replace").strip()[:200] if data is not None else ""

    async def _by_queue(self) -> Exit | None:
        """What follows from the queue: nothing while it can't be asked."""
        if self.submitter.job is None or self._queue.trouble or self._queue.begun < self.submitter.since:
            return None
        row = self._queue.rows.get(self.submitter.job)
        if row is not None and not row.ended:
            self._row, self._over = row, None
            help_ = cure(row.reason) if row.queued else ""
            self.never_starts = f"{self._queue.SYSTEM} {row.id}: {row.reason}: {help_}" if help_ else ""
            return None
        if self._over is None:
            self._over = _Over(row.state if row is not None else "", self._queue.answers)
        if row is None and self._over.answers == self._queue.answers:
            self._queue.ask_soon()
            return None  # gone from one answer: only a second one counts
        return await self._settle(row)

    async def _settle(self, row: JobRow | None) -> Exit | None:
        """The job is over and there is no exit record: fence what never started, else wait, then link the record."""
        state = row.state if row is not None else self._over.state if self._over is not None else ""
        if link_record(self.folder, Started(cancelled=True, host=host(), time=now_iso())):
            return Exit(engine=self._said(state or "ENDED", await self.submitter.end_words(row), ran=False))
        if self._over is None or time.monotonic() < self._over.since + self._patience:
            return None
        end = Exit(engine=self._said(state or "ENDED", await self.submitter.end_words(row)), ended=now_iso())
        link_record(self.folder, end)
        return None  # the next look reads whichever record was first

    def _said(self, state: str, code: str = "", *, ran: bool = True) -> EngineEnd:
        return EngineEnd(state, code, ran, self.submitter.job or "", self._queue.SYSTEM)

    async def _with_state(self, end: Exit) -> Exit:
        """The end with the job's last state, if the batch system asked for it: preempted, cancelled, its limit."""
        if end.sent_by not in ("slurm", "ray", "limit") or end.engine is not None or self.submitter.job is None:
            return end
        after = time.monotonic()
        deadline = after + 2 * self._queue.seconds + 2.0  # two questions of the queue
        while time.monotonic() < deadline:
            row = self._queue.rows.get(self.submitter.job) if self._queue.begun >= after else None
            if row is not None and row.queued:  # requeued by an administrator: a new attempt has a new job
                await asyncio.to_thread(self.submitter.run, ["scancel", row.id])
            if row is not None and (row.ended or row.queued):
                return replace(end, engine=self._said(row.state, row.reason))
            self._queue.ask_soon()
            await self._queue.answered(1.0)
        return replace(end, engine=self._said(""))


class _Over:
    """Since when the queue says that the job is over, and at which answer it was first said."""

    def __init__(self, state: str, answers: int) -> None:
        self.state, self.answers, self.since = state, answers, time.monotonic()
