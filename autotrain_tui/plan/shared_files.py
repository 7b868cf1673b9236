"""Stages that read the same metric files while they may run at the same time: each would take the other's numbers."""

from __future__ import annotations

import os

from autotrain_tui.plan.model import Plan, PlanStage

__all__ = ["shared_files"]


def shared_files(plan: Plan) -> list[str]:
    """A sentence for each pair of stages, and for each search, that shares a pattern of `metric_files`.

    Stages one after the other share nothing: an attempt takes only what was written after its start.
    """
    if plan.jobs < 2:
        return []
    stages, found = [stage for stage in plan.stages if stage.metric_files], []
    patterns = {stage.name: _patterns(stage) for stage in stages}
    before = {stage.name: _before(plan, stage) for stage in stages}
    for at, stage in enumerate(stages):
        if stage.sweep is not None:
            found.append(_sentence(f'the trials of "{stage.name}"', stage.metric_files[0]))
        for other in stages[at + 1 :]:
            if stage.name in before[other.name] or other.name in before[stage.name]:
                continue
            shared = next((each for each in patterns[stage.name] if each in patterns[other.name]), None)
            if shared is not None:
                found.append(_sentence(f'stages "{stage.name}" and "{other.name}"', shared))
    return found


def _sentence(who: str, pattern: str) -> str:
    return (
        f"{who} may run at the same time and read the same metric_files ({pattern}): each takes the other's numbers, "
        "too; let each write into a folder of its own and name that, or run with --jobs 1"
    )


def _patterns(stage: PlanStage) -> list[str]:
    return [os.path.normpath(os.path.join(stage.cwd or "", pattern)) for pattern in stage.metric_files]


def _before(plan: Plan, stage: PlanStage) -> set[str]:
    """The names of all stages that have ended before it starts."""
    found: set[str] = set()
    ahead = list(stage.needs)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            needed = plan.by_name.get(name)
            ahead += needed.needs if needed is not None else ()
    return found
