"""The runner: carries one session out. asyncio, the only writer of the journal.

It holds the session's lock, finds out what became of attempts that a former runner left, then starts what the schedule
says, carries each attempt to its end, takes commands, and leaves when the session is over. Killed at any moment, it
leaves files from which the next one goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from dataclasses import replace

from autotrain_tui import __version__
from autotrain_tui.errors import AutotrainError, MachineError, RefusedError
from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.model import Stage as PlanStage
from autotrain_tui.plan.strategies.order import base_of
from autotrain_tui.runner.attempt.attempt_supervisor import Carry
from autotrain_tui.runner.control.handlers import carry_out
from autotrain_tui.runner.control.inbox import Desk, Stale
from autotrain_tui.runner.core.disk_space import DiskGuard, Reserve
from autotrain_tui.runner.core.journaled_state import Book
from autotrain_tui.runner.gpus.allocator import GpuDesk
from autotrain_tui.runner.launchers import Launcher
from autotrain_tui.runner.recovery import recover
from autotrain_tui.runner.schedule.retry_policy import follow_policy, interferes
from autotrain_tui.runner.schedule.scheduler import Steering
from autotrain_tui.runner.services.alert_hook import Herald
from autotrain_tui.runner.services.gauge_recorder import Recording
from autotrain_tui.runner.services.heartbeat_writer import Heart
from autotrain_tui.session.history.documents import classic_bytes
from autotrain_tui.session.journal.events import (
    Alert,
    CommandTaken,
    Event,
    RunnerStarted,
    SessionFinished,
    SessionStopping,
    reset,
)
from autotrain_tui.session.journal.transitions import ACTIVE, IllegalMoveError, Outcome, SessionState, StageState
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.session.records.folder import SessionFolder, replace_file
from autotrain_tui.session.records.heartbeat import Live

__all__ = ["Runner"]

log = logging.getLogger(__name__)


class Runner:
    """One session's runner. `run()` returns the outcome; raises AutotrainError when it can't go on."""

    def __init__(self, folder: SessionFolder, plan: Plan, book: Book, launcher: Launcher, stale: Stale) -> None:
        """`stale`: command files that lay there before this runner had the lock."""
        self.folder, self.plan, self.book, self.launcher = folder, plan, book, launcher
        self.carries: dict[str, Carry] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.begun = asyncio.Event()
        """What a former runner left is taken up: the session is this one's to end."""
        self._wake = asyncio.Event()
        self._stale = stale
        self._disk = DiskGuard(folder.path)
        self._reserve = Reserve(folder.journal, 1 << 20)
        self._crash: BaseException | None = None
        self._loose: set[asyncio.Task[None]] = set()
        self._steering = Steering(self)
        self.gpus = GpuDesk(folder.id)
        self._herald = Herald(plan.on_alert, folder, book.session.project or "/")
        book.changed = self._changed

    def _changed(self, event: Event) -> None:
        self._wake.set()
        self._herald.tell(event)

    def stage(self, name: str) -> PlanStage:
        """The plan's stage of that name, or the one that a strategy's added stage was made from, under its name."""
        base = base_of(self.plan, name)
        found = self.book.session.stage(name)
        if base is None or found is None:
            raise RefusedError(f"there is no stage {name}")
        return (
            base
            if base.name == name
            else replace(base, name=name, index=found.info.index, needs=tuple(found.info.needs))
        )

    @property
    def leaving(self) -> bool:
        """Whether nothing more is to be started: the session is being ended, or something has gone wrong."""
        return self._crash is not None or self.book.session.state is SessionState.STOPPING

    def carry(self, name: str) -> Carry:
        """The carrier of a running stage. RefusedError when there is none."""
        carry = self.carries.get(name)
        if carry is None:
            raise RefusedError(f"stage {name} has no running attempt")
        return carry

    # ---- the session's life --------------------------------------------------------------------------------------

    async def run(self, *, force: bool = False, then: Command | None = None) -> Outcome:
        """Carry the session to its end."""
        await self.book.repaired()
        found = await recover(self, force=force)
        await self.book.write(
            RunnerStarted(
                pid=os.getpid(),
                start_time=identity.start_time(os.getpid()),
                boot_id=identity.boot_id() or "",
                host=identity.host(),
                version=__version__,
            )
        )
        await found.settle()
        # a retry that is refused starts nothing: neither the stage meant nor the others
        if then is None or await self.take(then) or then.verb != "retry":
            await found.go_on()
        self.begun.set()
        desk = Desk(self.folder, self._stale, self.take, self._refused)
        heart = Heart(self.folder, self._figures)
        services = [
            asyncio.create_task(service)
            for service in (
                desk.run(),
                heart.run(),
                self._watch_machine(),
                Recording(self.folder, self.carries, self._alert).run(),
            )
        ]
        for service in services:
            service.add_done_callback(self._service_ended)
        try:
            outcome = await self._drive()
        finally:
            heart.beat()
            for service in services:
                service.cancel()
            await asyncio.gather(*services, return_exceptions=True)
            self._reserve.release()
            self.gpus.close()
            await self._herald.finish()
        return outcome

    def _service_ended(self, task: asyncio.Task[None]) -> None:
        """A service never ends by itself: if one does, that is our own fault and must be seen."""
        if not task.cancelled() and task.exception() is not None:
            self._crash = task.exception()
            self._wake.set()

    async def _drive(self) -> Outcome:
        while True:
            self._wake.clear()
            if self._crash is not None:
                raise self._crash
            following = self._steering.next()
            if following.outcome is not None and not self._tasks:
                return await self._finish(following.outcome, following.reason)
            waits = await self._steering.follow(following)
            if waits is None:
                continue  # something was started: ask at once what else may
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), min(waits, default=None))

    def take_up(self, carry: Carry) -> None:
        """Carry an attempt, just started or adopted, in a task of its own."""
        name = carry.plan.name
        carry.on_alert = self._alert
        carry.on_running = lambda process: self.gpus.bind(name, [process])
        self.carries[name] = carry
        task = asyncio.create_task(self._carry(carry))
        self._tasks[name] = task

    async def _carry(self, carry: Carry) -> None:
        name = carry.plan.name
        try:
            await carry.run()
            await self.ended(name)
        except Exception as error:
            log.exception("carrying stage %s", name)
            self._crash = error
        finally:
            self.gpus.release(name)
            self.carries.pop(name, None)
            self._tasks.pop(name, None)
            self._wake.set()

    async def ended(self, name: str) -> None:
        """What follows an attempt's end: the summary, and a retry that was asked for or is the plan's policy."""
        self.write_summary()
        stage = self.book.session.stage(name)
        if stage is None or stage.attempt is None or self.book.session.state is SessionState.STOPPING:
            return
        if stage.attempt.again is not None and stage.state in (StageState.STOPPED, StageState.FAILED, StageState.LOST):
            await self.book.write(reset(name, stage.attempt.again))
        else:
            await follow_policy(self, stage)
        await self._steering.estimate_again()

    async def _finish(self, outcome: Outcome, reason: str) -> Outcome:
        session = self.book.session
        await self.book.write(
            SessionFinished(
                outcome=outcome.value, reason=reason, elapsed_seconds=round(session.elapsed(time.monotonic()), 3)
            )
        )
        self.write_summary()
        return outcome

    def write_summary(self) -> None:
        """Replace session.json; a disk without room leaves the old one."""
        try:
            replace_file(
                self.folder.summary, classic_bytes(self.book.session, time.monotonic(), self.book.writer.length)
            )
        except OSError as error:
            log.warning("%s: can't be written: %s", self.folder.summary, error.strerror)

    def _figures(self) -> dict[str, Live]:
        return {name: carry.live() for name, carry in self.carries.items()}

    def _alert(self, alert: Alert) -> None:
        """An alert is journaled when its turn comes; whoever found it goes on at once."""
        task = asyncio.create_task(self._on_alert(alert))
        self._loose.add(task)
        task.add_done_callback(self._loose.discard)

    async def _on_alert(self, alert: Alert) -> None:
        await self.book.write(alert)
        await interferes(self, alert)

    # ---- wishes --------------------------------------------------------------------------------------------------

    async def take(self, command: Command) -> bool:
        """Carry a command out and journal its outcome under its id; whether it was accepted."""
        try:
            await carry_out(self, command)
        except (AutotrainError, IllegalMoveError) as error:
            accepted, reason = False, str(error)
        else:
            accepted, reason = True, command.reason
        await self.book.write(
            CommandTaken(
                id=command.id,
                verb=command.verb,
                stage=command.stage,
                accepted=accepted,
                reason=reason,
                by=command.by,
                args=command.args,
            )
        )
        return accepted

    async def _refused(self, name: str, reason: str) -> None:
        await self.book.write(CommandTaken(id=ascii(name)[1:-1][:128], verb="", accepted=False, reason=reason))

    async def stop(self, intent: str, reason: str, by: str) -> None:
        """End the session: cleanly (stop), or now (kill). Waiting stages stay as they are."""
        kill = intent == "kill"
        await self.book.write(SessionStopping(intent="kill" if kill else "stop", reason=reason, by=by))
        for stage in self.book.session.stages:
            carry = self.carries.get(stage.name)
            if carry is None or stage.state not in ACTIVE:
                continue
            with contextlib.suppress(RefusedError):  # it ended in this very moment
                await carry.ask_to_end("kill" if kill else "stop", reason, by)

    # ---- what is around us ---------------------------------------------------------------------------------------

    async def _watch_machine(self) -> None:
        """Notice that the folder was moved or deleted, and that the disk gets full."""
        while True:
            for _ in range(2):  # what is written by path must not come to lie in another's folder
                if not self.book.writer.still_there():
                    raise MachineError(
                        f"{self.folder.path}: was moved or deleted while the session ran; its stages go on, "
                        "nothing more is recorded"
                    )
                await asyncio.sleep(1.0)
            self._reserve.keep(self.book.writer.length)
            self.gpus.keep()
            words = self._disk.look()
            if words is not None:
                self._alert(Alert(kind="disk", text=words))
