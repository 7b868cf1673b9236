"""What a trial's readings come to: its value at the rung that it runs to, and at its end."""

from __future__ import annotations

from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.metrics.curves.sampled_readings import readings_of
from autotrain_tui.plan.model import SweepSettings
from autotrain_tui.plan.strategy import TrialSeen, TrialStanding
from autotrain_tui.plan.sweep.halving import rung_values, rungs_of
from autotrain_tui.runner.attempt.rung_watch import RungAxis, RungWatch
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.state import Attempt, Held, Paused, Pending, Stage, Stopped, Succeeded
from autotrain_tui.session.journal.transitions import ACTIVE

__all__ = ["TrialsSeen", "rung_watch", "trial_seen"]


def rung_watch(context: RunnerContext, name: str) -> RungWatch | None:
    """The watch of a trial's attempt, which wakes the main loop at the trial's goal; None for any other stage."""
    stage, metric = context.session.stage(name), context.plan.metric
    if stage is None or stage.trial is None or metric is None:
        return None

    def due() -> float | None:
        trial = context.session.stage(name)
        return None if trial is None else _due(context, trial)

    return RungWatch(metric.name, _axis(context, stage), due, context.loop.wake)


class TrialsSeen:
    """Every trial of the session, as the strategy sees it. What ended or rests is made anew only after a change."""

    def __init__(self, context: RunnerContext) -> None:
        self._context = context
        self._known: dict[str, tuple[Stage, TrialSeen]] = {}

    def __call__(self) -> tuple[TrialSeen, ...]:
        """Them as they stand now, in the order added."""
        return tuple(map(self._seen, self._context.session.trials))

    def _seen(self, trial: Stage) -> TrialSeen:
        known = self._known.get(trial.name)
        if known is None or known[0] is not trial or trial.state in ACTIVE:
            known = self._known[trial.name] = trial, trial_seen(self._context, trial)
        return known[1]


def trial_seen(context: RunnerContext, trial: Stage) -> TrialSeen:
    """The trial as the strategy sees it."""
    at = trial.trial
    assert at is not None
    state = _state(trial)
    reached, value = _reached(context, trial) if state != "out" else (False, None)
    return TrialSeen(
        name=trial.name,
        search=trial.info.sweep,
        number=trial.info.trial,
        state=state,
        swept={name: value for name, value in trial.info.swept.items() if value is not None},
        rungs=at.rungs,
        goal=at.goal,
        reached=reached,
        value=value,
        final=_final(context, trial) if state == "done" else None,
        reason=trial.reason,
        seconds=sum(attempt.run_seconds for attempt in _in_one_line(trial)),
        share=_share(context, trial) if trial.state not in ACTIVE else None,
    )


def _state(trial: Stage) -> TrialStanding:
    at = trial.trial
    assert at is not None
    match trial.status:
        case Pending() | Held():
            return "waiting"
        case Paused() | Stopped() if at.resting:
            return "resting" if at.parked else "waiting"
        case Paused():
            return "paused"
        case Succeeded():
            return "done"
        case _:
            return "running" if trial.state in ACTIVE else "out"


def _due(context: RunnerContext, trial: Stage) -> float | None:
    """The position of the rung at which the trial is judged next; None if it runs to its end, or rests."""
    at = trial.trial
    rungs = rungs_of(context.plan.stage(trial.info.sweep)).positions
    return None if at is None or at.parked or at.goal >= len(rungs) else rungs[at.goal]


def _reached(context: RunnerContext, trial: Stage) -> tuple[bool, float | None]:
    """Whether the trial is to be judged at its goal, and its value there."""
    due = _due(context, trial)
    if due is None or not trial.attempts:
        return False, None
    supervisor = context.supervisors.get(trial.name)
    watch = supervisor.rungs if supervisor is not None else None
    if trial.state in ACTIVE and (watch is None or watch.furthest < due - 1e-9):
        return False, None
    values = _values_at_rungs(context, trial, watch)
    goal = trial.trial.goal if trial.trial is not None else 0
    if len(values) > goal:
        return True, values[goal]
    if isinstance(trial.status, Succeeded):  # it ended before the rung, or tells no position
        return True, _final(context, trial)
    return False, None


def _values_at_rungs(context: RunnerContext, trial: Stage, watch: RungWatch | None) -> tuple[float, ...]:
    metric, axis = context.plan.metric, _axis(context, trial)
    assert metric is not None
    points: list[tuple[float, float]] = []
    for attempt in _in_one_line(trial):
        epochs, total = _totals(attempt, watch if attempt is trial.attempt else None)
        for _, name, value, step, epoch in ReadingsTail(readings_of(context.folder.at(attempt.folder).path)).rows():
            if name == metric.name:
                at = axis.position(epoch, step, epochs, total)
                if at is not None:
                    points.append((at, value))
    rungs = rungs_of(context.plan.stage(trial.info.sweep)).positions
    return rung_values(points, rungs, metric.goal, _settings(context, trial).judge)


def _axis(context: RunnerContext, trial: Stage) -> RungAxis:
    """How the trial's readings stand on the axis of its search's rungs."""
    in_epochs = rungs_of(context.plan.stage(trial.info.sweep)).in_epochs
    return RungAxis(in_epochs=in_epochs, epochs=context.stage(trial.name).epochs)


def _in_one_line(trial: Stage) -> list[Attempt]:
    """The attempts since it last began from scratch."""
    attempts: list[Attempt] = []
    for attempt in trial.attempts:
        attempts = [*attempts, attempt] if attempt.resume else [attempt]
    return attempts


def _share(context: RunnerContext, trial: Stage) -> float | None:
    """The share of a whole training that its attempts came to, as far as its progress or its last rung tells."""
    if isinstance(trial.status, Succeeded):
        return 1.0
    attempts, at = _in_one_line(trial), trial.trial
    figures = attempts[-1].progress if attempts else None
    if figures is not None and figures.epoch is not None and figures.epochs:
        return min(1.0, figures.epoch / figures.epochs)
    if figures is not None and figures.fraction is not None:
        return figures.fraction
    rungs, epochs = rungs_of(context.plan.stage(trial.info.sweep)), context.stage(trial.name).epochs
    if at is None or not at.rungs:
        return None
    last = rungs.positions[min(len(at.rungs), len(rungs.positions)) - 1]
    return last / epochs if rungs.in_epochs and epochs else last


def _totals(attempt: Attempt, watch: RungWatch | None) -> tuple[float | None, float | None]:
    """The epochs and steps in all, as the program says."""
    if watch is not None:
        return watch.epochs, watch.total
    figures = attempt.progress
    return (figures.epochs, figures.total) if figures is not None else (None, None)


def _final(context: RunnerContext, trial: Stage) -> float | None:
    """The trial's value at its end."""
    metric, attempts = context.plan.metric, _in_one_line(trial)
    if metric is None or not attempts:
        return None
    if _settings(context, trial).judge == "last":
        return attempts[-1].metrics.get(metric.name)
    values = [attempt.best for attempt in attempts if attempt.best is not None]
    values += [attempt.metrics[metric.name] for attempt in attempts if metric.name in attempt.metrics]
    if not values:
        return None
    return max(values) if metric.goal == "max" else min(values)


def _settings(context: RunnerContext, trial: Stage) -> SweepSettings:
    settings = context.plan.stage(trial.info.sweep).sweep
    assert settings is not None
    return settings
