"""Whether jobs of a plan could be submitted to Slurm now: before anything is created, and in `plan` and `doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.unsupported import Unsupported
from autotrain_tui.slurm.controller import controller_trouble
from autotrain_tui.slurm.tools import is_here

__all__ = ["slurm_troubles"]

NO_SLURM = (
    "sbatch is not on PATH: start it on a login node of the cluster (or load its Slurm module), "
    "or run it here with --set launcher=local"
)

AWAY = "no Slurm controller answers ({trouble}): start it when one does, or run it here with --set launcher=local"


def slurm_troubles(plan: Plan, skipped: Mapping[str, str]) -> Iterator[Unsupported]:
    """Why stages can't be submitted to Slurm, each with the way out; the cluster is asked once."""
    stages = [stage for stage in plan.stages if stage.launcher == "slurm" and stage.name not in skipped]
    if not stages:
        return
    if not is_here("sbatch"):
        text = NO_SLURM
    else:
        trouble = controller_trouble()
        text = AWAY.format(trouble=trouble) if trouble else ""
    for stage in stages if text else ():
        yield Unsupported(f"stage[{stage.index}].launcher", text)
