"""Reads an attempt's log, metric lines and result while it runs, and records the readings.

Reading never slows a stage. A log that grows faster than it can be read is sampled: each metric's last value in a slice
is recorded; but the last 4 MiB of a log are always read in full (DESIGN section 7). The program's own metric lines win
over the same names read from its files, and these over its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from autotrain_tui.logs.open_log import begins_at
from autotrain_tui.metrics.curves.readings_file import ReadingsTail, ReadingsWriter, Row, file_offsets
from autotrain_tui.metrics.curves.sampled_readings import Sampled, sampled_in, write_sampled
from autotrain_tui.metrics.files.metric_files import FileBatch
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.metrics_file import MetricsFileReader
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.metrics.result_file import read_result
from autotrain_tui.runner.attempt.file_output import FileOutput
from autotrain_tui.runner.attempt.file_points import FileEvents
from autotrain_tui.runner.attempt.name_precedence import NamePrecedence
from autotrain_tui.runner.attempt.private_file import make_private
from autotrain_tui.runner.attempt.rank_output import RankOutput
from autotrain_tui.runner.attempt.read_pace import ALWAYS_READ, PER_LOOK, ReadPace
from autotrain_tui.runner.attempt.tail import LostBytes, Tail, read_start
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.read_file import could_not_ask

__all__ = ["OutputReader"]

SLICE = 256 << 10  # bytes read before the event loop runs other tasks
MOST_ROWS = 200_000  # rows kept while they can't be written; more are left in the log until they can

OutputEvent = Reading | Progress | NotFinite


class OutputReader:
    """One attempt's readers. `on_event` gets every event with the attempt's running seconds."""

    def __init__(
        self,
        folder: AttemptFolder,
        patterns: list[tuple[str, str]],
        clock: Callable[[], float],
        on_event: Callable[[OutputEvent, float], None],
        *,
        log: Path | None = None,
        others: Sequence[RankOutput] = (),
        files: FileOutput | None = None,
        foreign: bool = False,
    ) -> None:
        """`log`: where its output is, if not in the attempt's log; `others`, `files`: where more readings come from;
        `foreign`: the log is one that something else writes: all of it is read, and all of it again if it is truncated.
        """
        self.folder = folder
        self._clock = clock
        self._on_event = on_event
        self.path = folder.log if log is None else log
        self._log, self._pace, self._others = Tail(self.path, again=foreign), ReadPace(whole=foreign), others
        self._reader = LogReader(patterns)
        self._metrics = Tail(folder.metrics)
        self._metric_lines = MetricsFileReader()
        self._files = files
        self._names = NamePrecedence(files=files is not None)
        self._file_events = FileEvents(self._names)
        self._file_offsets: dict[int, int] = {}
        """Bytes of each metric file whose readings are in `_rows`."""
        self._writer: ReadingsWriter | None = None
        self._told_before: ReadingsTail | None = None  # the former runner's readings, as far as `go_on` told them
        self._furthest: dict[str, float] = {}
        self._rows: list[Row] = []  # what was read and is not yet on the disk
        self.last: dict[str, float] = {}
        self.not_finite = False
        self.skipped_bytes = 0
        self._flood = False
        """Whether bytes were skipped, and there is still more than one look can read."""
        self._samples: list[slice] = []
        """Rows of sampled slices: they wait until it is known that their slice is not within the last 4 MiB."""
        self._sampled_to = 0  # where in the log the last of these slices ended
        self._recorded = 0
        """Up to which offset of the log its readings were on the disk when last checked."""

    @property
    def log_bytes(self) -> int:
        """The log's size at the last look."""
        return self._log.size

    @property
    def position(self) -> int:
        """How far the log is read, in bytes."""
        return self._log.offset

    @property
    def behind(self) -> bool:
        """Whether the last look left some of the log unread."""
        return self.position < self._log.size

    def take_lost(self) -> LostBytes | None:
        """What others removed of the log since the last call; None: it is whole."""
        return self._log.take_lost()

    def may_drop(self, size: int) -> int:
        """Bytes before this offset are recorded, or in a part of a log of `size` bytes that is only sampled."""
        self._log.size = max(self._log.size, size)
        self._thin()
        if size - self._log.offset > ALWAYS_READ + PER_LOOK:
            self._jump(size - ALWAYS_READ)
        if not self._rows:
            self._recorded = self._log.offset - self._reader.waiting
        return self._recorded

    def go_on(self) -> None:
        """After a restart of the runner: continue exactly where the former one's record ends, or where the log begins
        now. Raises OSError if a file can't be read or opened: it can be called again, and tells nothing twice.
        """
        self._let_go()
        for other in self._others:
            other.skip_to_end()  # first: where it can't be asked, all of this is called again
        writer = self._writer = ReadingsWriter(self.folder.readings)
        begin = MetricsFileReader().feed(read_start(self.folder.metrics, min(SLICE, writer.mark[1])))
        self.skipped_bytes = found.skipped_bytes if (found := sampled_in(self.folder.path)) is not None else 0
        self._log.offset, self._metrics.offset = writer.mark
        self._log.offset = self._recorded = max(self._log.offset, begins_at(self.path))
        self._told_before = self._told_before or ReadingsTail(self.folder.readings, insists=True)
        for when, name, value, step, epoch in self._told_before.rows():
            self.last[name] = value
            if step is not None:
                self._furthest[name] = float(step)
            self._on_event(Reading(name, value, step, epoch), when)
        own = {event.name for event in begin if isinstance(event, Reading)}
        self._names.restore(own, self._files.names if self._files is not None else set())
        if self._files is not None:
            self._files.restore(file_offsets(self.folder.readings), self._furthest)

    async def look(self) -> bool:
        """Read what is new, up to a limit; True if there was anything. Raises OSError if the readings can't be written
        (full disk): they are kept until they can.
        """
        if not self._samples or len(self._rows) > MOST_ROWS:
            self._samples = []
            self._flush()
        if len(self._rows) > MOST_ROWS:
            return False
        news = await self._take_metrics()
        await self._take_others()
        return await self._take_log() or news

    async def finish(self) -> None:
        """The attempt has ended: read everything that is left, the last 4 MiB of the log whole; then `close`.

        Raises OSError if that can't be read now: call it again.
        """
        await self._take_metrics()
        self._record(self._metric_lines.finish(), own=True)
        await self._take_others(last=True)
        while await self._take_log(last=True):
            pass
        self._record(self._reader.finish(), own=False)

    def result(self) -> tuple[dict[str, float] | None, str]:
        """The result file's numbers, or None and why not ("" when there simply is none).

        Raises OSError if the file could not be read now: whether the attempt has a result is unknown then.
        """
        try:
            return read_result(self.folder.result)
        except OSError as error:
            if could_not_ask(error, self.folder.result):
                raise
            return None, f"{self.folder.result.name}: {error.strerror}"

    def close(self) -> None:
        """Write the remaining readings and close readings.jsonl. Raises OSError."""
        for path in (self.folder.result, self.folder.metrics):
            make_private(path)
        try:
            self._flush()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _take_metrics(self) -> bool:
        descriptor = self._metrics.look()
        if descriptor is None:
            return False
        try:
            while block := os.pread(descriptor, SLICE, self._metrics.offset):
                self._metrics.offset += len(block)
                self._record(self._metric_lines.feed(block), own=True)
                await asyncio.sleep(0)
        finally:
            os.close(descriptor)
        return True

    async def _take_others(self, *, last: bool = False) -> None:
        for other in self._others:
            self._record(list(other.take(last=last)), own=False)
            await asyncio.sleep(0)

    async def _take_log(self, *, last: bool = False) -> bool:
        descriptor = self._log.look()
        if descriptor is None:
            return False
        try:
            self._thin()
            start, limit = self._pace.next(self._log.size, self._log.offset)
            if start > self._log.offset:
                self._jump(start)
            self._flood = self._flood and self._log.size - start > PER_LOOK
            if not self._flood:
                self._samples = []
            until = self._log.size if last else start + limit
            while block := os.pread(descriptor, min(SLICE, until - self._log.offset), self._log.offset):
                self._log.offset += len(block)
                self._record(self._reader.feed(block), own=False)
                await asyncio.sleep(0)
        finally:
            os.close(descriptor)
        return self._log.offset > start

    def _thin(self) -> None:
        """Reduce slices that are not within the last 4 MiB to each metric's last value."""
        if not self._samples or self._sampled_to > self._log.size - ALWAYS_READ:
            return
        for rows in reversed(self._samples):
            self._rows[rows] = {row[1]: row for row in self._rows[rows]}.values()
        self._samples = []
        with contextlib.suppress(OSError):  # the next look raises it
            self._flush()

    def _jump(self, offset: int) -> None:
        jump = offset - self._log.offset
        self._reader.skip(jump)
        self._log.offset = offset
        self.skipped_bytes += jump
        if not self._flood:
            write_sampled(self.folder.path, Sampled(self.skipped_bytes))
        self._flood = True

    def _record(self, events: list[OutputEvent], *, own: bool) -> None:
        if not events:
            return
        now, before = round(self._clock(), 3), len(self._rows)
        for event in events:
            if isinstance(event, Reading) and not (
                self._names.takes_own(event) if own else self._names.takes_log(event, now)
            ):
                continue
            if isinstance(event, Progress) and (event.total or event.epochs or event.fraction is not None):
                self._file_events.tell_progress = False
            self._take(event, now)
        if self._flood and not own:
            self._samples.append(slice(before, len(self._rows)))
            self._sampled_to = self._log.offset
        if not self._samples:
            with contextlib.suppress(OSError):  # the next look raises it
                self._flush()

    def take_files(self, batches: Sequence[FileBatch]) -> None:
        """Record what is new in the metric files."""
        for when, event in self._file_events.of(batches, round(self._clock(), 3)):
            self._take(event, when)
        self._file_offsets.update((batch.file, batch.offset) for batch in batches)
        if not self._samples:
            with contextlib.suppress(OSError):  # the next look raises it
                self._flush()

    def _take(self, event: OutputEvent, now: float) -> None:
        if isinstance(event, Reading):
            self.last[event.name] = event.value
            if "loss" in event.name.lower():
                self.not_finite = False
            self._rows.append((now, event.name, event.value, event.step, event.epoch))
        elif isinstance(event, NotFinite) and "loss" in event.name.lower():
            self.not_finite = True
        self._on_event(event, now)

    def _flush(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            self._writer = ReadingsWriter(self.folder.readings)
        self._writer.append(
            self._rows,
            self._log.offset - self._reader.waiting,
            self._metrics.offset - self._metric_lines.waiting,
            self._file_offsets,
        )
        self._rows = []
        self._file_offsets.clear()
