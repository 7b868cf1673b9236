"""Submits one attempt's job exactly once: job.json before sbatch, the id after it, the name in the queue in between."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.runner.slurm.job_queue import JobQueue
from autotrain_tui.runner.slurm.shim_files import write_shim
from autotrain_tui.runner.slurm.submission import (
    ENGINE_LOG,
    batch_script,
    for_cluster,
    id_in,
    job_name,
    never_taken,
    sbatch_words,
)
from autotrain_tui.session.records.attempt_files import (
    Exit,
    Failure,
    Spec,
    Started,
    link_record,
    read_record,
    replace_record,
)
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import replace_file
from autotrain_tui.session.records.job_files import JobRecord
from autotrain_tui.session.records.job_request import EngineEnd
from autotrain_tui.session.records.process_identity import host
from autotrain_tui.session.records.read_file import read_file
from autotrain_tui.slurm.cluster import NotAsked
from autotrain_tui.slurm.job_list import JobRow
from autotrain_tui.slurm.tools import ToolAnswer, ask

__all__ = ["JobSubmitter", "Sent", "Submitted"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the submission came to; `end` if the attempt ended with it."""

    end: Exit | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the batch system answered to one request; without `job` and not `refused`, it may still have taken it."""

    job: str | None
    trouble: str = ""
    refused: bool = False


class JobSubmitter:
    """One attempt's job. `environment` None: adopted, so that nothing is submitted any more."""

    ENGINE = "slurm"
    """Its name in the records."""

    def __init__(
        self, folder: Path, spec: Spec, queue: JobQueue, environment: Mapping[str, str] | None,
        run: Callable[..., ToolAnswer] = ask,
    ) -> None:  # fmt: skip
        record = read_record(folder, JobRecord).record
        self.job = record.id if record is not None else None
        self.name = record.name if record is not None else job_name(spec, secrets.token_hex(4))
        self.trouble = ""
        """Why the job is not submitted yet; empty if nothing is wrong."""
        self.since = time.monotonic()
        """Since when the job may be in the queue: an answer of before says nothing of it."""
        self.changed: Callable[[], None] = lambda: None
        """Called when there is something new to say of the submission."""
        self.run = run
        self._folder, self._spec, self._queue, self._environment = folder, spec, queue, environment
        self._cancelled = False

    async def submit(self) -> Submitted:
        """Return when the job's id is known, or when there will be none; tried again as often as the queue is asked."""
        if self.job is not None:
            return Submitted()
        if self._environment is None:
            return await self._search_only()
        await self._prepare()
        while not self._cancelled:
            sent = await self._send()
            self.since, self.trouble = time.monotonic(), sent.trouble
            self.changed()
            if sent.job is not None:
                await self._keep_id(sent.job)
                return Submitted()
            if sent.refused:
                return Submitted(self._refused(sent.trouble))
            log.warning("stage %s: %s", self._spec.stage, sent.trouble)
            if await self.search():  # it may have been taken all the same: the list of jobs says so
                return Submitted()
            await asyncio.sleep(self._queue.seconds)
        return Submitted()

    async def _prepare(self) -> None:
        """Complete the spec by what the cluster says, and write what the job needs; tried until it could be done."""
        while not self._cancelled:
            try:
                asked = asyncio.ensure_future(self._complete(self._spec))  # the cluster answers meanwhile
                try:
                    write_shim(self._folder)
                    replace_file(self._folder / ENGINE_LOG, b"")  # with our rights: slurmstepd appends to it
                finally:
                    self._spec = await asked
                link_record(self._folder, self._spec)
                link_record(self._folder, JobRecord(self.ENGINE, self.name, "submitting", None, now_iso()))
                self.trouble = ""
                return
            except NotAsked as error:
                self.trouble = str(error)
            except OSError as error:
                self.trouble = f"{self._folder}: can't be written: {error.strerror}"
            self.changed()
            await asyncio.sleep(self._queue.seconds)

    async def _complete(self, spec: Spec) -> Spec:
        """The spec with what only the cluster knows. Raises NotAsked."""
        return for_cluster(spec, await self._queue.cluster())

    async def _send(self) -> Sent:
        """Ask the batch system once to take the job."""
        words = sbatch_words(self._folder, self._spec, self.name)
        script = batch_script(self._spec.slurm) if self._spec.slurm is not None else ""
        answer = await asyncio.to_thread(lambda: self.run(words, text=script, environment=self._environment))
        if answer.good:
            return Sent(id_in(answer.text), "sbatch printed no number")
        return Sent(None, answer.trouble or "sbatch printed no number", refused=never_taken(answer.trouble))

    async def search(self, patience: float | None = None) -> bool:
        """Look for the job's name in the queue, until it answers or patience ends; whether it is there."""
        began, since = time.monotonic(), self.since
        while patience is None or time.monotonic() < began + patience:
            if self._queue.begun > since and not self._queue.trouble:
                row = self._queue.named(self.name)
                if row is not None:
                    await self._keep_id(row.id)
                return row is not None
            self._queue.ask_soon()
            await self._queue.answered(1.0)
        return False

    async def _search_only(self) -> Submitted:
        """Adopted without an id: it is in the queue under its name, or is fenced so that it never starts."""
        if await self.search():
            return Submitted()
        link_record(self._folder, Started(cancelled=True, host=host(), time=now_iso()))
        return Submitted(Exit(engine=EngineEnd("NOT_SUBMITTED", ran=False, system=self._queue.SYSTEM)))

    async def _keep_id(self, job: str) -> None:
        self.job, self.trouble = job, ""
        record = JobRecord(self.ENGINE, self.name, "submitted", job, now_iso())
        while True:
            try:
                replace_record(self._folder, record)
                break
            except OSError as error:  # a full disk: its name finds the job, too
                log.warning("%s: can't be written: %s", self._folder, error.strerror)
                await asyncio.sleep(1.0)
        if self._cancelled:
            await self.cancel()
        self._queue.ask_soon()

    def _refused(self, trouble: str) -> Exit:
        """Sbatch refused the job: an end like that of a command that can't be started."""
        now = now_iso()
        end = Exit(126, None, None, now, now, 0.0, error=Failure(self.ENGINE, "", trouble))
        if link_record(self._folder, Started(cancelled=True, host=host(), time=now)):
            link_record(self._folder, end)
            with contextlib.suppress(OSError):
                (self._folder / "log").write_text(f"autotrain-tui: cannot start: {trouble}\n")
        return end

    async def end_words(self, row: JobRow | None) -> str:  # noqa: ARG002  Ray's jobs have them there
        """`ExitCode` and reason of a job that the controller still remembers, and what its script said."""
        answer = await asyncio.to_thread(self.run, ["scontrol", "-o", "show", "job", self.job or "0"])
        words = dict(word.partition("=")[::2] for word in answer.text.split())
        found = (words.get("ExitCode", ""), words.get("Reason", ""), self.last_words())
        return ", ".join(word for word in found if word and word != "None")

    def last_words(self) -> str:
        """The last line of what the job's script, or a shim that could not start, has printed."""
        said = read_file(self._folder / ENGINE_LOG, 1 << 20, ours=True).data or b""
        return said.decode(errors="replace").strip().rpartition("\n")[2][:200]

    async def cancel(self) -> None:
        """Have the job leave the queue, now or as soon as its id is known."""
        self._cancelled = True
        if self.job is not None:
            answer = await asyncio.to_thread(self.run, ["scancel", self.job])
            if not answer.good:
                log.warning("job %s: %s", self.job, answer.trouble)
