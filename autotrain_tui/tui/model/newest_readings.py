"""One metric's readings over the whole session, stage by stage, as figures: its range, and the newest ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Series

__all__ = ["MetricReadings", "PlacedReading"]


class PlacedReading(NamedTuple):
    """A point: seconds of running time in its stage, its place where it has one, and the difference to the one before,
    None for a stage's first.
    """

    time: float
    step: float | None
    epoch: float | None
    value: float
    change: float | None


class MetricReadings(msgspec.Struct, frozen=True):
    """A metric's points: those of each stage that has any, the latest stage first.

    `colour` is a token; `goal`: max, min, or empty where neither is better.
    """

    name: str
    colour: str
    goal: str
    stages: tuple[tuple[str, Series], ...]

    @property
    def count(self) -> int:
        """How many points there are."""
        return sum(len(series) for _, series in self.stages)

    @property
    def figures(self) -> dict[str, float]:
        """The first, the lowest and the highest value; empty if there is none."""
        if not self.stages:
            return {}
        lows = [value for _, series in self.stages if (value := series.low) is not None]
        highs = [value for _, series in self.stages if (value := series.high) is not None]
        return {"first": self.stages[-1][1].ys[0], "lowest": min(lows), "highest": max(highs)}

    @property
    def places(self) -> set[str]:
        """Which of `step` and `epoch` the points have, at least in one stage."""
        found = [series.place(len(series) - 1) for _, series in self.stages]
        return {
            name for place in found for name, known in zip(("step", "epoch"), place, strict=True) if known is not None
        }

    def newest(self, stage: int, most: int) -> list[PlacedReading]:
        """The newest points of one of `stages`, the last one first, at most `most`."""
        series = self.stages[stage][1]
        end = len(series)
        return [
            PlacedReading(
                series.ts[at], *series.place(at), series.ys[at], series.ys[at] - series.ys[at - 1] if at else None
            )
            for at in range(end - 1, max(-1, end - 1 - most), -1)
        ]
