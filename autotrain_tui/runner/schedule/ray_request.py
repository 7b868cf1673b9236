"""What is requested of Ray for one attempt of a stage, and how its shim is to act when somebody stops the job."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec.structs import replace

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.ray_settings import ADDRESS_VARIABLE, ray_address, ray_settings
from autotrain_tui.runner.schedule.slurm_request import relay_of
from autotrain_tui.session.records.attempt_files import RelaySettings
from autotrain_tui.session.records.job_request import RayRequest

__all__ = ["no_address", "ray_relay", "ray_request"]

STOP_SECONDS = 10
"""What Ray waits beyond the grace period before its own KILL."""


def ray_request(stage: PlanStage, environ: Mapping[str, str]) -> RayRequest:
    """The request."""
    settings = ray_settings(stage)
    return RayRequest(
        ray_address(stage, environ),
        dict(settings.resources),
        dict(settings.runtime_env),
        math.ceil(stage.stop.grace_seconds) + STOP_SECONDS,
    )


def no_address(request: RayRequest) -> str:
    """Why the attempt can't be submitted; empty if it can. A runner may have another environment than the first."""
    if request.address:
        return ""
    return f"no address of a Ray cluster: set {ADDRESS_VARIABLE} and resume, or [ray] address in the plan"


def ray_relay(stage: PlanStage) -> RelaySettings:
    """How the shim acts on Ray's TERM, which goes to every process of its tree."""
    grace = stage.stop.grace_seconds
    return replace(relay_of(stage), term_by="ray", term_grace_seconds=grace, term_reaches_all=True)
