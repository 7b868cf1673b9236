"""A search in words and as a document: its trials, its keys, its rungs."""

from __future__ import annotations

from autotrain_tui.plan.command import value_text
from autotrain_tui.plan.model import PlanStage, SweepSettings, SweptParam
from autotrain_tui.plan.sweep.draw import trial_count
from autotrain_tui.plan.sweep.halving import rungs_of

__all__ = ["described_search", "search_document"]

_MOST_VALUES = 5


def described_search(stage: PlanStage) -> str:
    """One line: `16 trials by halving, judged after 2, 6, 18 of 20 epochs: lr 0.0001–0.1 log, batch_size 32, 64`."""
    settings = stage.sweep
    if settings is None:
        return ""
    count = trial_count(settings)
    words = f"{count} trial{'s' if count != 1 else ''} by {settings.method}{_judged(stage)}"
    return f"{words}: {'; '.join(_param(param) for param in settings.params)}"


def _judged(stage: PlanStage) -> str:
    rungs = rungs_of(stage)
    if not rungs.positions:
        return ""
    if rungs.in_epochs:
        return f", judged after {', '.join(f'{place:.0f}' for place in rungs.positions)} of {stage.epochs} epochs"
    return f", judged at {', '.join(f'{place * 100:.0f}' for place in rungs.positions)} % of the epochs or steps"


def _param(param: SweptParam) -> str:
    if param.values:
        shown = [value_text(value) for value in param.values[:_MOST_VALUES]]
        return f"{param.name} {', '.join(shown)}{', …' if len(param.values) > _MOST_VALUES else ''}"
    parts = [f"{param.name} {param.min:g}–{param.max:g}"]
    if param.step is not None:
        parts.append(f"by {param.step:g}")
    if param.log:
        parts.append("log")
    return " ".join(parts)


def search_document(settings: SweepSettings, stage: PlanStage) -> dict[str, object]:
    """The search as `plan --json` has it."""
    rungs = rungs_of(stage)
    return {
        "method": settings.method,
        "trials": trial_count(settings),
        "params": [param.name for param in settings.params],
        "rungs": list(rungs.positions),
        "rungs_in": ("epochs" if rungs.in_epochs else "share") if rungs.positions else None,
        "keep": settings.keep,
    }
