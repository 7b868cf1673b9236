"""Watches one attempt while it runs: its output, its log's limit, room on the disk, processes that can't be killed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from autotrain_tui.metrics.files.metric_files import FileBatch
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.attempt.file_output import FileOutput
from autotrain_tui.runner.attempt.journaled_attempt import JournaledAttempt
from autotrain_tui.runner.attempt.log_limit import LogLimit
from autotrain_tui.runner.attempt.log_reserve import LogReserve
from autotrain_tui.runner.attempt.output_reader import OutputReader
from autotrain_tui.runner.attempt.progress_monitor import ProgressMonitor
from autotrain_tui.runner.attempt.rank_output import main_log, other_ranks
from autotrain_tui.runner.attempt.rank_restarts import RankRestarts
from autotrain_tui.runner.attempt.unkillable import UnkillableProcess
from autotrain_tui.runner.attempt.unlisted_output import UnlistedOutput
from autotrain_tui.runner.launchers import LaunchedAttempt
from autotrain_tui.session.journal.events import LogDropped, LogShrunk, MetricChosen
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.process_identity import is_alive
from autotrain_tui.session.records.read_file import Unread, could_not_ask

__all__ = ["AttemptWatch"]

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS = 0.25
"""Seconds between two looks at a running attempt's files while they grow."""

RUNG_LOOK_SECONDS = 0.05
"""The same for a trial that runs to a rung: what it trains beyond it is lost."""

ASK_AGAIN = 0.25
"""Seconds until what could not be read is read again."""

RESERVE_AFTER_SECONDS = 0.2
"""Running seconds before room is reserved ahead of its log: for a stage that ends at once, most of its cost."""

QUIET_SECONDS = 2.0
"""Seconds between two looks, at most, while they don't grow."""


