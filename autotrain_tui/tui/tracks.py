"""A session's metrics as curves: every attempt's readings, read on as they grow, on one axis of running time.

x is seconds of running time: stages stand one after the other, pauses are left out; a resumed attempt goes on where its
checkpoint was (`metrics.curves`).
"""

from __future__ import annotations

import asyncio

from autotrain_tui import figures
from autotrain_tui.errors import RecordsError
from autotrain_tui.metrics.curves import StageCurves
from autotrain_tui.metrics.readings import ReadingsTail
from autotrain_tui.session.report import best_of
from autotrain_tui.session.state import Stage
from autotrain_tui.session.view import View
from autotrain_tui.tui.widgets.curve import Picture, Track
from autotrain_tui.tui.words import clean

__all__ = ["SessionTracks"]


class _StageTail:
    """One stage's attempts, read in order as far as they go. An attempt that has ended is read once more, then left."""

    def __init__(self) -> None:
        self.curves = StageCurves()
        self._tail: ReadingsTail | None = None
        self._attempt = 0
        self._ended = False

    async def read(self, view: View, stage: Stage) -> bool:
        """Read what is new, decoding in a thread; whether there was anything."""
        changed = False
        for attempt in stage.attempts:
            if attempt.number < self._attempt or (attempt.number == self._attempt and self._ended):
                continue
            if attempt.number > self._attempt:
                try:
                    self._tail = ReadingsTail(view.folder.at(attempt.folder).readings)
                except RecordsError:
                    continue
                self._attempt = attempt.number
                self.curves.begin_attempt()
            self._ended = attempt.end is not None
            if self._tail is not None:
                blocks = self._tail.columns()
                while (columns := await asyncio.to_thread(next, blocks, None)) is not None:
                    self.curves.extend_columns(columns)
                    changed = True
        return changed


class SessionTracks:
    """All stages' curves of one session. Files are read in a thread; what is drawn changes only in the event loop."""

    def __init__(self) -> None:
        self._stages: dict[str, _StageTail] = {}

    async def update(self, view: View) -> bool:
        """Read on; whether anything is new."""
        changed = False
        for stage in view.session.stages:
            if stage.attempts:
                changed = await self._stages.setdefault(stage.name, _StageTail()).read(view, stage) or changed
        return changed

    def names(self, view: View) -> tuple[str, ...]:
        """Every metric there is: the headline first, losses next, the others by name."""
        found = {name for tail in self._stages.values() for name in tail.curves.series}
        headline = view.session.metric_name
        return tuple(sorted(found, key=lambda name: (name != headline, "loss" not in name.lower(), name)))

    def picture(self, view: View, name: str, ink: str = "curve-1") -> Picture:
        """One metric over the whole session."""
        tracks: list[Track] = []
        borders: list[tuple[float, str]] = []
        start = 0.0
        for stage in _begun(view):
            borders.append((start, str(stage.info.index)))
            length = stage.elapsed(view.mono)
            tail = self._stages.get(stage.name)
            series = tail.curves.series.get(name) if tail is not None else None
            if series is not None and len(series):
                tracks.append(Track(series, start, ink))
                length = max(length, series.ts[-1])
            start += length
        return Picture(clean(name), tuple(tracks), tuple(borders), self._facts(view, name, tracks),
                       f"no {clean(name)} yet", start or None)

    @staticmethod
    def _facts(view: View, name: str, tracks: list[Track]) -> str:
        """The last value, and the best or the range."""
        if not tracks:
            return ""
        last = figures.value(tracks[-1].series.last)
        if name == view.session.metric_name:
            best = best_of(view)
            return f"{last} · best {figures.value(best)}" if best is not None else last
        low = min(value for track in tracks if (value := track.series.low) is not None)
        high = max(value for track in tracks if (value := track.series.high) is not None)
        return f"{last} · {figures.value(low)} … {figures.value(high)}"


def _begun(view: View) -> list[Stage]:
    """The stages that have run, in the order they were started."""
    begun = (stage for stage in view.session.stages if stage.attempts)
    return sorted(begun, key=lambda stage: stage.attempts[0].started)
