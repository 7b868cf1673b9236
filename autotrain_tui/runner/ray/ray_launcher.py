"""Starts attempts as jobs of Ray, and adopts them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.errors import RefusedError
from autotrain_tui.ray.job_client import JobClient
from autotrain_tui.runner.ray.cluster_jobs import RayJobList
from autotrain_tui.runner.ray.ray_submitter import RaySubmitter
from autotrain_tui.runner.slurm.slurm_attempt import SlurmAttempt
from autotrain_tui.runner.slurm.slurm_launcher import SlurmLauncher
from autotrain_tui.session.records.attempt_files import Spec
from autotrain_tui.session.records.job_request import RayRequest

__all__ = ["RayAttempt", "RayLauncher", "from_environment"]


class RayAttempt(SlurmAttempt):
    """A job of Ray. Made within a running event loop by `RayLauncher` only."""

    async def hold(self) -> None:
        """Refused: Ray has nothing of the kind."""
        raise RefusedError("Ray can't hold a job that it has; stop the stage instead")

    async def release(self) -> None:
        """Refused: Ray has nothing of the kind."""
        raise RefusedError("Ray can't hold a job, so there is nothing to release")


class RayLauncher(SlurmLauncher):
    """Every cluster is asked once for all of its attempts."""

    def __init__(self, token: str = "") -> None:
        """`token`: sent to each cluster; it is never written down."""
        super().__init__()
        self._token = token
        self._clusters: dict[str, RayJobList] = {}

    def _attempt(self, folder: Path, spec: Spec, environment: Mapping[str, str] | None) -> RayAttempt:
        address = (spec.ray or RayRequest("")).address
        jobs = self._clusters.get(address)
        if jobs is None:
            jobs = self._clusters[address] = RayJobList(JobClient(address, self._token))
        return RayAttempt(folder, spec, jobs, RaySubmitter(folder, spec, jobs, environment))


def from_environment(environ: Mapping[str, str] = os.environ) -> RayLauncher:
    """The launcher with the token that Ray's own tools would use."""
    return RayLauncher(environ.get("RAY_AUTH_TOKEN", ""))