class AttemptWatch:
    """Reads what the attempt writes; alerts of truncated logs, stuck processes, and what the monitor finds."""

    def __init__(
        self,
        journaled: JournaledAttempt,
        plan: PlanStage,
        folder: AttemptFolder,
        launched: LaunchedAttempt,
        monitor: ProgressMonitor,
    ) -> None:
        self._outlived = False
        """Whether all that the log held when the command's own process had ended is read."""
        self.trained_on = False
        """Whether metrics or progress came after that: of processes that outlived the command."""

        self._taking_files = False
        """Whether the event is a metric file's: programs write them late."""

        def on_event(event: Reading | Progress | NotFinite, now: float) -> None:
            self.trained_on = self.trained_on or (self._outlived and not self._taking_files)
            if isinstance(event, Reading):
                self._unlisted.heard(now)
            for alert in monitor.feed(event, now):
                journaled.on_alert(alert)

        self._journaled, self._folder, self._launched, self._monitor = journaled, folder, launched, monitor
        self._plan = plan
        patterns = [(pattern.name, pattern.pattern) for pattern in plan.metrics]
        self._files = FileOutput(folder, plan.metric_files)
        self._unlisted = UnlistedOutput(folder)
        self.output = OutputReader(
            folder,
            patterns,
            journaled.elapsed,
            on_event,
            log=main_log(plan, folder),
            others=other_ranks(plan, folder, patterns),
            files=self._files if plan.metric_files else None,
        )
        self._restarts = RankRestarts(folder, plan)
        self.unkillable = UnkillableProcess(plan.linger_seconds)
        self._reserved = LogReserve(plan, folder)
        self._log_limit = LogLimit(self.output.path, plan.log_limit_mb, self.output.may_drop)
        self._failed_reading = False
        self.unread = Unread()
        """What of its output could not be read, and since when."""

    async def run(self) -> None:
        """Watch its files until cancelled."""
        pause = LOOK_SECONDS
        while True:
            try:
                grew = await self._look()
                self.unread.note("")
                rungs = self._monitor.rungs
                if rungs is not None and rungs.runs_to_rung:
                    pause = RUNG_LOOK_SECONDS
                else:
                    pause = LOOK_SECONDS if grew else min(pause * 1.5, QUIET_SECONDS)
            except OSError as error:
                if not self.unread.reason:
                    log.warning("%s: can't be read or written: %s", self._folder.path, error)
                self.unread.note(str(error))
            except Exception as error:  # noqa: BLE001  a bug in a reader must not end the attempt
                self._reading_failed(error)
            self.tell_unread()
            await asyncio.sleep(pause)

    async def read_files(self) -> None:
        """Read the metric files until cancelled; a plan that names none is told of those that grow."""
        pause = LOOK_SECONDS
        while True:
            try:
                if not self._plan.metric_files and (text := await self._unlisted.look(self._journaled.elapsed())):
                    self._journaled.alert("metrics", text)
                batches = await self._files.look()
                self._take_files(batches)
                pause = LOOK_SECONDS if batches else min(pause * 1.5, QUIET_SECONDS)
            except Exception as error:  # noqa: BLE001  a bug in a reader must not end the attempt
                self._reading_failed(error)
            await asyncio.sleep(pause)

    def _take_files(self, batches: Sequence[FileBatch]) -> None:
        self._taking_files = True
        try:
            self.output.take_files(batches)
        finally:
            self._taking_files = False
        for text in self._files.troubles():
            self._journaled.alert("metrics", text)

    async def limit_log(self) -> None:
        """Keep the log near its limit until cancelled."""
        await self._log_limit.run(self._log_dropped, lambda why: self._journaled.alert("log_limit", why))

    async def finish(self, *, exit_known: bool) -> None:
        """Read the rest. `exit_known`: there is an exit record, so no process of its tree writes any more."""
        for read in (self._finish_files, partial(self.until_read, self.output.finish)):
            try:
                await read()
            except Exception as error:  # noqa: BLE001  as while it ran; the log is read whatever the files do
                self._reading_failed(error)
        await self._tell_lost()
        await self._log_limit.finish(self._log_dropped)
        if exit_known:
            self._reserved.release()

    async def _finish_files(self) -> None:
        while batches := await self._files.finish():
            self._take_files(batches)

    async def until_read(self, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` says once it could read; an OSError that says nothing about a file is followed by another try."""
        while True:
            try:
                result = await read()
            except OSError as error:
                if not could_not_ask(error, error.filename or self._folder.path):
                    raise
                self.unread.note(str(error))
                self.tell_unread()
                await asyncio.sleep(ASK_AGAIN)
            else:
                self.unread.note("")
                return result

    def tell_unread(self) -> None:
        """Alert, once each time, of what could not be read for a while."""
        for unread in (self._launched.unread, self.unread):
            if text := unread.new_text():
                self._journaled.alert("records", text)

    async def choose_headline(self, *, ended: bool = False) -> None:
        """Journal a headline metric for a session whose plan names none, once enough was read."""
        metric = self._monitor.choose(ended=ended) if self._journaled.chooses_headline else None
        if metric is not None:
            reason = "the plan names no metric; M on the screen changes it"
            await self._journaled.write(
                MetricChosen(name=metric.name, goal=metric.goal, chosen=True, reason=reason, by="runner")
            )

    async def _look(self) -> bool:
        ended = self._launched.stage is not None and not is_alive(self._launched.stage)
        grew = await self.output.look()
        self._outlived = ended and not self.output.behind
        await self._tell_lost()
        await self.choose_headline()
        elapsed = self._journaled.elapsed()
        if elapsed >= RESERVE_AFTER_SECONDS and self._journaled.attempt.launcher == "local":
            self._reserved.keep()
        for alert in self._monitor.tick(elapsed):
            self._journaled.on_alert(alert)
        if text := self._restarts.look():
            self._journaled.alert("restart", text)
        if self.unkillable.look(self._launched):
            self._journaled.alert("stuck", self.unkillable.text)
        return grew

    async def _tell_lost(self) -> None:
        """Journal that others cut, replaced or removed the log."""
        lost = self.output.take_lost()
        if lost is None:
            return
        size = lost.size
        text = f"{size} bytes of the log were removed or replaced by another process"
        if not lost.has_file:
            text = f"the log was removed by another process, {size} bytes of it were read; what follows is in no file"
        attempt = self._journaled.attempt.number
        event = LogShrunk(stage=self._journaled.name, attempt=attempt, lost_bytes=size, text=text)
        # the attempt's end may cancel this, and nothing else knows of it
        await self._journaled.write_anyway(event, lambda: asyncio.sleep(0))

    async def _log_dropped(self, begins_at: int, limit_mb: float) -> None:
        attempt = self._journaled.attempt
        if begins_at != attempt.log_begins:
            await self._journaled.write(
                LogDropped(
                    stage=self._journaled.name,
                    attempt=attempt.number,
                    begins_at=begins_at,
                    limit_mb=limit_mb,
                    before=attempt.log_begins,
                )
            )

    def _reading_failed(self, error: Exception) -> None:
        """A bug in a reader may lose metrics, never the attempt."""
        log.error("%s: reading failed", self._folder.path, exc_info=error)
        if not self._failed_reading:
            self._failed_reading = True
            text = f"some of its output could not be read for metrics ({type(error).__name__})"
            self._journaled.alert("metrics", text)
