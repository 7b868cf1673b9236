"""One process launch of a stage, as the fold knows it.

A session of thousands of short stages keeps as many of these: what is the same for most of them (how they were
launched, that nothing happened on the way, that they have no numbers) is a record that they share.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Never, TypeVar

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autotrain_tui.session.journal.attempt_end import AttemptEnd
    from autotrain_tui.session.journal.attempt_events import PassedBest, Place
    from autotrain_tui.session.journal.events import Again, Params
    from autotrain_tui.session.journal.transitions import StageState
    from autotrain_tui.session.records.heartbeat import ProgressFigures

__all__ = ["Attempt", "AttemptCourse", "AttemptFigures", "AttemptLaunch", "figures_of", "launch_of"]

V = TypeVar("V")

_EMPTY: Mapping[str, Never] = MappingProxyType({})


class AttemptLaunch(Struct, frozen=True, gc=False):
    """Where and with what an attempt was launched."""

    gpus: tuple[int, ...] = ()
    boot_id: str = ""
    engine: str = ""
    """What starts its ranks; empty if it is one process."""
    ranks: int = 0
    launcher: str = "local"
    output: str = ""
    """The log of a watched run, outside of the session; empty: the attempt's own."""


class AttemptCourse(Struct, frozen=True, gc=False):
    """What happened to an attempt between its start and its end; for most: nothing."""

    intent: str | None = None
    again: Again | None = None
    failure: str | None = None
    frozen_since_mono: float | None = None
    last_freeze_seconds: float = 0.0
    thawed_mono: float | None = None
    log_begins: int = 0
    """Bytes dropped from the head of its log, as journaled; the file may be ahead."""
    log_limit_mb: float | None = None
    """The limit that caused it; None if nothing was dropped."""
    place: str = ""
    """The nodes of a batch job, once it runs."""
    job: str = ""
    """Its number in the batch system, once it runs."""


class AttemptFigures(Struct, frozen=True, gc=False):
    """The numbers that an attempt came to."""

    metrics: Mapping[str, float] = _EMPTY
    best: float | None = None
    best_step: int | None = None
    best_epoch: float | None = None
    ranges: Mapping[str, tuple[float, float]] = _EMPTY
    """Least and greatest value of its quality metrics when it ended."""
    places: Mapping[str, tuple[Place, Place]] = _EMPTY
    """Where these were first reached."""
    past_best: PassedBest | None = None
    """What its curves said when it ended."""


_LAUNCH, _COURSE, _FIGURES = AttemptLaunch(), AttemptCourse(), AttemptFigures()


class Attempt(Struct, frozen=True, gc=False):
    """One process launch of a stage. `run_seconds` and `ticking_since` make its running time, frozen time left out."""

    number: int
    folder: str
    command: tuple[str, ...]
    params: Params
    resume: bool
    started: str
    started_mono: float
    state: StageState
    pid: int | None = None
    end: AttemptEnd | None = None
    timeout_seconds: float | None = None
    run_seconds: float = 0.0
    ticking_since: float | None = None
    progress: ProgressFigures | None = None
    """Its progress when it ended, if known."""
    launch: AttemptLaunch = _LAUNCH
    course: AttemptCourse = _COURSE
    figures: AttemptFigures = _FIGURES

    @property
    def gpus(self) -> tuple[int, ...]:
        """The GPUs that it was given."""
        return self.launch.gpus

    @property
    def boot_id(self) -> str:
        """The boot of the machine in which it was started."""
        return self.launch.boot_id

    @property
    def engine(self) -> str:
        """What starts its ranks; empty if it is one process."""
        return self.launch.engine

    @property
    def ranks(self) -> int:
        """How many; 0 if it is one process."""
        return self.launch.ranks

    @property
    def launcher(self) -> str:
        """What starts it: `local`, `slurm` or `ray`."""
        return self.launch.launcher

    @property
    def output(self) -> str:
        """The log of a watched run, outside of the session; empty: the attempt's own."""
        return self.launch.output

    @property
    def intent(self) -> str | None:
        """What its end was requested for; None if nobody did."""
        return self.course.intent

    @property
    def again(self) -> Again | None:
        """The attempt that is to follow it."""
        return self.course.again

    @property
    def failure(self) -> str | None:
        """The class of failure that its end was requested with."""
        return self.course.failure

    @property
    def frozen_since_mono(self) -> float | None:
        """Since when it is frozen."""
        return self.course.frozen_since_mono

    @property
    def last_freeze_seconds(self) -> float:
        """How long it was frozen last."""
        return self.course.last_freeze_seconds

    @property
    def thawed_mono(self) -> float | None:
        """When it was thawed last."""
        return self.course.thawed_mono

    @property
    def log_begins(self) -> int:
        """Bytes dropped from the head of its log, as journaled; the file may be ahead."""
        return self.course.log_begins

    @property
    def log_limit_mb(self) -> float | None:
        """The limit that caused it; None if nothing was dropped."""
        return self.course.log_limit_mb

    @property
    def place(self) -> str:
        """The nodes of a batch job, once it runs."""
        return self.course.place

    @property
    def job(self) -> str:
        """Its number in the batch system, once it runs."""
        return self.course.job

    @property
    def metrics(self) -> Mapping[str, float]:
        """Its final metrics."""
        return self.figures.metrics

    @property
    def best(self) -> float | None:
        """The best value of the headline metric."""
        return self.figures.best

    @property
    def best_step(self) -> int | None:
        """The step at which it was first reached."""
        return self.figures.best_step

    @property
    def best_epoch(self) -> float | None:
        """The epoch at which it was first reached."""
        return self.figures.best_epoch

    @property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Least and greatest value of its quality metrics when it ended."""
        return self.figures.ranges

    @property
    def places(self) -> Mapping[str, tuple[Place, Place]]:
        """Where these were first reached."""
        return self.figures.places

    @property
    def past_best(self) -> PassedBest | None:
        """What its curves said when it ended."""
        return self.figures.past_best

    @property
    def queued(self) -> bool:
        """Whether it waits in a batch system's queue, or has left it without having run: its clock stands."""
        return self.launch.launcher != "local" and self.pid is None

    def elapsed(self, mono: float) -> float:
        """Seconds of running time at the monotonic moment `mono` (of the same boot)."""
        return self.run_seconds + (max(0.0, mono - self.ticking_since) if self.ticking_since is not None else 0.0)

    def on_course(self, **changes: Any) -> Attempt:
        """The attempt with changes of its `course`."""
        return replace(self, course=replace(self.course, **changes))


launch_of = lru_cache(maxsize=64)(AttemptLaunch)
"""The record with these fields: the same one for attempts that were launched alike."""


def figures_of(
    metrics: Mapping[str, float],
    ranges: Mapping[str, tuple[float, float]],
    places: Mapping[str, tuple[Place, Place]],
    *,
    best: tuple[float | None, int | None, float | None] = (None, None, None),
    past_best: PassedBest | None = None,
) -> AttemptFigures:
    """The record with these numbers, `best` with its step and epoch: the same one for attempts that have none."""
    if not (metrics or ranges or places or past_best) and best == (None, None, None):
        return _FIGURES
    return AttemptFigures(_unchanging(metrics), *best, _unchanging(ranges), _unchanging(places), past_best)


def _unchanging(values: Mapping[str, V]) -> Mapping[str, V]:
    return MappingProxyType(values) if values else _EMPTY
