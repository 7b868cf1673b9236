"""The plan of a classic session: the project's default plan for how stages are run, the classic parameters for what.

Of the default plan the first training stage is taken (the first whose command names one of the three parameters), with
its command, folder, environment, stop order, retry rules and metric patterns. Its gate and whatever else decides what
is run or how long are left out, in the modes too: here the ladder and `timeout_multiplier` say that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autotrain_tui.classic.records import StageConfig
from autotrain_tui.errors import UsageError
from autotrain_tui.plan.command import placeholders
from autotrain_tui.plan.loading.find import pick_plan
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.model import Plan, PlanMode, PlanStage
from autotrain_tui.session.launch.project_paths import ProjectPaths

__all__ = ["Step", "classic_plan", "default_plan", "takes_parameters"]

_PARAMETERS = {"dataset_limit", "epochs", "batch_size"}
_OURS = {
    *_PARAMETERS,
    "estimate_minutes",
    "timeout_minutes",
    "timeout_multiplier",
    "gate",
    "needs",
    "max_hours",
    "jobs",
    "strategy",
    "after_last",
}
"""Keys of a mode that the classic classes decide themselves."""

_NAMES = ("foundation", "consolidation", "refinement", "mastery", "perfection")


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that is to run, and how many minutes it is expected to take."""

    config: StageConfig
    minutes: float


def default_plan(here: ProjectPaths) -> Plan:
    """The project's default plan, or its only one. Raises UsageError with what to do where there is none."""
    try:
        path = pick_plan(here.project, None, here.cwd)
    except UsageError as error:
        raise UsageError(f"no default plan (the plan marked default = true, else the only one): {error}") from None
    return load_plan(path)


def classic_plan(base: Plan, steps: Sequence[Step], *, max_hours: float | None, repeat: bool) -> Plan:
    """One stage for each step, each after the one before; with `repeat` the last again until the budget ends."""
    template = _template(base)
    stages: list[PlanStage] = []
    for index, step in enumerate(steps, 1):
        config = step.config
        stages.append(
            replace(
                template,
                name=_name(config.stage, {stage.name for stage in stages}),
                index=index,
                description=config.description,
                dataset_limit=config.dataset_limit,
                epochs=config.epochs,
                batch_size=config.batch_size,
                needs=(stages[-1].name,) if stages else (),
                gate=None,
                estimate_minutes=step.minutes,
                timeout_minutes=None,
            )
        )
    modes = {
        name: PlanMode(name, {key: value for key, value in mode.values.items() if key not in _OURS})
        for name, mode in base.modes.items()
    }
    return replace(
        base,
        stages=tuple(stages),
        modes=modes,
        max_hours=max_hours,
        jobs=1,
        strategy="ladder",
        strategy_tables={},
        after_last="repeat" if repeat else "stop",
    )


def takes_parameters(base: Plan) -> bool:
    """Whether the command that is taken names any of the three parameters; else the program hears of them only in
    AUTOTRAIN_PARAMS.
    """
    return _named(_template(base))


def _template(base: Plan) -> PlanStage:
    return next((stage for stage in base.stages if _named(stage)), base.stages[0])


def _named(stage: PlanStage) -> bool:
    found = placeholders(stage.command)
    return bool(_PARAMETERS & (found.required | found.optional))


def _name(number: int, taken: set[str]) -> str:
    """`foundation` to `perfection`, then `stage-6` and on; numbers that come twice get a second name."""
    name = _NAMES[number - 1] if number <= len(_NAMES) else f"stage-{number}"
    return name if name not in taken else f"{name}-at-{len(taken) + 1}"
