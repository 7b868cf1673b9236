"""How long a stage will take: what the plan says, what earlier sessions took, else the classic guess.

History is fitted as a fixed start-up plus seconds for each example and epoch, by medians, so that one slow day doesn't
spoil it. Pure arithmetic: the observations are handed in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autotrain_tui.plan.model import Scalar, Stage

__all__ = ["Estimate", "Estimator", "Observation", "classic_minutes", "estimate_stage"]

_MOST_OBSERVATIONS = 60
"""The latest so many are looked at: machines and programs change, and the fit is quadratic in their number."""

_MOST_EXACT = 10


def median(values: Iterable[float]) -> float:
    """The middle value; of an even number the mean of the two in the middle. (`statistics` costs 10 ms to import.)"""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """A stage's expected seconds of running, where that comes from, and its relative spread (0.12 is ±12 %).

    `seconds` is None where nothing is known (source "none"); `spread` is None where it can't be told.
    """

    seconds: float | None
    source: str
    spread: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A stage that succeeded earlier, of the same plan, command and host: what it was given and the seconds it ran.

    `ended_at` is ISO 8601 UTC and orders the observations; `session` is the id of the session it was part of.
    """

    stage: str
    seconds: float
    dataset_limit: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    scale: float | None = None
    params: Mapping[str, Scalar] = field(default_factory=dict)
    ended_at: str = ""
    session: str = ""


def classic_minutes(dataset_limit: int, epochs: int, batch_size: int | None, mode: str) -> float:
    """The old system's guess in minutes: 2, 5 or 10 minutes for 1000 examples and 10 epochs, less for large batches."""
    rate = {"development": 2.0, "research": 5.0}.get(mode, 10.0)
    minutes = dataset_limit / 1000 * rate * epochs / 10
    if batch_size is not None and batch_size >= 128:
        minutes *= 0.5
    elif batch_size is not None and batch_size >= 64:
        minutes *= 0.7
    least = 12.0 if dataset_limit <= 100 else 10.0 if dataset_limit <= 1000 else 8.0
    return max(least, minutes)


def estimate_stage(stage: Stage, mode: str, history: Iterable[Observation] = ()) -> Estimate:
    """One estimate; for many from the same history make one `Estimator`."""
    return Estimator(history, mode).estimate(stage)


@dataclass(frozen=True, slots=True)
class _Fit:
    """seconds = start + rate x work, and the typical relative error of that on what it was fitted to."""

    start: float
    rate: float
    error: float


