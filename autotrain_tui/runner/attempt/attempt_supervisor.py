"""One attempt, supervised from its start (or its adoption) to its journaled end.

An `AttemptSupervisor` owns no process: the shim does. It reads what the attempt writes, watches the limits a person
gave, passes requests on to the launcher, and decides what the end means.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec.structs import asdict, replace

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.attempt.attempt_control import AttemptControl
from autotrain_tui.runner.attempt.attempt_watch import AttemptWatch
from autotrain_tui.runner.attempt.doubts import OutputEnd
from autotrain_tui.runner.attempt.first_failure import first_failure
from autotrain_tui.runner.attempt.journaled_attempt import JournaledAttempt
from autotrain_tui.runner.attempt.outcome import (
    AttemptEvidence,
    decide_outcome,
    log_tail,
    oom_kills,
    saves_when_asked,
    tail_lines,
)
from autotrain_tui.runner.attempt.passed_best import passed_best
from autotrain_tui.runner.attempt.progress_monitor import ProgressMonitor
from autotrain_tui.runner.attempt.queue_watch import watch_queue
from autotrain_tui.runner.attempt.rung_watch import RungWatch
from autotrain_tui.runner.attempt.saved_checkpoint import saved_checkpoint
from autotrain_tui.runner.attempt.usage_meter import UsageMeter
from autotrain_tui.runner.attempt.whole_readings import start_reading_again
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.launchers import LaunchedAttempt
from autotrain_tui.runner.launchers.exit_record import not_believed
from autotrain_tui.session.journal.events import Alert, AttemptCorrected, AttemptRunning
from autotrain_tui.session.journal.state import Pausing, Stopping
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.heartbeat import Live
from autotrain_tui.session.records.process_identity import Identity

__all__ = ["AttemptSupervisor"]

log = logging.getLogger(__name__)


class AttemptSupervisor:
    """Supervises one attempt; `run()` returns when its end is journaled. `control` takes requests."""

    def __init__(
        self,
        state: JournaledState,
        plan: PlanStage,
        folder: AttemptFolder,
        launched: LaunchedAttempt,
        *,
        monitor: ProgressMonitor,
    ) -> None:
        self.plan, self.folder, self.launched = plan, folder, launched
        self.journaled = JournaledAttempt(state, plan.name)
        self.control = AttemptControl(self.journaled, plan, launched)
        self._monitor = monitor
        self._watch = AttemptWatch(self.journaled, plan, folder, launched, monitor)
        self._oom_before = oom_kills()
        self.usage = UsageMeter(plan.gpu_memory_bytes)
        """What it takes of the machine, as far as it was sampled."""

    @property
    def process(self) -> Identity | None:
        """The command's own process; None until it is known."""
        return self.launched.stage

    @property
    def rungs(self) -> RungWatch | None:
        """How far it has come, if it is a trial."""
        return self._monitor.rungs

    def live(self) -> Live:
        """Its figures for the heartbeat."""
        output = self._watch.output
        return self._monitor.live(
            self.journaled.attempt.number,
            self.journaled.elapsed(),
            output.last,
            log_bytes=output.log_bytes,
            message=self._message(),
        )

    def _message(self) -> str:
        for text in (self._watch.unkillable.text, self.launched.unread.text, self._watch.unread.text):
            if text:
                return text
        match self.journaled.stage.status:
            case Pausing(since_mono=since) if time.monotonic() - since > self.plan.stop.grace_seconds:
                return "still saving"
            case _:
                return ""

    async def continue_reading(self) -> None:
        """After a restart of the runner: continue reading where the former one's record ends.

        Where that is must be known: what was read already would be recorded twice. It is asked for until it is known.
        """
        with contextlib.suppress(OSError):  # peaks that no file tells any more
            gauges, since = self.folder.path.parents[2] / "gauges.jsonl", from_iso(self.journaled.attempt.started)
            await asyncio.to_thread(self.usage.restore, gauges, self.plan.name, since or 0.0)

        async def go_on() -> None:
            self._watch.output.go_on()

        try:
            await self._watch.until_read(go_on)
        except OSError as error:  # no file of readings at all: a folder, a full disk
            log.warning("%s: can't be used: %s", self.folder.readings, error.strerror)

    async def run(self, on_running: Callable[[Identity], None]) -> None:
        """Supervise it to its end; `on_running` gets the command's process once that is known."""
        running = (self._watch.run, self._watch.read_files, self._limit_time, self._watch.limit_log)
        watchers = [asyncio.create_task(self._out_of_queue(watch)) for watch in running]
        watchers.append(asyncio.create_task(watch_queue(self.journaled, self.launched)))
        try:
            identity = await self.launched.running()
            if identity is not None:
                on_running(identity)
                await self._journal_running(identity)
            end = await self.launched.wait()
        finally:
            self.control.ended.set()
            for watcher in watchers:
                watcher.cancel()
            for watcher in watchers:
                with contextlib.suppress(asyncio.CancelledError):
                    await watcher
        await self.end(end)

    async def _out_of_queue(self, watch: Callable[[], Awaitable[None]]) -> None:
        """Watch once it waits in no queue: until then it writes nothing, and its time stands."""
        if self.launched.waiting:
            await self.launched.running()
        await watch()

    async def _journal_running(self, identity: Identity) -> None:
        if self.journaled.stage.state is StageState.STARTING:
            await self.journaled.write(
                AttemptRunning(
                    stage=self.plan.name,
                    attempt=self.journaled.attempt.number,
                    pid=identity.pid,
                    start_time=identity.start_time,
                    place=self.launched.place,
                    job=self.launched.job or "",
                )
            )

    async def end(self, end: Exit | None, why_lost: str = "", *, corrects: bool = False) -> None:
        """Read what is left and journal the end. `why_lost` is the reason if its exit status is unknown.

        `corrects`: the attempt was journaled as lost, and this is how it ended.
        """
        await self._watch.finish(exit_known=end is not None)
        await self.journaled.recorded()  # what the end means depends on who requested it
        event = decide_outcome(await self._watch.until_read(lambda: self._evidence(end, why_lost)))
        if self.journaled.stage.state is StageState.STARTING and event.state in ("paused", "skipped"):
            event = replace(event, state="stopped")
        if event.state == "paused" and self.journaled.search_is_decided:
            event = replace(event, state="stopped")
        best_step, best_epoch = self._monitor.best_at if event.best is not None else (None, None)
        event = replace(
            event,
            progress=self._monitor.progress(self.journaled.elapsed()),
            ranges=self._monitor.ranges,
            places=self._monitor.places,
            usage=self.usage.usage(end),
            best_step=best_step,
            best_epoch=best_epoch,
            past_best=await passed_best(self._monitor, self.journaled.attempt, self.folder)
            if event.state in ("succeeded", "failed", "stopped")
            else None,
        )
        for name in not_believed(self.folder.path):
            self.journaled.alert("records", f"an exit record was not believed: {name}")
        for doubt in event.doubts:
            await self.journaled.write_once(Alert(kind=doubt.kind, stage=self.plan.name, text=doubt.text))
        await self.journaled.write(AttemptCorrected(**asdict(event)) if corrects else event)
        try:
            self._watch.output.close()
        except OSError as error:
            log.warning("%s: can't be written: %s", self.folder.readings, error.strerror)
        if skipped := self._watch.output.skipped_bytes:
            patterns = [(pattern.name, pattern.pattern) for pattern in self.plan.metrics]
            start_reading_again(self.folder, self._watch.output.path, patterns, skipped)
        self.launched.close()

    async def _evidence(self, end: Exit | None, why_lost: str) -> AttemptEvidence:
        """All that is known of the end. Raises OSError if a part of it could not be read now."""
        output = self._watch.output
        result, result_trouble = output.result()
        self._monitor.see_result(result)
        await self._watch.choose_headline(ended=True)
        attempt, saved = self.journaled.attempt, None
        clean = end is not None and end.exit_code == 0
        killed, before = (None, None) if clean or attempt.launcher != "local" else (oom_kills(), self._oom_before)
        if saves_when_asked(self.plan, attempt):
            saved = await saved_checkpoint(self.folder, self._ordered())
        failure = first_failure(self.folder) if self.plan.distributed is not None else None
        return AttemptEvidence(
            plan=self.plan,
            attempt=attempt,
            end=end,
            output=self._output_end(self._watch.output.path if failure is None else self.folder.rank_log(failure.rank)),
            saved=saved,
            first_failure=failure,
            result=result,
            result_trouble=result_trouble,
            last=output.last,
            best=self._monitor.best,
            not_finite=output.not_finite,
            oom_kills=max(0, killed - before) if killed is not None and before is not None else 0,
            why_lost=why_lost,
            why_requested=self.journaled.stage.reason,
        )

    def _output_end(self, path: Path) -> OutputEnd:
        tail, shown = log_tail(path), self._monitor.shown
        try:
            shown.look_closer(tail, LogReader([(pattern.name, pattern.pattern) for pattern in self.plan.metrics]))
        except Exception:  # a bug in a reader must not cost the attempt's end
            log.exception("%s: the log's end could not be read", path)
        return OutputEnd(tail_lines(tail), shown, self._watch.trained_on)

    def _ordered(self) -> str:
        """When the journal has the order to end, UTC ISO 8601; empty if there is none."""
        match self.journaled.stage.status:
            case Pausing(since=since) | Stopping(since=since):
                return since
            case _:
                return ""

    async def _limit_time(self) -> None:
        """End the attempt when it runs past the limit a person gave; frozen time doesn't count."""
        limit = self.journaled.attempt.timeout_seconds
        if limit is None:
            return
        while (left := limit - self.journaled.elapsed()) > 0:  # noqa: ASYNC110  the clock is what is waited for
            await asyncio.sleep(min(left, 5.0) if self.journaled.stage.state is not StageState.FROZEN else 1.0)
        if self.journaled.attempt.intent is None:
            await self.control.request_end("timeout", f"ran longer than its limit of {limit / 60:g} min", by="runner")
