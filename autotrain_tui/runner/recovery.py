"""What became of attempts that a former runner left open (DESIGN section 4).

Every attempt without an end in the journal is visited: an exit record is taken, the living are adopted, what never
started never will, and what nobody can tell about is lost, never a success. Nothing is journaled before all visits are
made, so that a refusal (another host) leaves the session as it was.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.model import Stage as PlanStage
from autotrain_tui.runner.attempt.attempt_supervisor import Carry
from autotrain_tui.runner.core.stage_environment import changed_stage
from autotrain_tui.runner.launchers import Adopted, Attempt, Cancelled, Elsewhere, Ended, Lost, Visit
from autotrain_tui.runner.processes.orphans import Stray, strays
from autotrain_tui.runner.schedule.start_attempt import outlook_for
from autotrain_tui.session.journal.events import Alert, AttemptAdopted, AttemptStarting, StageReleased, StageReset
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE, SessionState, StageState
from autotrain_tui.session.records.attempt_files import Exit, StopOrder
from autotrain_tui.session.records.folder import AttemptFolder, read_small
from autotrain_tui.session.records.process_identity import Identity

if TYPE_CHECKING:
    from autotrain_tui.runner.processes.process_scan import Census, Member
    from autotrain_tui.runner.runner import Runner

__all__ = ["Found", "recover"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Open:
    stage: Stage
    plan: PlanStage
    folder: AttemptFolder
    visit: Visit


@dataclass(slots=True)
class Found:
    """What the visits found; `settle` journals it and takes up the living, then `go_on` lets the unfinished go on."""

    runner: Runner
    opened: list[_Open] = field(default_factory=list)
    resumes: bool = False
    interrupted: bool = False
    unknown: list[tuple[Stray, Visit]] = field(default_factory=list)
    adopted: bool = False

    async def settle(self) -> None:
        """Journal ends and adopt the living."""
        await self._tell_of_plan()
        if self.interrupted:
            await self._follow_up()
        for item in self.opened:
            self.adopted = await self._settle(item) or self.adopted
        for stray, visit in self.unknown:
            self.adopted = await self._take_in(stray, visit) or self.adopted

    async def go_on(self) -> None:
        """Let unfinished stages go on: a person resumes the session."""
        if not self.resumes:
            return
        for stage in self.runner.book.session.stages:
            if self._goes_on(stage, adopted=self.adopted):
                await self.runner.book.write(
                    StageReset(
                        stage=stage.name, reason="session resumed", resume=stage.info.resumable and bool(stage.attempts)
                    )
                )

    async def _tell_of_plan(self) -> None:
        """A plan that somebody edited is run as it stands, and said so (FAULTS X5)."""
        begun_with = self.runner.book.session.plan_hash
        text = read_small(self.runner.folder.plan, 4 << 20)
        if begun_with and text is not None and hashlib.sha256(text).hexdigest() != begun_with:
            await self.runner.book.write(
                Alert(kind="plan", text="plan.toml is not what the session began with: somebody has changed it since")
            )

    async def _follow_up(self) -> None:
        """What the former runner didn't come to after an end that it journaled: a person's retry, the plan's policy."""
        for stage in self.runner.book.session.stages:
            if stage.state in (StageState.FAILED, StageState.STOPPED, StageState.LOST):
                await self.runner.ended(stage.name)

    def _goes_on(self, stage: Stage, *, adopted: bool) -> bool:
        """Whether an unfinished stage gets a new attempt now that a person resumes the session."""
        just_found = any(item.stage.name == stage.name for item in self.opened)
        match stage.state:
            case StageState.LOST | StageState.STOPPED:
                return True
            case StageState.FAILED:
                return not just_found and not adopted  # news: the person hears of it first
            case StageState.PAUSED:
                return not adopted  # as if nothing had been, while another stage lives on
            case _:
                return False

    async def _take_in(self, stray: Stray, visit: Visit) -> bool:
        """Journal an attempt that the journal should have known, and settle it like any other."""
        book, name = self.runner.book, stray.stage
        stage = book.session.stage(name)
        if stage is None or stage.state in ACTIVE:
            return False
        words = f"attempt {stray.number} of it stands on the disk, and the journal did not know it"
        await book.write(Alert(kind="records", stage=name, text=words))
        if stage.state is StageState.HELD:
            await book.write(StageReleased(stage=name, by="runner"))
        elif stage.state is not StageState.PENDING:
            await book.write(StageReset(stage=name, reason=words, by="runner"))
        relative = str(stray.folder.path.relative_to(self.runner.folder.path))
        await book.write(
            AttemptStarting(
                stage=name,
                attempt=stray.number,
                folder=relative,
                command=stray.spec.command,
                params=dict(stage.info.params),
            )
        )
        stage = book.session.stage(name)
        assert stage is not None
        item = _Open(stage, changed_stage(self.runner.stage(name), stage.changes), stray.folder, visit)
        self.opened.append(item)
        return await self._settle(item)

    async def _settle(self, item: _Open) -> bool:
        name, number = item.stage.name, item.stage.attempt.number if item.stage.attempt is not None else 0
        match item.visit:
            case Adopted(attempt):
                carry = self._carry(item, attempt)
                identity = attempt.stage
                await self.runner.book.write(
                    AttemptAdopted(stage=name, attempt=number, pid=identity.pid if identity is not None else None)
                )
                self.runner.take_up(carry)
                await carry.go_on_stopping()
                await carry.as_found()
                return True
            case Ended(end):
                await self._carry(item, _Gone(item.folder)).end(end)
            case Cancelled():
                await self._carry(item, _Gone(item.folder)).end(None, "the runner died before the command was started")
            case Lost(reason):
                await self._carry(item, _Gone(item.folder)).end(None, reason)
            case Elsewhere(_, reason):
                await self._carry(item, _Gone(item.folder)).end(None, reason)
        await self.runner.ended(name)
        return False

    def _carry(self, item: _Open, launched: Attempt) -> Carry:
        outlook = outlook_for(self.runner, item.stage.name)
        carry = Carry(self.runner.book, item.plan, item.folder, launched, outlook=outlook)
        try:
            carry.intake.go_on()
        except OSError as error:
            log.warning("%s: can't be written: %s", item.folder.readings, error.strerror)
        if item.plan.gpus and isinstance(item.visit, Adopted):
            self.runner.gpus.retake(item.stage.name, item.folder.path)
        return carry


