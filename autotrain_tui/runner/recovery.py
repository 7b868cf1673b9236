"""Recovery: what became of attempts that a former runner left open (DESIGN section 4).

Every attempt without an end in the journal is visited: an exit record is taken, a living attempt is adopted, one
that never started is cancelled, and one whose end is unknown is lost, never a success. Nothing is journaled before all
visits are made, so that a refusal (another host) leaves the session as it was.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.attempt.attempt_supervisor import AttemptSupervisor
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.core.stage_environment import changed_stage
from autotrain_tui.runner.launchers import (
    FoundAlive,
    FoundCancelled,
    FoundElsewhere,
    FoundEnded,
    FoundLost,
    LaunchedAttempt,
    Visit,
)
from autotrain_tui.runner.launchers.ask_again import ask_again, read_again
from autotrain_tui.runner.launchers.ended_attempt import EndedAttempt
from autotrain_tui.runner.launchers.exit_record import read_end
from autotrain_tui.runner.processes.orphans import OrphanAttempt, orphans
from autotrain_tui.runner.schedule.scheduler import Scheduler
from autotrain_tui.runner.schedule.start_attempt import monitor_for
from autotrain_tui.session.journal.events import Alert, AttemptAdopted, AttemptStarting, StageReleased, StageReset
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE, SessionState, StageState
from autotrain_tui.session.records.attempt_files import Exit, Spec, read_record
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.read_file import read_small

__all__ = ["Recovery", "visit_attempts"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt without an end in the journal, and what the visit found."""

    stage: Stage
    plan: PlanStage
    folder: AttemptFolder
    visit: Visit


@dataclass(frozen=True, slots=True)
class Visits:
    """What all visits found; nothing of it is journaled yet."""

    opened: tuple[OpenAttempt, ...]
    orphans: tuple[tuple[OrphanAttempt, Visit], ...]
    """Attempts on the disk that the journal doesn't know."""
    found: tuple[OpenAttempt, ...]
    """Attempts that were journaled as lost, and whose exit record is there now."""
    resumes: bool
    """Whether the session was begun before: a person resumes it."""
    interrupted: bool
    """Whether the former runner left while the session ran."""


async def visit_attempts(context: RunnerContext, *, force: bool) -> Visits:
    """Visit what is open. Raises RefusedError when an attempt may be alive on another host (unless `force`)."""
    session = context.session
    opened = []
    for stage in session.every_stage:
        if stage.attempt is None or stage.state not in ACTIVE:
            continue
        folder = context.folder.at(stage.attempt.folder)
        plan = changed_stage(context.stage(stage.name), stage.changes)
        visit = await _visit(context, plan, stage.attempt.number, folder, force=force)
        opened.append(OpenAttempt(stage, plan, folder, visit))
    unknown = []
    for orphan in await ask_again(lambda: orphans(session, context.folder)):
        plan = context.stage(orphan.stage)
        unknown.append((orphan, await _visit(context, plan, orphan.number, orphan.folder, force=force)))
    return Visits(
        tuple(opened),
        tuple(unknown),
        tuple([item async for item in _found_ends(context)]),
        resumes=session.state is not SessionState.CREATED,
        interrupted=session.state is SessionState.RUNNING,
    )


async def _found_ends(context: RunnerContext) -> AsyncIterator[OpenAttempt]:
    """Lost attempts that have a whole exit record after all. Raises UnreadableError if that can't be read."""
    for stage in context.session.every_stage:
        if stage.attempt is None or stage.state is not StageState.LOST:
            continue
        folder = context.folder.at(stage.attempt.folder)
        path = folder.path
        end = (await read_again(lambda path=path: read_end(path))).record  # type: ignore[misc]
        if end is not None and end.known:
            plan = changed_stage(context.stage(stage.name), stage.changes)
            yield OpenAttempt(stage, plan, folder, FoundEnded(end))


async def _visit(context: RunnerContext, stage: PlanStage, number: int, folder: AttemptFolder, *, force: bool) -> Visit:
    spec = read_record(folder.path, Spec).record  # what has begun is asked where it is, whatever the plan says now
    launcher = context.launcher(stage if spec is None else replace(stage, launcher=spec.launcher))
    visit = await launcher.adopt(folder.path, force=force)
    if isinstance(visit, FoundElsewhere) and not force:
        raise RefusedError(f"session {context.folder.id}: stage {stage.name}: {visit.reason}; --force takes it over")
    found = type(visit).__name__.removeprefix("Found").lower()
    log.info("stage %s attempt %d: %s", stage.name, number, found)
    return visit


