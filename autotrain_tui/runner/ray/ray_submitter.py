"""Submits one attempt to Ray exactly once: its id is chosen before, written down before, and refused twice by Ray."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.ray.job_client import RayNotAsked, RefusedByRay
from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.runner.ray.cluster_jobs import RayJobList
from autotrain_tui.runner.ray.ray_submission import own_variables, request_body
from autotrain_tui.runner.slurm.job_submitter import JobSubmitter, Sent
from autotrain_tui.session.records.attempt_files import Spec, Started, read_record
from autotrain_tui.session.records.process_identity import boot_id
from autotrain_tui.slurm.job_list import JobRow
from autotrain_tui.slurm.tools import ToolAnswer

__all__ = ["RaySubmitter"]


class RaySubmitter(JobSubmitter):
    """One attempt's job of Ray. `environment` None: adopted, so that nothing is submitted any more."""

    ENGINE = "ray"

    def __init__(self, folder: Path, spec: Spec, jobs: RayJobList, environment: Mapping[str, str] | None) -> None:
        super().__init__(folder, spec, jobs, environment, self._poke)
        self._client = jobs.client

    async def _complete(self, spec: Spec) -> Spec:
        return spec

    async def _send(self) -> Sent:
        variables = own_variables(self._environment or {}, os.environ)
        body = request_body(self._folder, self._spec, self.name, variables)
        try:
            await asyncio.to_thread(self._client.submit, body)
        except RefusedByRay as error:
            return Sent(None, f"Ray refused the job: {error}", refused=True)
        except RayNotAsked as error:
            return Sent(None, str(error))
        return Sent(self.name)

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
