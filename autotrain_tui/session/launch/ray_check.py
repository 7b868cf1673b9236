"""Whether the Ray clusters of a plan can be asked: before anything is created, and in `plan` and `doctor`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.ray_settings import ADDRESS_VARIABLE, TOKEN_VARIABLE, ray_address
from autotrain_tui.plan.unsupported import Unsupported

__all__ = ["ray_troubles"]

PATIENCE_SECONDS = 4.0


def ray_troubles(plan: Plan, skipped: Mapping[str, str]) -> Iterator[Unsupported]:
    """Why stages can't be submitted to Ray, each with the way out; every cluster is asked once."""
    known: dict[str, str] = {}
    for stage in plan.stages:
        if stage.launcher == "ray" and stage.name not in skipped:
            address = ray_address(stage, os.environ)
            if address not in known:
                known[address] = _trouble(address)
            if known[address]:
                yield Unsupported(f"stage[{stage.index}].launcher", known[address])


def _trouble(address: str) -> str:
    from autotrain_tui.ray.job_client import JobClient, RayNotAsked, RefusedByRay, is_loopback  # start-up: urllib

    if not address:
        return (
            "no address of a Ray cluster: start one here (ray start --head) and set [ray] address or "
            f"{ADDRESS_VARIABLE} to http://127.0.0.1:8265, or run it without Ray: --set launcher=local"
        )
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not is_loopback(address) and not token:
        return (
            f"{address} is another machine: set {TOKEN_VARIABLE} to the cluster's token, or use a tunnel to 127.0.0.1"
        )
    try:
        JobClient(address, token, PATIENCE_SECONDS).version()
    except RefusedByRay as error:
        return f"Ray refuses: {error}; check {TOKEN_VARIABLE}"
    except RayNotAsked as error:
        return (
            f"no Ray cluster answers at {error}; start one (ray start --head), correct [ray] address or "
            f"{ADDRESS_VARIABLE}, or run it without Ray: --set launcher=local"
        )
    return ""
