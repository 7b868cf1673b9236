"""The context of one runner: what scheduler, handlers and recovery work with. Complete from the start, and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.model import Plan, PlanStage, Scalar
from autotrain_tui.plan.strategies.order import base_of
from autotrain_tui.plan.sweep.draw import TrialSetting
from autotrain_tui.plan.sweep.trial_stage import trial_stage
from autotrain_tui.plan.sweep.winner import inheriting
from autotrain_tui.runner.context.loop_signal import LoopSignal
from autotrain_tui.runner.context.summary_writer import SummaryWriter
from autotrain_tui.runner.context.supervisors import Supervisors
from autotrain_tui.runner.core.best_before import best_before
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.gpus.allocator import GpuAllocator
from autotrain_tui.runner.launchers import Launcher
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["RunnerContext"]


@dataclass(frozen=True, slots=True)
class RunnerContext:
    """One session's parts. Only `state` and the files of `folder` say what the session is."""

    folder: SessionFolder
    plan: Plan
    state: JournaledState
    launchers: Mapping[str, Launcher]
    """By the name that a plan's `launcher` gives them."""
    gpus: GpuAllocator
    supervisors: Supervisors
    loop: LoopSignal
    summary: SummaryWriter

    @property
    def session(self) -> Session:
        """The session as the journal has it now."""
        return self.state.session

    @property
    def stopping(self) -> bool:
        """Whether a person or a policy is ending the session."""
        return self.state.session.state is SessionState.STOPPING

    @property
    def leaving(self) -> bool:
        """Whether nothing more is to be started: the session is being ended, or the runner has an error."""
        return self.loop.error is not None or self.loop.ending or self.stopping

    def stage(self, name: str) -> PlanStage:
        """The plan's stage of that name, or the one that a strategy's added stage or a trial was made from, under its
        name; with what it inherits from the winner of an earlier search.

        Raises RefusedError if there is none.
        """
        stage = self.state.session.stage(name)
        base = base_of(self.plan, stage.info.sweep if stage is not None and stage.info.sweep else name)
        if base is None or stage is None:
            raise RefusedError(f"there is no stage {name}")
        base = inheriting(base, self.best(base))
        if stage.info.sweep:
            return trial_stage(base, TrialSetting(stage.info.trial, _without_none(stage.info.swept)))
        if base.name == name:
            return base
        return replace(base, name=name, index=stage.info.index, needs=tuple(stage.info.needs))

    def best(self, stage: PlanStage) -> Mapping[str, Scalar]:
        """The winner's values of the search before the stage; empty if there is none, or it is not decided."""
        return best_before(self.plan, self.state.session, stage)

    def launcher(self, stage: PlanStage) -> Launcher:
        """What places the stage's attempts. Raises RefusedError if this version has no such launcher."""
        launcher = self.launchers.get(stage.launcher)
        if launcher is None:
            raise RefusedError(f"stage {stage.name}: the launcher {stage.launcher!r} is not in this version")
        return launcher


def _without_none(values: Mapping[str, Scalar | None]) -> dict[str, Scalar]:
    return {name: value for name, value in values.items() if value is not None}
