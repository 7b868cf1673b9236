"""Which stages of a plan a session leaves out: `--start-from`, `--only`, `--skip`."""

from __future__ import annotations

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.names import did_you_mean, shown

__all__ = ["skipped_by", "stage_named"]


def skipped_by(plan: Plan, overrides: Overrides) -> dict[str, str]:
    """The stages that will not run, by name in the plan's order, each with the reason.

    Raises UsageError for an unknown stage, for contradicting flags, and if no stage is left.
    """
    start = stage_named(plan, overrides.start_from, "--start-from") if overrides.start_from is not None else None
    only = [stage_named(plan, word, "--only") for word in overrides.only]
    skip = {stage_named(plan, word, "--skip").name for word in overrides.skip}
    wanted = {stage.name for stage in only}
    for name in sorted(skip & (wanted | ({start.name} if start else set()))):
        raise UsageError(f'stage "{name}" is both selected and skipped')
    for stage in only:
        if start is not None and stage.index < start.index:
            raise UsageError(f"--only {stage.name} comes before --start-from {start.name}")
    reasons: dict[str, str] = {}
    for stage in plan.stages:
        if stage.name in skip:
            reasons[stage.name] = f"--skip {stage.name}"
        elif only and stage.name not in wanted:
            reasons[stage.name] = "--only " + ", ".join(chosen.name for chosen in only)
        elif start is not None and stage.index < start.index:
            reasons[stage.name] = f"--start-from {start.name}"
    if len(reasons) == len(plan.stages):
        raise UsageError("no stage is left to run: every stage is skipped")
    return reasons


def stage_named(plan: Plan, word: str, flag: str) -> PlanStage:
    """The stage for a word: a name, else a number from 1. Raises UsageError with the `flag`."""
    for stage in plan.stages:
        if stage.name == word:
            return stage
    if word.isascii() and word.isdigit() and len(word) < 10:
        for stage in plan.stages:
            if stage.index == int(word):
                return stage
    hint = did_you_mean(word, [stage.name for stage in plan.stages])
    raise UsageError(f"{flag}: there is no stage {shown(word)}" + (f" ({hint})" if hint else ""))
