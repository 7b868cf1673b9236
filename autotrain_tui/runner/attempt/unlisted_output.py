"""Tells a person once that metrics stand in a file which the plan does not name, when none were printed for long."""

from __future__ import annotations

import asyncio
from pathlib import Path

from autotrain_tui.metrics.files.unlisted_files import UnlistedFiles, pattern_for
from autotrain_tui.session.records.attempt_files import Spec, read_record
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.text.format import clock

__all__ = ["SILENT_SECONDS", "UnlistedOutput"]

SILENT_SECONDS = 600.0
"""Running seconds without a metric after which files are looked for."""

_EVERY_SECONDS = 60.0


class UnlistedOutput:
    """Watches one attempt whose plan names no files."""

    def __init__(self, attempt: AttemptFolder) -> None:
        self._attempt = attempt
        self._heard = self._looked = 0.0
        self._files: UnlistedFiles | None = None
        self._told = False

    def heard(self, now: float) -> None:
        """A metric was read at `now` running seconds."""
        self._heard, self._files = now, None

    async def look(self, now: float) -> str:
        """The sentence for a person, once; empty otherwise."""
        if self._told or now - self._heard < SILENT_SECONDS or (self._files and now - self._looked < _EVERY_SECONDS):
            return ""
        if self._files is None:
            spec = read_record(self._attempt.path, Spec).record
            if spec is None:
                return ""
            self._files = UnlistedFiles(Path(spec.cwd), self._attempt.path.parents[3])
        self._looked = now
        path = await asyncio.to_thread(self._files.look)
        if not path:
            return ""
        self._told = True
        return (
            f"no metric was printed for {clock(now - self._heard)}, but {path} grows: "
            f'metric_files = ["{pattern_for(path)}"] in the plan reads it'
        )
