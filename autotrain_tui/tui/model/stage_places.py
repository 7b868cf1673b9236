"""Where each stage of a session lies on a chart's x axis: one after the other; over each other if they ran at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text.sanitize import sanitize

__all__ = ["StagePlace", "stage_borders", "stage_places"]

_AT_ONCE = 1.0
"""Seconds that two stages must run at once: one may start while the end of another is still written down."""


class StagePlace(msgspec.Struct, frozen=True):
    """A stage's place. Its own first `lead` is left out: what it has at `lead` lies at `start`.

    `lane` is 0 for a stage that ran alone; of stages that ran at once each has another one.
    """

    stage: Stage
    start: float
    lead: float
    lane: int

    @property
    def origin(self) -> float:
        """Where the stage's own zero would lie."""
        return self.start - self.lead


class _Lane(msgspec.Struct, frozen=True):
    """A stage that may still run when the next one starts."""

    place: StagePlace
    runs: tuple[tuple[float, float], ...]
    """When each attempt began and ended, by the clock."""

    def seconds_at(self, moment: float) -> float:
        """Its running time at a moment by the clock."""
        return sum(max(0.0, min(end, moment) - begin) for begin, end in self.runs)

    @property
    def end(self) -> float:
        return self.runs[-1][1]


def stage_places(
    view: View, *, by_time: bool, extent: Callable[[Stage], float], lead: Callable[[Stage], float]
) -> list[StagePlace]:
    """The places of all stages and trials that have run, in the order of their starts.

    `extent` is how far a stage has come on the axis, `lead` what to leave out of its start.
    """
    places: list[StagePlace] = []
    active: list[_Lane] = []
    searches: dict[str, float] = {}
    free = 0.0
    for stage in _begun(view):
        if stage.info.sweep:  # all trials of a search begin at one place, to be compared
            start, left_out = searches.setdefault(stage.info.sweep, free), lead(stage)
            places.append(StagePlace(stage, start, left_out, 0))
            free = max(free, start + extent(stage) - left_out)
            continue
        runs = tuple(_runs(stage, view.mono))
        active = [lane for lane in active if lane.end > runs[0][0] + _AT_ONCE]
        start, left_out = free, lead(stage)
        if active:
            first = active[0]
            into = max(0.0, first.seconds_at(runs[0][0]) - first.place.lead) if by_time else 0.0
            start = first.place.start + into
        taken = {lane.place.lane for lane in active}
        place = StagePlace(
            stage, start, left_out, next(number for number in range(len(taken) + 1) if number not in taken)
        )
        places.append(place)
        active.append(_Lane(place, runs))
        free = max(free, start + extent(stage) - left_out)
    return places


def stage_borders(places: Sequence[StagePlace]) -> tuple[tuple[float, str], ...]:
    """Where each stage begins on x, and its label; a search begins once, with its first trial."""
    found: dict[str, tuple[float, str]] = {}
    for place in places:
        name = place.stage.info.sweep or place.stage.name
        found.setdefault(name, (place.start, f"{place.stage.info.index} {sanitize(name)}"))
    return tuple(found.values())


def _begun(view: View) -> list[Stage]:
    """The stages that have run, in the order they were started."""
    begun = (stage for stage in view.session.every_stage if stage.attempts)
    return sorted(begun, key=lambda stage: stage.attempts[0].started)


def _runs(stage: Stage, mono: float) -> list[tuple[float, float]]:
    """When each attempt began and ended, by the clock; time in which it was frozen counts as not run."""
    begins = [from_iso(attempt.started) or 0.0 for attempt in stage.attempts]
    return [(begin, begin + attempt.elapsed(mono)) for begin, attempt in zip(begins, stage.attempts, strict=True)]