class Estimator:
    """Estimates from one history. `session` is the id of the running session, whose own stages count as well."""

    def __init__(self, history: Iterable[Observation], mode: str, session: str | None = None) -> None:
        usable = [seen for seen in history if math.isfinite(seen.seconds) and seen.seconds > 0]
        self._history = sorted(usable, key=lambda seen: seen.ended_at)[-_MOST_OBSERVATIONS:]
        self._mode = mode
        self._session = session
        self._starts: dict[object, float] = {}

    def estimate(self, stage: Stage) -> Estimate:
        """The best there is: the plan's own figure, exactly such a stage earlier, a fit, the classic guess, nothing."""
        if stage.estimate_minutes is not None:
            return Estimate(stage.estimate_minutes * 60, "estimate_minutes of the plan")
        return self._exact(stage) or self._fitted(stage) or self._guess(stage)

    def _guess(self, stage: Stage) -> Estimate:
        if stage.dataset_limit is None or stage.epochs is None:
            return Estimate(None, "none")
        minutes = classic_minutes(stage.dataset_limit, stage.epochs, stage.batch_size, self._mode)
        return Estimate(minutes * 60, "classic guess")

    def _exact(self, stage: Stage) -> Estimate | None:
        """From stages that were given exactly the same, preferably of the same name."""
        same = [seen for seen in self._history if _given(seen) == _given(stage)]
        named = [seen for seen in same if seen.stage == stage.name]
        if _work(stage) is None:
            same = named  # without sizes nothing but its name says that it is the same work
        found = (named or same)[-_MOST_EXACT:]
        if not found:
            return None
        seconds = median(seen.seconds for seen in found)
        errors = [abs(seen.seconds - seconds) / seconds for seen in found]
        # The median of few errors hides the one that was off; the largest of many shows nothing else.
        spread = None if len(found) < 2 else max(errors) if len(found) < 5 else 1.4826 * median(errors)
        return Estimate(seconds, self._source(found, "", spread), spread)

    def _fitted(self, stage: Stage) -> Estimate | None:
        """From stages that were given other amounts: start-up from all alike, cost of the work from the next of kin."""
        work = _work(stage)
        comparable = [seen for seen in self._history if _shape(seen) == _shape(stage)]
        if work is None or not comparable:
            return None
        alike = [seen for seen in comparable if _settings(seen) == _settings(stage)] or comparable
        start = self._start_of(alike)
        kin = _next_of_kin(stage, alike)
        fit = _rate(kin, start)
        seconds = fit.start + fit.rate * work
        if seconds <= 0:
            return None
        nearest = min(abs(math.log2(work / known)) for seen in kin if (known := _work(seen)))
        # One amount of work alone can't tell start-up from work; and far from what was seen everything is less sure.
        floor = 0.25 if len({_work(seen) for seen in alike}) < 2 else 0.05
        spread = min(1.0, max(floor, fit.error) + 0.1 * nearest)
        return Estimate(seconds, self._source(kin, " scaled", spread), spread)

    def _start_of(self, seen: Sequence[Observation]) -> float:
        key = tuple(id(item) for item in seen)
        if key not in self._starts:
            self._starts[key] = _start_up([(work, item.seconds) for item in seen if (work := _work(item))])
        return self._starts[key]

    def _source(self, found: Sequence[Observation], how: str, spread: float | None) -> str:
        sessions = {seen.session or f"{seen.ended_at}{seen.stage}" for seen in found}
        earlier = len(sessions - {self._session})
        parts = []
        if earlier:
            parts.append(f"{earlier} earlier session{'s' if earlier > 1 else ''}")
        if self._session in sessions:
            parts.append("this session")
        return " and ".join(parts) + how + (f", ±{spread * 100:.0f} %" if spread is not None else "")


def _settings(item: Observation | Stage) -> object:
    """What changes the cost of an example besides the amounts: everything but dataset_limit and epochs."""
    return item.scale, frozenset(item.params.items())


def _given(item: Observation | Stage) -> object:
    return item.dataset_limit, item.epochs, item.batch_size, _settings(item)


def _shape(item: Observation | Stage) -> tuple[bool, bool]:
    """Which of the two amounts there are; only stages alike in this can be compared."""
    return item.dataset_limit is not None, item.epochs is not None


def _work(item: Observation | Stage) -> float | None:
    """Examples times epochs, whichever of them there are; None when there is neither."""
    if item.dataset_limit is None and item.epochs is None:
        return None
    return float(item.dataset_limit or 1) * float(item.epochs or 1)


def _next_of_kin(stage: Stage, seen: Sequence[Observation]) -> Sequence[Observation]:
    """Those that say most about the stage's cost for an example: its own earlier runs, the same batch size, all."""
    same_batch = [item for item in seen if item.batch_size == stage.batch_size]
    own = [item for item in same_batch if item.stage == stage.name]
    return own or same_batch or seen


def _start_up(points: Sequence[tuple[float, float]]) -> float:
    """The fixed seconds of (work, seconds) pairs, by the median of all slopes (Theil-Sen); 0 where it can't be told."""
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(points)
        for later in points[number + 1 :]
        if later[0] != earlier[0]
    ]
    if not slopes:
        return 0.0
    slope = max(0.0, median(slopes))
    start = median(seconds - slope * work for work, seconds in points)
    return min([max(0.0, start), *(seconds for _, seconds in points)])


def _rate(seen: Sequence[Observation], start: float) -> _Fit:
    pairs = [(work, item.seconds) for item in seen if (work := _work(item))]
    rate = median((seconds - start) / work for work, seconds in pairs)
    errors = [abs(seconds - (start + rate * work)) / seconds for work, seconds in pairs]
    return _Fit(start, rate, 1.4826 * median(errors))
