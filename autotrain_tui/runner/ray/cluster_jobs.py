"""The jobs of a Ray cluster, asked for once for all attempts of this runner there."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from autotrain_tui.ray.job_client import JobClient, JobStatus, RayNotAsked, RefusedByRay
from autotrain_tui.runner.slurm.job_queue import JobQueue
from autotrain_tui.slurm.job_list import JobRow

__all__ = ["RayJobList"]

_STATES: Final = {"STOPPED": "CANCELLED", "SUCCEEDED": "COMPLETED"}
"""Ray's states under the names that Slurm has for them; the others are the same."""


class RayJobList(JobQueue):
    """What a cluster last said of its jobs, in the form of a queue."""

    SYSTEM = "Ray"

    def __init__(self, client: JobClient) -> None:
        super().__init__()
        self.client = client

    async def _ask(self) -> None:
        self._asked = began = time.monotonic()
        try:
            jobs = await asyncio.to_thread(self.client.jobs)
            self.rows = {name: _row(job) for name, job in jobs.items()}
            self.trouble, self.begun = "", began
            self.answers += 1
        except (RayNotAsked, RefusedByRay) as error:
            self.trouble = str(error)
        self._tell()


def _row(job: JobStatus) -> JobRow:
    # "Job has not started yet. It may be waiting for resources (…) to become available.": the first sentence says it
    reason = " ".join(job.message.split()).partition(". ")[0].removesuffix(".")[:200]
    return JobRow(job.id, _STATES.get(job.status, job.status), reason, "", "", "", job.id)
