"""Keys that a plan may have but this version does not support: `plan` notes them, `run` refuses them."""

from __future__ import annotations

from dataclasses import dataclass

from autotrain_tui.plan.distributed import beyond_one_machine
from autotrain_tui.plan.model import Plan

__all__ = ["Unsupported", "unsupported"]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """An unsupported key: its location, such as `stage[2].launcher`, and a sentence for a person."""

    place: str
    text: str


_SHOWN = (
    "Ray shows a job's variables to everybody who can reach its dashboard; set these in the environment of the "
    "cluster's nodes, or run the stage with another launcher"
)


def unsupported(plan: Plan) -> list[Unsupported]:
    """The unsupported keys of a resolved plan, in the plan's order; empty if it can run."""
    found = []
    for stage in plan.stages:
        if stage.launcher == "ray" and stage.env_from:
            found.append(Unsupported(f"stage[{stage.index}].env_from", _SHOWN))
        if (
            stage.launcher != "slurm"
            and stage.distributed is not None
            and (needs_slurm := beyond_one_machine(stage.distributed))
        ):
            found.append(Unsupported(f"stage[{stage.index}].distributed", needs_slurm))
    return found
