"""Where an attempt's metrics are read from: its log, or the logs of its ranks."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.attempt.read_pace import ReadPace
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.read_file import could_not_ask

__all__ = ["RankOutput", "main_log", "other_ranks"]


def main_log(plan: PlanStage, folder: AttemptFolder) -> Path:
    """The log that metrics and progress are read from first: the rank's that the plan names, else rank 0's."""
    settings = plan.distributed
    if settings is None or settings.engine == "none":
        return folder.log  # a program that starts its own ranks prints in its log, too
    return folder.rank_log(0 if settings.metrics_from == "all" else int(settings.metrics_from))


def other_ranks(plan: PlanStage, folder: AttemptFolder, patterns: list[tuple[str, str]]) -> list[RankOutput]:
    """The further logs that metrics are read from: with `all` those of ranks from 1 on, as `rank1/loss`."""
    settings = plan.distributed
    if settings is None:
        return []
    found = []
    if settings.engine == "none":
        first = 0 if settings.metrics_from == "all" else int(settings.metrics_from)
        found.append(RankOutput(folder.rank_log(first), patterns, ""))
    if settings.metrics_from == "all":
        found += [RankOutput(folder.rank_log(rank), patterns, f"rank{rank}/") for rank in range(1, plan.ranks)]
    return found


class RankOutput:
    """The readings of one more log; progress and values that are not finite are those of the main log."""

    def __init__(self, path: Path, patterns: list[tuple[str, str]], prefix: str) -> None:
        self._path, self._prefix, self._offset = path, prefix, 0
        self._reader = LogReader(patterns)
        self._pace = ReadPace()

    def skip_to_end(self) -> None:
        """After a restart of the runner: what is there already was read by the former one.

        Raises OSError if how much that is can't be told now: read from the start it would be recorded twice.
        """
        try:
            self._offset = self._path.stat().st_size
        except OSError as error:
            if could_not_ask(error, self._path):
                raise
            # else the rank has not started

    def take(self, *, last: bool = False) -> list[Reading]:
        """What is new, or a sample of it; `last`: the attempt has ended, all that is left of the last 4 MiB.

        Raises OSError if that can't be read now: call it again.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            if could_not_ask(error, self._path):
                raise
            return []
        try:
            size = os.fstat(descriptor).st_size
            start, most = self._pace.next(size, self._offset)
            if start > self._offset:
                self._reader.skip(start - self._offset)
            block = os.pread(descriptor, max(0, size - start) if last else most, start)
        finally:
            os.close(descriptor)
        self._offset = start + len(block)
        events = self._reader.feed(block) + (self._reader.finish() if last else [])
        return [replace(event, name=self._prefix + event.name) for event in events if isinstance(event, Reading)]
