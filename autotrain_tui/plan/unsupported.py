"""What a plan may say but this version does not do yet: `plan` notes it, `run` refuses it; one list, to be shrunk."""

from __future__ import annotations

from dataclasses import dataclass

from autotrain_tui.plan.model import Plan

__all__ = ["Unsupported", "unsupported"]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A key whose behaviour is not there: its place, such as `stage[2].launcher`, and a sentence for a person."""

    place: str
    text: str


def unsupported(plan: Plan) -> list[Unsupported]:
    """Every key of a resolved plan that this version can't act on, in the plan's order; empty when it can run."""
    return [
        Unsupported(f"stage[{stage.index}].launcher", f'launcher "{stage.launcher}" is not supported in this version')
        for stage in plan.stages
        if stage.launcher != "local"
    ]
