"""One attempt, carried from its start (or its adoption) to its journaled end.

A `Carry` owns no process: the shim does. It reads what the attempt says, watches the limits a person gave, passes
wishes on to the launcher, and judges the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal as signals
import time
from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from autotrain_tui.errors import RefusedError
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.plan.model import Stage as PlanStage
from autotrain_tui.runner.attempt.log_limit import LogLimit
from autotrain_tui.runner.attempt.outcome import judge, last_lines, oom_kills
from autotrain_tui.runner.attempt.output_reader import Intake
from autotrain_tui.runner.attempt.progress_monitor import Outlook
from autotrain_tui.runner.attempt.unkillable import Stuck
from autotrain_tui.runner.core.disk_space import Reserve
from autotrain_tui.runner.core.journaled_state import Book
from autotrain_tui.runner.launchers import Attempt as LaunchedAttempt
from autotrain_tui.runner.launchers.exit_record import not_believed
from autotrain_tui.runner.processes.process_scan import Census
from autotrain_tui.session.journal.events import (
    Again,
    Alert,
    AttemptEnded,
    AttemptRunning,
    LogDropped,
    LogShrunk,
    StageFrozen,
    StageStopping,
    StageThawed,
)
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.heartbeat import Live
from autotrain_tui.session.records.process_identity import Identity

__all__ = ["Carry", "Intent"]

log = logging.getLogger(__name__)

Intent = Literal["pause", "stop", "skip", "retry", "timeout", "kill", "policy"]

LOOK_SECONDS = 0.25
"""How often a running attempt's files are looked at while they grow."""

QUIET_SECONDS = 2.0
"""How often at least, while they don't."""


