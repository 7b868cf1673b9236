"""What a tracker's code offers to the follower, and what it is given. Packages add trackers of their own by it.

A target is called by one thread of a process of its own. Whatever it raises, training goes on: TargetDownError is
tried again for as long as it takes, TargetRefusedError is said and what was refused is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from autotrain_tui.plan.model import Scalar
from autotrain_tui.trackers.run_facts import Facts

__all__ = ["Batch", "MetricPoints", "Place", "Target", "TargetDownError", "TargetRefusedError", "TrackedRun"]


class TargetDownError(Exception):
    """The tracker did not take it and may take it later; the text is one sentence without a secret."""


class TargetRefusedError(Exception):
    """The tracker will never take it as it is; the text is one sentence without a secret."""


class MetricPoints(NamedTuple):
    """Points of one metric that one attempt contributes to its run; steps grow."""

    name: str
    steps: Sequence[int]
    wall_times: Sequence[float]
    """Unix seconds."""
    values: Sequence[float]
    """May be infinite or no number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session's numbers go: `settings` as the plan or the command line has them."""

    session: str
    folder: Path
    """The session's folder."""
    project: str
    """The project's folder; relative paths of settings begin there."""
    plan: str
    settings: Mapping[str, Scalar]


@dataclass(slots=True)
class TrackedRun:
    """A run at one of its attempts: the stage, and attempts that resume. A retry from scratch is another run."""

    name: str
    """The stage's name; of a retry from scratch with the number of its first attempt."""
    attempt: int
    resumed: bool
    started: float
    """Unix seconds."""
    ended: float | None
    state: str
    session: Facts
    parameters: Facts
    about: Facts
    """The attempt and how it ended."""
    results: Facts
    memory: dict[str, str] = field(default_factory=dict)
    """Kept over restarts of the follower, and for all attempts of the run: such as the run's id in the tracker."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Points of one attempt, at most as many as the target takes at once.

    `replaces` is the lowest step of points that were sent before and do not count any more, because a resumed attempt
    has repeated them; None if there is none. `counted_from(step)` gives all points from a step on that were sent
    before and still count. A target with the attribute `drops_replaced = True` gets all points from `replaces` on again
    when the whole readings of a flood take the place of the sampled ones; any other only those that it has not got.
    """

    points: Sequence[MetricPoints]
    replaces: int | None
    counted_from: Callable[[int], Sequence[MetricPoints]]


class Target(Protocol):
    """A tracker. Each call may be repeated with the same content after a failure, or by the next process."""

    most_points: int
    """Points in a batch."""

    @property
    def to(self) -> str:
        """Where the numbers go, for people, without a secret."""
        ...

    def begin(self, run: TrackedRun) -> None:
        """An attempt of the run has begun."""
        ...

    def send(self, run: TrackedRun, batch: Batch) -> None:
        """More points of the run's attempt."""
        ...

    def end(self, run: TrackedRun) -> None:
        """The attempt has ended and all its points were sent."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...
