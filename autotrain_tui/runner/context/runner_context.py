"""The context of one runner: what scheduler, handlers and recovery work with. Complete from the start, and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.strategies.order import base_of
from autotrain_tui.runner.context.loop_signal import LoopSignal
from autotrain_tui.runner.context.summary_writer import SummaryWriter
from autotrain_tui.runner.context.supervisors import Supervisors
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
        """The plan's stage of that name, or the one that a strategy's added stage was made from, under its name.

        Raises RefusedError if there is none.
        """
        base = base_of(self.plan, name)
        stage = self.state.session.stage(name)
        if base is None or stage is None:
            raise RefusedError(f"there is no stage {name}")
        if base.name == name:
            return base
        return replace(base, name=name, index=stage.info.index, needs=tuple(stage.info.needs))

    def launcher(self, stage: PlanStage) -> Launcher:
        """What places the stage's attempts. Raises RefusedError if this version has no such launcher."""
        launcher = self.launchers.get(stage.launcher)
        if launcher is None:
            raise RefusedError(f"stage {stage.name}: the launcher {stage.launcher!r} is not in this version")
        return launcher