@dataclass(slots=True)
class Recovery:
    """`settle` journals what the visits found and adopts the living, then `resume` lets the unfinished go on."""

    context: RunnerContext
    scheduler: Scheduler
    visits: Visits
    adopted: bool = False
    """Whether any attempt lives on."""
    _settled: set[str] = field(default_factory=set)
    """Stages whose attempts were open."""

    async def settle(self) -> None:
        """Journal ends and adopt the living."""
        await self._report_changed_plan()
        for item in self.visits.found:
            if isinstance(item.visit, FoundEnded):
                supervisor = await self._supervisor(item, EndedAttempt(item.folder.path))
                await supervisor.end(item.visit.exit, corrects=True)
                await self.scheduler.attempt_ended(item.stage.name)
        if self.visits.interrupted:
            await self._follow_up()
        for item in self.visits.opened:
            self.adopted = await self._settle(item) or self.adopted
        for orphan, visit in self.visits.orphans:
            self.adopted = await self._settle_orphan(orphan, visit) or self.adopted

    async def resume(self) -> None:
        """Let unfinished stages go on, if a person resumes the session."""
        if not self.visits.resumes:
            return
        failed = {stage.name for stage in self.context.session.stages if stage.state is StageState.FAILED}
        for stage in self.context.session.every_stage:
            if self._goes_on(stage) and (stage.trial is None or self._trial_goes_on(stage, failed)):
                resume = stage.info.resumable and bool(stage.attempts)
                await self.context.state.write(StageReset(stage=stage.name, reason="session resumed", resume=resume))

    async def _report_changed_plan(self) -> None:
        """A plan that was edited meanwhile is run as it is, with an alert (FAULTS X5)."""
        begun_with = self.context.session.plan_hash
        text = read_small(self.context.folder.plan, 4 << 20)
        if begun_with and text is not None and hashlib.sha256(text).hexdigest() != begun_with:
            await self.context.state.write(
                Alert(kind="plan", text="plan.toml was changed since the session began; it is run as it is now")
            )

    async def _follow_up(self) -> None:
        """Do what the former runner journaled the cause of and left undone: a person's retry, the plan's policy."""
        for stage in self.context.session.every_stage:
            if stage.state in (StageState.FAILED, StageState.STOPPED, StageState.LOST):
                await self.scheduler.attempt_ended(stage.name)

    def _goes_on(self, stage: Stage) -> bool:
        """Whether an unfinished stage gets a new attempt now that a person resumes the session."""
        match stage.state:
            case StageState.LOST | StageState.STOPPED:
                return True
            case StageState.FAILED:
                return stage.name not in self._settled and not self.adopted  # else it is news to the person
            case StageState.PAUSED:
                return not self.adopted  # if an attempt was adopted the session continues as it was
            case _:
                return False

    def _trial_goes_on(self, trial: Stage, failed: set[str]) -> bool:
        """Whether an unfinished trial does: not one that rests, nor one whose search is decided without having failed.

        One that is out runs again only with a search of which all trials are (`failed`).
        """
        search = self.context.session.stage(trial.info.sweep)
        if search is None or trial.trial is None or trial.trial.resting:
            return False
        if search.state in (StageState.SUCCEEDED, StageState.SKIPPED):
            return False
        return trial.state is not StageState.FAILED or search.name in failed

    async def _settle_orphan(self, orphan: OrphanAttempt, visit: Visit) -> bool:
        """Journal an attempt that the journal should have known, and settle it like any other."""
        state, name = self.context.state, orphan.stage
        stage = state.session.stage(name)
        if stage is None or stage.state in ACTIVE:
            return False
        text = f"attempt {orphan.number} is on the disk but was not in the journal"
        await state.write(Alert(kind="records", stage=name, text=text))
        if stage.state is StageState.HELD:
            await state.write(StageReleased(stage=name, by="runner"))
        elif stage.state is not StageState.PENDING:
            await state.write(StageReset(stage=name, reason=text, by="runner"))
        relative = str(orphan.folder.path.relative_to(self.context.folder.path))
        await state.write(
            AttemptStarting(
                stage=name,
                attempt=orphan.number,
                folder=relative,
                command=orphan.spec.command,
                params=dict(stage.info.params),
            )
        )
        stage = state.session.stage(name)
        assert stage is not None
        plan = changed_stage(self.context.stage(name), stage.changes)
        return await self._settle(OpenAttempt(stage, plan, orphan.folder, visit))

    async def _settle(self, item: OpenAttempt) -> bool:
        """Journal what the visit found; whether the attempt lives on."""
        name = item.stage.name
        self._settled.add(name)
        match item.visit:
            case FoundAlive(attempt):
                await self._adopt(item, attempt)
                return True
            case FoundEnded(end):
                await self._journal_end(item, end)
            case FoundCancelled():
                await self._journal_end(item, None, "the runner died before the command was started")
            case FoundLost(reason) | FoundElsewhere(_, reason):
                await self._journal_end(item, None, reason)
        await self.scheduler.attempt_ended(name)
        return False

    async def _adopt(self, item: OpenAttempt, attempt: LaunchedAttempt) -> None:
        supervisor = await self._supervisor(item, attempt)
        if item.plan.gpus:
            self.context.gpus.retake(item.stage.name, item.folder.path)
        number = item.stage.attempt.number if item.stage.attempt is not None else 0
        pid = attempt.stage.pid if attempt.stage is not None else None
        await self.context.state.write(AttemptAdopted(stage=item.stage.name, attempt=number, pid=pid))
        self.scheduler.supervise(supervisor)
        await supervisor.control.resume_end()
        await supervisor.control.resume_freeze()

    async def _journal_end(self, item: OpenAttempt, end: Exit | None, why_lost: str = "") -> None:
        await (await self._supervisor(item, EndedAttempt(item.folder.path))).end(end, why_lost)

    async def _supervisor(self, item: OpenAttempt, launched: LaunchedAttempt) -> AttemptSupervisor:
        monitor = monitor_for(self.context, item.stage.name)
        supervisor = AttemptSupervisor(self.context.state, item.plan, item.folder, launched, monitor=monitor)
        await supervisor.continue_reading()
        return supervisor
