"""Watches a run that something else started until it ends, or until whoever looks at it is gone.

How it ends is never guessed: only the process that started a program learns its exit status.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time

from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.plan.model import Metric
from autotrain_tui.runner.attempt.file_output import FileOutput
from autotrain_tui.runner.attempt.journaled_attempt import JournaledAttempt
from autotrain_tui.runner.attempt.output_reader import OutputReader
from autotrain_tui.runner.attempt.progress_monitor import ProgressMonitor
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.services.heartbeat_writer import HeartbeatWriter
from autotrain_tui.runner.watch.begin_session import attempt_folder
from autotrain_tui.runner.watch.log_state import LogState
from autotrain_tui.runner.watch.watched_source import WatchedSource
from autotrain_tui.session.journal.attempt_events import PassedBest
from autotrain_tui.session.journal.events import Alert, AttemptEnded, LogShrunk, MetricChosen, SessionFinished
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.heartbeat import Live
from autotrain_tui.session.records.process_identity import Identity, is_alive

__all__ = ["RunWatch"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
QUIET_SECONDS = 1.0


class RunWatch:
    """One run. `ended` is set by whoever has seen enough."""

    def __init__(
        self, folder: SessionFolder, source: WatchedSource, state: JournaledState, process: Identity | None
    ) -> None:
        self.ended = asyncio.Event()
        self._source, self._state, self._process = source, state, process
        attempt = attempt_folder(folder, source)
        stage = state.session.stages[0]
        self._journaled = JournaledAttempt(state, stage.name)
        self._alerts: set[asyncio.Task[object]] = set()
        self._journaled.on_alert = self._alert
        self._monitor = ProgressMonitor(lambda: _headline(state), stage)
        self._files = FileOutput(attempt, () if source.kind == "log" else ("*",))
        self._log = LogState(source.path) if source.kind == "log" else None
        self._backlog: tuple[int, float] | None = _backlog(source)
        self._reader = OutputReader(
            attempt,
            [],
            self._clock,
            self._take,
            log=None if self._log is None else self._log.path,
            files=self._files if self._log is None else None,
            foreign=True,
        )
        self._heartbeat = HeartbeatWriter(folder, self._live)

    async def run(self) -> None:
        """Watch it to its end, and journal that."""
        beat = asyncio.create_task(self._heartbeat.run())
        try:
            pause = LOOK_SECONDS
            while not self.ended.is_set():
                gone = self._process is not None and not is_alive(self._process)
                grew = await self._look()
                if gone and not grew:
                    break
                pause = LOOK_SECONDS if grew else min(pause * 1.5, QUIET_SECONDS)
                if not self._reader.behind:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self.ended.wait()
            await self._end()
        finally:
            beat.cancel()

    async def _look(self) -> bool:
        grew = False
        try:
            grew = await self._reader.look()
            batches = await self._files.look()
            if batches:
                self._reader.take_files(batches)
            grew = grew or bool(batches)
        except OSError as error:
            self._journaled.alert("watch", f"{self._source.path}: {error.strerror}; it is asked again")
        if self._backlog is not None and not self._reader.behind:
            self._backlog = None
            if self._source.kind == "log" and self._process is None:
                self._monitor.measure_from_here()  # when the lines before were written is not known
        if (lost := self._reader.take_lost()) is not None:
            text = f"{lost.size} bytes of the log were removed or replaced by another process"
            await self._state.write(LogShrunk(stage=self._journaled.name, attempt=1, lost_bytes=lost.size, text=text))
        if self._log is not None and (text := self._log.change()):
            self._journaled.alert("watch", text)
        for text in self._files.troubles():
            self._journaled.alert("watch", text)
        if (metric := self._monitor.choose()) is not None:
            await self._state.write(
                MetricChosen(name=metric.name, goal=metric.goal, chosen=True, reason="a log names none", by="watch")
            )
        for alert in self._monitor.tick(self._journaled.elapsed()):
            self._alert(alert)
        return grew

    async def _end(self) -> None:
        """Read what is left, and journal that the run is not watched any more, or that its process has ended."""
        with contextlib.suppress(OSError):
            if batches := await self._files.look(search=True):
                self._reader.take_files(batches)
            await self._reader.finish()
        if (metric := self._monitor.choose(ended=True)) is not None:
            await self._state.write(
                MetricChosen(name=metric.name, goal=metric.goal, chosen=True, reason="a log names none", by="watch")
            )
        with contextlib.suppress(OSError):
            self._reader.close()
        if self._alerts:
            await asyncio.wait(self._alerts)
        step, epoch = self._monitor.best_at
        found = self._monitor.past_best()
        await self._state.write(
            AttemptEnded(
                stage=self._journaled.name,
                attempt=1,
                state="lost",
                elapsed_seconds=self._journaled.elapsed(),
                reason=self._why_unknown(),
                metrics=dict(self._reader.last),
                best=self._monitor.best,
                best_step=step,
                best_epoch=epoch,
                ranges=self._monitor.ranges,
                places=self._monitor.places,
                progress=self._monitor.progress(self._journaled.elapsed()),
                past_best=None
                if found is None
                else PassedBest(found.name, found.train_name, found.best, found.last, found.text, *found.best_at),
            )
        )
        await self._state.write(SessionFinished(outcome=None, reason="its end is unknown"))

    def _why_unknown(self) -> str:
        if self._process is not None and not is_alive(self._process):
            return f"process {self._process.pid} has ended; its exit status is unknown: only who started it learns it"
        return "it is not watched any more; whether it goes on is unknown"

    def _take(self, event: Reading | Progress | NotFinite, now: float) -> None:
        for alert in self._monitor.feed(event, now):
            self._alert(alert)

    def _alert(self, alert: Alert) -> None:
        task: asyncio.Task[object] = asyncio.create_task(self._journaled.write_once(alert))
        self._alerts.add(task)
        task.add_done_callback(self._alerts.discard)

    def _clock(self) -> float:
        """Running seconds of what is read now; what was there before is spread over the time since the beginning."""
        elapsed = self._journaled.elapsed()
        if self._backlog is None:
            return elapsed
        size, seconds = self._backlog
        return min(elapsed, seconds * min(1.0, self._reader.position / size)) if size else elapsed

    def _live(self) -> dict[str, Live]:
        message = self._log.message if self._log is not None else ""
        return {
            self._journaled.name: self._monitor.live(
                1, self._journaled.elapsed(), self._reader.last, log_bytes=self._reader.log_bytes, message=message
            )
        }


def _headline(state: JournaledState) -> Metric | None:
    session = state.session
    if session.metric_name is None:
        return None
    return Metric(session.metric_name, "max" if session.metric_goal == "max" else "min")


def _backlog(source: WatchedSource) -> tuple[int, float] | None:
    """The bytes that a log has already, and the seconds in which they were written; None for a folder."""
    if source.kind != "log":
        return None
    try:
        return os.stat(source.path).st_size, max(0.0, time.time() - source.began)
    except OSError:
        return None
