"""Where each stage of a session lies on a chart's x axis: one after the other; over each other if they ran at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text.sanitize import sanitize

if TYPE_CHECKING:
    from autotrain_tui.session.journal.events import StageDefinition

__all__ = ["StageBorders", "StagePlace", "border_starts", "stage_borders", "stage_places"]

_AT_ONCE = 1.0
"""Seconds that two stages must run at once: one may start while the end of another is still written down."""


class StagePlace(msgspec.Struct, frozen=True, gc=False):
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


class StageBorders(Sequence[tuple[float, str]]):
    """Where each stage begins on x, and its label, which is made when it is asked for.

    Every picture of a session has them, and a session may have thousands: 16 bytes each instead of 150.
    """

    __slots__ = ("_stages", "starts")

    def __init__(self, places: Iterable[tuple[float, StageDefinition]]) -> None:
        self.starts = array("d")
        """Where on x."""
        stages: list[StageDefinition] = []
        for start, stage in places:
            self.starts.append(start)
            stages.append(stage)
        self._stages = tuple(stages)

    @overload
    def __getitem__(self, at: int) -> tuple[float, str]: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[tuple[float, str], ...]: ...

    def __getitem__(self, at: int | slice) -> tuple[float, str] | tuple[tuple[float, str], ...]:
        if isinstance(at, slice):
            return tuple(self[place] for place in range(*at.indices(len(self))))
        return self.starts[at], self._label(self._stages[at])

    def __len__(self) -> int:
        return len(self._stages)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StageBorders):
            return NotImplemented
        return self.starts == other.starts and self._stages == other._stages

    def __hash__(self) -> int:
        return hash((len(self), *self.starts[-1:]))

    @staticmethod
    def _label(stage: StageDefinition) -> str:
        return f"{stage.index} {sanitize(stage.sweep or stage.name)}"


def border_starts(borders: Sequence[tuple[float, str]]) -> Iterable[float]:
    """Where they are on x; no label is made for it."""
    return borders.starts if isinstance(borders, StageBorders) else [start for start, _ in borders]


def stage_borders(places: Sequence[StagePlace]) -> StageBorders:
    """Where each stage begins on x, and its label; a search begins once, with its first trial."""
    return StageBorders(_first_of_searches(places))


def _first_of_searches(places: Sequence[StagePlace]) -> Iterator[tuple[float, StageDefinition]]:
    searches: set[str] = set()
    for place in places:
        stage = place.stage.info
        name = stage.sweep or stage.name
        if name in searches:
            continue
        yield place.start, stage
        if stage.sweep or stage.search is not None:
            searches.add(name)


def _begun(view: View) -> list[Stage]:
    """The stages that have run, in the order they were started."""
    begun = (stage for stage in view.session.every_stage if stage.attempts)
    return sorted(begun, key=lambda stage: stage.attempts[0].started)


def _runs(stage: Stage, mono: float) -> list[tuple[float, float]]:
    """When each attempt began and ended, by the clock; time in which it was frozen counts as not run."""
    begins = [from_iso(attempt.started) or 0.0 for attempt in stage.attempts]
    return [(begin, begin + attempt.elapsed(mono)) for begin, attempt in zip(begins, stage.attempts, strict=True)]
