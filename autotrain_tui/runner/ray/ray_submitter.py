"""Submits one attempt to Ray exactly once: its id is chosen before, written down before, and refused twice by Ray."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.ray.job_client import RayNotAsked, RefusedByRay
from autotrain_tui.runner.launchers.local import SHIM
from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.runner.ray.cluster_jobs import RayJobList
from autotrain_tui.runner.ray.ray_submission import own_variables, request_body
from autotrain_tui.runner.slurm.job_submitter import AGAIN_SECONDS, JobSubmitter, Submitted
from autotrain_tui.runner.slurm.submission import ENGINE_LOG, SHIM_COPY
from autotrain_tui.session.records.attempt_files import Spec, Started, link_record, read_record
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import replace_file
from autotrain_tui.session.records.job_files import JobRecord
from autotrain_tui.session.records.process_identity import boot_id
from autotrain_tui.slurm.job_list import JobRow
from autotrain_tui.slurm.tools import ToolAnswer

__all__ = ["RaySubmitter"]

log = logging.getLogger(__name__)


class RaySubmitter(JobSubmitter):
    """One attempt's job of Ray. `environment` None: adopted, so that nothing is submitted any more."""

    ENGINE = "ray"

    def __init__(self, folder: Path, spec: Spec, jobs: RayJobList, environment: Mapping[str, str] | None) -> None:
        super().__init__(folder, spec, jobs, environment, self._poke)
        self._client = jobs.client

    async def submit(self) -> Submitted:
        """Return when Ray has taken the job, or when there will be none."""
        if self.job is not None:
            return Submitted()
        if self._environment is None:
            return await self._search_only()
        await self._prepare(self._spec)
        body = request_body(self._folder, self._spec, self.name, own_variables(self._environment, os.environ))
        while not self._cancelled:
            try:
                await asyncio.to_thread(self._client.submit, body)
                self.since = time.monotonic()
                await self._keep_id(self.name)
                return Submitted()
            except RefusedByRay as error:
                return Submitted(self._refused(f"Ray refused the job: {error}"))
            except RayNotAsked as error:  # it may have taken the job all the same: the list says so
                self.since, self.trouble = time.monotonic(), str(error)
                log.warning("stage %s: %s", self._spec.stage, error)
            if await self.search():
                return Submitted()
            await asyncio.sleep(AGAIN_SECONDS)
        return Submitted()

    async def _prepare(self, spec: Spec) -> None:
        """Write what the job needs; tried until it could be done."""
        while not self._cancelled:
            try:
                replace_file(self._folder / SHIM_COPY, SHIM.read_bytes())
                replace_file(self._folder / ENGINE_LOG, b"")
                link_record(self._folder, spec)
                link_record(self._folder, JobRecord(self.ENGINE, self.name, "submitting", None, now_iso()))
                self.trouble = ""
                return
            except OSError as error:
                self.trouble = f"{self._folder}: can't be written: {error.strerror}"
            await asyncio.sleep(AGAIN_SECONDS)

    async def end_words(self, row: JobRow | None) -> str:
        """Ray's words about the end, and what the job's script said."""
        return ", ".join(word for word in (row.reason if row is not None else "", self.last_words()) if word)

    async def cancel(self) -> None:
        """Have Ray stop the job; one that is still pending starts later all the same, and finds that it may not."""
        self._cancelled = True
        if self.job is not None:
            with contextlib.suppress(RefusedByRay, RayNotAsked):
                await asyncio.to_thread(self._client.stop, self.job)

    def _poke(self, _words: object, **_options: object) -> ToolAnswer:
        """Tell the shim of a new order, if it is a process of this machine; elsewhere it looks every five seconds."""
        started = read_record(self._folder, Started).record
        if started is not None and started.a is not None and started.boot_id == boot_id():
            import signal  # once per order

            send(started.a, signal.SIGUSR2)
        return ToolAnswer(True, "")