class Carry:
    """Carries one attempt; `run()` returns when its end is journaled."""

    def __init__(
        self, book: Book, plan: PlanStage, folder: AttemptFolder, launched: LaunchedAttempt, *, outlook: Outlook
    ) -> None:
        self.book, self.plan, self.folder, self.launched, self.outlook = book, plan, folder, launched, outlook
        patterns = [(pattern.name, pattern.pattern) for pattern in plan.metrics]
        self.intake = Intake(folder, patterns, self.elapsed, self._found)
        self.on_alert: Callable[[Alert], None] = lambda _alert: None
        self.on_running: Callable[[Identity], None] = lambda _identity: None
        self._oom_before = oom_kills()
        self._reserve = Reserve(folder.log)
        self._log_limit = LogLimit(folder.log, plan.log_limit_mb, self.intake.may_drop)
        self._ended = asyncio.Event()
        self._misread_told = False
        self._stuck = Stuck(plan.linger_seconds)

    # ---- what it is ----------------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """The stage as the journal has it now."""
        stage = self.book.session.stage(self.plan.name)
        assert stage is not None
        return stage

    @property
    def attempt(self) -> Attempt:
        """The attempt as the journal has it now."""
        attempt = self.stage.attempt
        assert attempt is not None
        return attempt

    def elapsed(self) -> float:
        """Running seconds of this attempt, frozen time left out."""
        return self.attempt.elapsed(time.monotonic())

    def live(self) -> Live:
        """Its figures for the heartbeat."""
        return self.outlook.live(
            self.attempt.number,
            self.elapsed(),
            self.intake.last,
            log_bytes=self.intake.log_bytes,
            message=self._message(),
        )

    def _message(self) -> str:
        if self._stuck.words:
            return self._stuck.words
        if self.stage.state is StageState.PAUSING:
            waited = time.monotonic() - getattr(self.stage.status, "since_mono", time.monotonic())
            if waited > self.plan.stop.grace_seconds:
                return "still saving"
        return ""

    def _found(self, event: Reading | Progress | NotFinite, now: float) -> None:
        for alert in self.outlook.feed(event, now):
            self.on_alert(alert)

    # ---- its life ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Carry it to its end."""
        watchers = [
            asyncio.create_task(watch)
            for watch in (self._read(), self._limit(), self._log_limit.run(self._log_dropped, self._log_grows))
        ]
        try:
            identity = await self.launched.running()
            if identity is not None:
                self.on_running(identity)
            if identity is not None and self.stage.state is StageState.STARTING:
                await self.book.write(
                    AttemptRunning(
                        stage=self.plan.name,
                        attempt=self.attempt.number,
                        pid=identity.pid,
                        start_time=identity.start_time,
                    )
                )
            end = await self.launched.wait()
        finally:
            self._ended.set()
            for watcher in watchers:
                watcher.cancel()
            for watcher in watchers:
                with contextlib.suppress(asyncio.CancelledError):
                    await watcher
        await self.end(end)

    async def end(self, end: Exit | None, why_lost: str = "") -> AttemptEnded:
        """Read what is left and journal the end. `why_lost` is the sentence for an end nobody knows."""
        try:
            await self.intake.finish()
        except Exception as error:  # noqa: BLE001  as while it ran
            self._misread(error)
        await self._log_limit.finish(self._log_dropped)
        if end is not None:  # without an exit record something of its tree may still be writing
            self._reserve.release()
        attempt = self.attempt
        lines = last_lines(self.folder.log)
        result, result_trouble = self.intake.result()
        event = judge(
            self.plan,
            attempt,
            end,
            lines=lines,
            result=result,
            result_trouble=result_trouble,
            last=self.intake.last,
            best=self.outlook.best_with(result),
            not_finite=self.intake.not_finite,
            oom_kills=max(0, oom_kills() - self._oom_before),
            why_lost=why_lost,
            why_asked=self.stage.reason,
            policy=(attempt.failure, self.stage.reason) if attempt.failure is not None else None,
        )
        if self.stage.state is StageState.STARTING and event.state in ("paused", "skipped"):
            event = replace(event, state="stopped")
        event = replace(event, progress=self.outlook.progress(self.elapsed()))
        for name in not_believed(self.folder.path):
            self.on_alert(Alert(kind="records", stage=self.plan.name, text=f"an exit record was not believed: {name}"))
        await self.book.write(event)
        try:
            self.intake.close()
        except OSError as error:
            log.warning("%s: can't be written: %s", self.folder.readings, error.strerror)
        self.launched.close()
        return event

    async def _read(self) -> None:
        """Look at its files while it runs."""
        pause = LOOK_SECONDS
        while True:
            try:
                news = await self.intake.look()
                pause = LOOK_SECONDS if news else min(pause * 1.5, QUIET_SECONDS)
                if lost := self.intake.take_lost():
                    await self.book.write(
                        LogShrunk(
                            stage=self.plan.name,
                            attempt=self.attempt.number,
                            lost_bytes=lost,
                            text=f"{lost} bytes of the log were cut away or replaced by others",
                        )
                    )
                self._reserve.keep(self.intake.log_bytes)
                for alert in self.outlook.tick(self.elapsed()):
                    self.on_alert(alert)
                if self._stuck.look(self.launched):
                    self.on_alert(Alert(kind="stuck", stage=self.plan.name, text=self._stuck.words))
            except OSError as error:
                log.warning("%s: can't be read: %s", self.folder.path, error)
            except Exception as error:  # noqa: BLE001  its output is data: whatever a reader makes of it, it is carried on
                self._misread(error)
            await asyncio.sleep(pause)

    async def _log_dropped(self, begins_at: int, limit_mb: float) -> None:
        before = self.attempt.log_begins
        if begins_at != before:
            await self.book.write(
                LogDropped(
                    stage=self.plan.name,
                    attempt=self.attempt.number,
                    begins_at=begins_at,
                    limit_mb=limit_mb,
                    before=before,
                )
            )

    def _log_grows(self, why: str) -> None:
        self.on_alert(Alert(kind="log_limit", stage=self.plan.name, text=why))

    def _misread(self, error: Exception) -> None:
        """A mistake of our own in reading: it may cost figures, never the attempt."""
        log.error("%s: reading failed", self.folder.path, exc_info=error)
        if not self._misread_told:
            self._misread_told = True
            self.on_alert(
                Alert(
                    kind="metrics",
                    stage=self.plan.name,
                    text=f"some of its output could not be read for metrics ({type(error).__name__})",
                )
            )

    async def _limit(self) -> None:
        """End the attempt when it runs past the limit a person gave; frozen time doesn't count."""
        limit = self.attempt.timeout_seconds
        if limit is None:
            return
        while (left := limit - self.elapsed()) > 0:  # noqa: ASYNC110  the clock is what is waited for
            await asyncio.sleep(min(left, 5.0) if self.stage.state is not StageState.FROZEN else 1.0)
        if self.attempt.intent is None:
            await self.ask_to_end("timeout", f"ran longer than its limit of {limit / 60:g} min", by="runner")

    # ---- wishes --------------------------------------------------------------------------------------------------

    async def ask_to_end(
        self,
        intent: Intent,
        reason: str,
        by: str,
        *,
        signal: str | None = None,
        grace: float | None = None,
        again: Again | None = None,
        failure: str | None = None,
    ) -> None:
        """Journal that it is to end, and why; then send the stop signal. Returns when that is sent.

        `again` is the attempt that is to follow (retry), `failure` the class a policy ends it for (nan, stall).
        """
        name = (signal or self.plan.stop.signal).removeprefix("SIG")
        seconds = self.plan.stop.grace_seconds if grace is None else grace
        await self.launched.running()
        if self._ended.is_set():
            raise RefusedError(f"stage {self.plan.name} has just ended")
        await self.book.write(
            StageStopping(
                stage=self.plan.name,
                attempt=self.attempt.number,
                intent=intent,
                signal=name,
                grace_seconds=seconds,
                reason=reason,
                by=by,
                again=again,
                failure=failure,
            )
        )
        if intent == "kill":
            await self.launched.kill(intent)
        else:
            # a pause never kills: it waits until the program has saved
            await self.launched.stop(_number(name), None if intent == "pause" else seconds, intent)

    async def go_on_stopping(self) -> None:
        """After a restart of the runner: what was being stopped goes on being stopped."""
        order = self.launched.order
        intent = self.attempt.intent
        if intent is None:
            return
        if intent == "kill":
            await self.launched.kill(intent)
        elif order is None or not order.sent or order.sent_by != intent:
            grace = None if intent == "pause" else self.plan.stop.grace_seconds
            await self.launched.stop(_number(self.plan.stop.signal), grace, intent)

    async def as_found(self) -> None:
        """After a restart of the runner: one that died while it froze or thawed wrote nothing down of it.

        The command's own process decides: it is the first to be stopped and the last to be woken.
        """
        stage = self.launched.stage
        members = {member.identity: member.state for member in self.launched.tree()}
        if stage is None or stage not in members:
            return
        stopped = members[stage] == "T"
        if self.stage.state is StageState.FROZEN and not stopped:
            await self.thaw("found running")
        elif self.stage.state is StageState.FROZEN and set(members.values()) != {"T"}:
            await self.launched.freeze()
        elif self.stage.state is StageState.RUNNING and stopped:
            await self.freeze("was found stopped", "runner")

    async def freeze(self, reason: str, by: str) -> None:
        """SIGSTOP to its whole tree; answered when all is stopped. RefusedError when not all could be."""
        await self.launched.running()
        census = await self.launched.freeze()
        if self._ended.is_set():
            raise RefusedError(f"stage {self.plan.name} has just ended")
        if census.stubborn:
            await self.launched.thaw()
            raise RefusedError(f"not every process could be stopped: {_not_stopped(census)}; all run again")
        await self.book.write(
            StageFrozen(
                stage=self.plan.name, attempt=self.attempt.number, processes=len(census.members), reason=reason, by=by
            )
        )

    async def thaw(self, by: str) -> None:
        """SIGCONT to its whole tree."""
        await self.launched.thaw()
        await self.book.write(StageThawed(stage=self.plan.name, attempt=self.attempt.number, by=by))

    def checkpoint(self) -> None:
        """Send the checkpoint signal. RefusedError when the plan names none or the process is gone."""
        if self.plan.checkpoint_signal is None:
            raise RefusedError(f"the plan names no checkpoint_signal for stage {self.plan.name}")
        if not self.launched.signal(_number(self.plan.checkpoint_signal)):
            raise RefusedError(f"stage {self.plan.name} has no process to signal")


def _not_stopped(census: Census) -> str:
    return ", ".join(f"{member.pid} ({member.command[:40]}) in state {member.state}" for member in census.stubborn[:3])


def _number(name: str) -> int:
    return int(signals.Signals[f"SIG{name.removeprefix('SIG')}"])