async def recover(runner: Runner, *, force: bool) -> Found:
    """Visit what is open. Raises RefusedError when an attempt may be alive on another host (unless `force`)."""
    session = runner.book.session
    # stages that had ended before this runner came go on when a person resumes a session nobody ran
    found = Found(
        runner, resumes=session.state is not SessionState.CREATED, interrupted=session.state is SessionState.RUNNING
    )
    settled_before = {stage.name for stage in session.stages if stage.state not in ACTIVE}
    for stage in session.stages:
        if stage.name in settled_before or stage.attempt is None:
            continue
        folder = runner.folder.at(stage.attempt.folder)
        visit = await _visit(runner, stage.name, stage.attempt.number, folder, force=force)
        found.opened.append(_Open(stage, changed_stage(runner.stage(stage.name), stage.changes), folder, visit))
    for stray in strays(session, runner.folder):
        found.unknown.append((stray, await _visit(runner, stray.stage, stray.number, stray.folder, force=force)))
    return found


async def _visit(runner: Runner, stage: str, number: int, folder: AttemptFolder, *, force: bool) -> Visit:
    visit = await runner.launcher.adopt(folder.path, force=force)
    if isinstance(visit, Elsewhere) and not force:
        raise RefusedError(f"session {runner.folder.id}: stage {stage}: {visit.reason}; --force takes it over")
    log.info("stage %s attempt %d: %s", stage, number, type(visit).__name__.lower())
    return visit


class _Gone:
    """An attempt that has ended: there is nothing left to signal or to wait for."""

    def __init__(self, folder: AttemptFolder) -> None:
        self.folder = folder.path
        self.stage: Identity | None = None
        self.order: StopOrder | None = None

    async def running(self) -> Identity | None:
        """Nobody."""
        return None

    async def wait(self) -> Exit | None:
        """Ended already."""
        return None

    async def stop(self, signal: int, grace_seconds: float | None, sent_by: str) -> None:
        """Nothing to stop."""

    async def kill(self, sent_by: str) -> None:
        """Nothing to kill."""

    async def freeze(self, timeout: float = 5.0) -> Census:  # noqa: ARG002, ASYNC109  the protocol's form
        """Nothing to freeze."""
        raise RefusedError("the attempt has ended")

    async def thaw(self, timeout: float = 5.0) -> Census:  # noqa: ARG002, ASYNC109  the protocol's form
        """Nothing to thaw."""
        raise RefusedError("the attempt has ended")

    def signal(self, number: int) -> bool:  # noqa: ARG002  the protocol's form
        """Nobody to signal."""
        return False

    def tree(self) -> list[Member]:
        """Nobody."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""
