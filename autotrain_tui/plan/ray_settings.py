"""The table `ray` of a stage: which cluster, what the stage's job requests, and what keeps it from being submitted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autotrain_tui.plan import read, values
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.names import shown
from autotrain_tui.plan.read import Location, Reader

__all__ = ["ADDRESS_VARIABLE", "TOKEN_VARIABLE", "RaySettings", "ray_address", "ray_settings", "table", "write_table"]

ADDRESS_VARIABLE, TOKEN_VARIABLE = "RAY_API_SERVER_ADDRESS", "RAY_AUTH_TOKEN"
"""Ray's own names for the address of its dashboard and for a token."""

_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class RaySettings:
    """What a plan says of a stage's job."""

    address: str = ""
    resources: Mapping[str, float] = field(default_factory=dict)
    runtime_env: Mapping[str, object] = field(default_factory=dict)


def _address(value: object, at: Location) -> str:
    text = read.text(value, at)
    if not _ADDRESS.fullmatch(text):
        raise at.error(f"expected the address of a dashboard such as http://127.0.0.1:8265, found {shown(text)}")
    return text


def _runtime_env(value: object, at: Location) -> dict[str, object]:
    table = read.table(value, at)
    if "working_dir" in table:
        raise at.key("working_dir").error(
            "Ray runs a copy of this folder, and what is written there is lost",
            "use cwd; the project's folder has to be on a disk that the cluster shares",
        )
    if "env_vars" in table:
        table = {**table, "env_vars": dict(values.env(table["env_vars"], at.key("env_vars")))}
    return table


_READERS: dict[str, Reader[Any]] = {
    "address": _address,
    "resources": read.table_of(read.number(0, 1e18)),
    "runtime_env": _runtime_env,
}


def table(value: object, at: Location) -> dict[str, object]:
    """The keys that are given, typed: a stage's table is joined with the plan's."""
    return read.record(value, at, _READERS)


def write_table(value: Mapping[str, object]) -> object:
    """The keys as TOML holds them."""
    return dict(value)


def ray_settings(stage: PlanStage) -> RaySettings:
    """The stage's settings, complete: `gpus` counts if `resources` names no GPUs."""
    found = RaySettings(**stage.ray)  # type: ignore[arg-type]  # each value has its reader's type
    if stage.gpus and "num_gpus" not in found.resources:
        return RaySettings(found.address, {**found.resources, "num_gpus": stage.gpus}, found.runtime_env)
    return found


def ray_address(stage: PlanStage, environ: Mapping[str, str]) -> str:
    """The dashboard's address: the plan's, else the environment's; empty if neither names one."""
    return ray_settings(stage).address or environ.get(ADDRESS_VARIABLE, "")
