"""The errors and warnings of a whole log: counted in the background, for the frame and for the ruler."""

from __future__ import annotations

import time

from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.block_counts import BLOCK
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import ErrorQuery, WarningQuery
from autotrain_tui.logs.scanner import LineScan

__all__ = ["LogIssues"]

_LARGEST = 64 * 1024 * 1024
"""Bytes of a log up to which it is read for this alone."""
_APART = 1.0
"""Seconds between two looks at a log that grows."""
_EXACT_BLOCKS = 8
"""Blocks of a log up to which each line has its own place on the ruler."""
_SIGNS = (("warning", "warning"), ("error", "error"))
"""The scans and their colour tokens; errors are drawn over warnings."""


class LogIssues:
    """Counts what `e` would find, and warnings. The owner calls `poll` while it is `busy`."""

    def __init__(self, file: LogFile, background: BackgroundWorker) -> None:
        self._file, self._background = file, background
        near = file.size
        self._scans = {"error": LineScan(file, ErrorQuery(), near), "warning": LineScan(file, WarningQuery(), near)}
        self._polled = 0.0
        self._places: list[tuple[int, str]] = []
        self._totals: list[int] = []
        """How many there were when their places were found."""

    @property
    def wanted(self) -> bool:
        """Whether the log is small enough to be read for this."""
        return 0 < self._file.size - self._file.first <= _LARGEST

    @property
    def busy(self) -> bool:
        """Is there more to read?"""
        return self.wanted and any(not scan.complete for scan in self._scans.values())

    def poll(self) -> None:
        """Go on with what is new; once a second, so that a flood costs no more than a log that grows by a line."""
        now = time.monotonic()
        if not self.wanted or now - self._polled < _APART:
            return
        self._polled = now
        for scan in self._scans.values():
            if not scan.complete:
                self._background.add(scan)

    def close(self) -> None:
        """Give it up."""
        for scan in self._scans.values():
            self._background.remove(scan)

    def words(self) -> list[str]:
        """What there is: `3 errors`, `40 warnings`."""
        counts = [(name, self._scans[name].total) for name in ("error", "warning")]
        return [f"{count:,} {name}{'s' * (count != 1)}" for name, count in counts if count]

    def rows(self, height: int) -> dict[int, str]:
        """The rows of a bar of `height` rows beside which they are, with their colour tokens."""
        totals = [scan.total for scan in self._scans.values()]
        if totals != self._totals:
            self._totals = totals
            self._places = [(place, token) for name, token in _SIGNS for place in self._places_of(self._scans[name])]
        first, size = self._file.first, max(1, self._file.size - self._file.first)
        return {min(height - 1, max(0, place - first) * height // size): token for place, token in self._places}

    def _places_of(self, scan: LineScan) -> list[int]:
        """The places of the lines, or of the blocks that have any."""
        if not scan.total:
            return []
        every = range(-(-self._file.size // BLOCK))
        blocks = [block for block in every if scan.density(block) > 0]
        if len(every) <= _EXACT_BLOCKS:
            return [place for block in blocks for place in scan.lines_in(block)]
        return [block * BLOCK for block in blocks]
