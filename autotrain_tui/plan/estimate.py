"""How long a stage will take: what the plan says, what earlier sessions took, else the classic guess.

History is fitted as a fixed start-up plus seconds for each example and epoch, by medians, so that one slow day doesn't
spoil it. Pure arithmetic: the observations are handed in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autotrain_tui.plan.estimate_source import CLASSIC_GUESS
from autotrain_tui.plan.model import PlanStage, Scalar

__all__ = ["Estimate", "Estimator", "Observation", "classic_minutes", "estimate_stage"]

_MOST_OBSERVATIONS = 60
"""The greatest number of observations that are used, newest first: machines and programs change, and the time of the
fit grows with the square of their number.
"""

_LONGEST = 1e10
"""Seconds (300 years): an observation above this comes from a damaged record."""

_MOST_EXACT = 10
_MOST_PACE = 4.0
_UNKNOWN_SPREAD = 0.15
_MANY = 5
_MOST_ERROR = 0.25


def median(values: Iterable[float]) -> float:
    """The median; the mean of the two middle values if their number is even. (Importing `statistics` takes 10 ms.)"""
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


@dataclass(frozen=True, kw_only=True)
class Observation:
    """An earlier successful stage of the same plan, command and host: its parameters and the seconds that it ran.

    `ended_at` is ISO 8601 UTC and orders the observations; `session` is the id of the session it was part of. `mode` is
    empty where the command doesn't name it: then the work was the same in every mode.
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
    mode: str = ""

    @cached_property
    def compared(self) -> _Seen:
        """The values by which it is compared. Observations that name no session count as one each."""
        session = self.session or f"{self.ended_at} {self.stage}"
        settings, work = _settings(self), _work(self)
        given = _given(self, settings)
        return _Seen(self.stage, self.seconds, self.batch_size, given, settings, _shape(self), work, session)


def classic_minutes(dataset_limit: int, epochs: int, batch_size: int | None, mode: str) -> float:
    """The classic guess in minutes: 2, 5 or 10 minutes for 1000 examples and 10 epochs, less for large batches."""
    rate = {"development": 2.0, "research": 5.0}.get(mode, 10.0)
    minutes = dataset_limit / 1000 * rate * epochs / 10
    if batch_size is not None and batch_size >= 128:
        minutes *= 0.5
    elif batch_size is not None and batch_size >= 64:
        minutes *= 0.7
    least = 12.0 if dataset_limit <= 100 else 10.0 if dataset_limit <= 1000 else 8.0
    return max(least, round(minutes, 9))  # 16.8, not 16.799999999999997


def estimate_stage(stage: PlanStage, mode: str, history: Iterable[Observation] = ()) -> Estimate:
    """One estimate. To make several from the same history, use one `Estimator`."""
    return Estimator(history, mode).estimate(stage)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An observation with the values by which it is compared, computed once."""

    stage: str
    seconds: float
    batch_size: int | None
    given: object
    settings: object
    shape: tuple[bool, bool]
    work: float
    session: str


class Estimator:
    """Estimates from one history. `session` is the id of the running session, whose own stages count as well.

    What this session took against what earlier ones had promised is its pace, by which the estimates that come from
    earlier sessions are multiplied: a machine that is slow today is slow for all stages.
    """

    def __init__(self, history: Iterable[Observation], mode: str, session: str | None = None) -> None:
        usable = [seen for seen in history if 0 < seen.seconds < _LONGEST and seen.mode in {"", mode}]
        own = [seen for seen in usable if session is not None and seen.session == session]
        self._earlier = _Observations([seen for seen in usable if session is None or seen.session != session])
        self._own = _Observations(own, "this session")
        self._mode = mode
        self._pace, self._doubt = self._pace_of(own[-_MOST_OBSERVATIONS:])

    def estimate(self, stage: PlanStage) -> Estimate:
        """The best available estimate: the plan's figure, an equal stage that ran before, a fit, the classic guess."""
        if stage.estimate_minutes is not None:
            return Estimate(stage.estimate_minutes * 60, "estimate_minutes of the plan")
        return (
            self._own.exact(stage)
            or self._at_pace(self._earlier.exact(stage) or self._earlier.fitted(stage))
            or self._own.fitted(stage)
            or self._guess(stage)
        )

    def _guess(self, stage: PlanStage) -> Estimate:
        if stage.dataset_limit is None or stage.epochs is None:
            return Estimate(None, "none")
        minutes = classic_minutes(stage.dataset_limit, stage.epochs, stage.batch_size, self._mode)
        return Estimate(minutes * 60, CLASSIC_GUESS)

    def _at_pace(self, found: Estimate | None) -> Estimate | None:
        if found is None or found.seconds is None or abs(self._pace - 1) < 0.05:
            return found
        spread = math.hypot(found.spread, self._doubt) if found.spread is not None else None
        return Estimate(found.seconds * self._pace, f"{found.source}, x{self._pace:.1f} as so far", spread)

    def _pace_of(self, own: Sequence[Observation]) -> tuple[float, float]:
        """The ratio of this session's seconds to those estimated from earlier sessions, and its remaining uncertainty.

        Only what the promises' own spread doesn't explain counts (James and Stein's shrinkage): a stage that was a
        little quick by chance says nothing of the next. 1 where nothing can be compared.
        """
        took = promised = squares = 0.0
        for seen in own if self._earlier else ():
            stage = _as_stage(seen)
            found = self._earlier.exact(stage) or self._earlier.fitted(stage)
            if found is not None and found.seconds is not None:
                took, promised = took + seen.seconds, promised + found.seconds
                squares += (found.seconds * (found.spread if found.spread is not None else _UNKNOWN_SPREAD)) ** 2
        if promised <= 0 or took == promised:
            return 1.0, 0.0
        off, doubt = math.log(took / promised), math.sqrt(squares) / promised
        part = max(0.0, 1 - (doubt / off) ** 2)
        return min(_MOST_PACE, max(1 / _MOST_PACE, math.exp(off * part))), doubt * math.sqrt(part)


class _Observations:
    """Estimates from a set of observations; `source` replaces the number of sessions in an estimate's source."""

    def __init__(self, history: Sequence[Observation], source: str | None = None) -> None:
        latest = sorted(history, key=lambda seen: seen.ended_at)[-_MOST_OBSERVATIONS:]
        self._history = [item.compared for item in latest]
        self._named = source
        self._alike: dict[object, tuple[list[_Seen], float]] = {}

    @cached_property
    def _noise(self) -> float:
        """Asked for only if there is something to compare."""
        return _noise_of(self._history)

    def __bool__(self) -> bool:
        return bool(self._history)

    def exact(self, stage: PlanStage) -> Estimate | None:
        """From stages with exactly the same parameters, preferably of the same name."""
        given = _given(stage, _settings(stage))
        same = [seen for seen in self._history if seen.given == given]
        named = [seen for seen in same if seen.stage == stage.name]
        if not any(_shape(stage)):
            same = named  # without sizes only its name shows that it is the same work
        found = (named or same)[-_MOST_EXACT:]
        if not found:
            return None
        seconds = median(seen.seconds for seen in found)
        errors = [abs(seen.seconds - seconds) / seconds for seen in found]
        spread = None if len(found) < 2 else _spread(errors, self._noise)
        return Estimate(seconds, self._source(found, "", spread), spread)

    def fitted(self, stage: PlanStage) -> Estimate | None:
        """From stages with other amounts: start-up time from all comparable ones, work from the most similar."""
        if not any(_shape(stage)):
            return None
        alike, start = self._comparable(stage)
        if not (kin := _next_of_kin(stage, alike)):
            return None
        rate = median((seen.seconds - start) / seen.work for seen in kin)
        seconds = start + rate * (work := _work(stage))
        if seconds <= 0:
            return None
        error = _spread([abs(seen.seconds - start - rate * seen.work) / seen.seconds for seen in kin], self._noise)
        nearest = min(abs(math.log2(work / seen.work)) for seen in kin)
        # One amount of work cannot separate start-up from work, and an amount far from those seen is less certain.
        floor = 0.25 if len({seen.work for seen in alike}) < 2 else 0.05
        spread = min(1.0, max(floor, error) + 0.1 * nearest)
        return Estimate(seconds, self._source(kin, " scaled", spread), spread)

    def _comparable(self, stage: PlanStage) -> tuple[list[_Seen], float]:
        """The observations with the same kinds of amounts (and settings, if any have them); their start-up time."""
        shape, settings = _shape(stage), _settings(stage)
        if (shape, settings) not in self._alike:
            same_shape = [seen for seen in self._history if seen.shape == shape]
            alike = [seen for seen in same_shape if seen.settings == settings] or same_shape
            self._alike[shape, settings] = alike, _start_up([(seen.work, seen.seconds) for seen in alike])
        return self._alike[shape, settings]

    def _source(self, found: Sequence[_Seen], how: str, spread: float | None) -> str:
        count = len({seen.session for seen in found})
        words = self._named or f"{count} earlier session{'s' if count > 1 else ''}"
        return words + how + (f", ±{spread * 100:.0f} %" if spread is not None else "")


def _as_stage(seen: Observation) -> PlanStage:
    return PlanStage(
        name=seen.stage, index=1, dataset_limit=seen.dataset_limit, epochs=seen.epochs, batch_size=seen.batch_size,
        scale=seen.scale, params=seen.params,
    )  # fmt: skip


def _settings(item: Observation | PlanStage) -> object:
    """The parameters that change the cost of one example: all except dataset_limit and epochs."""
    return item.scale, frozenset(item.params.items())


def _given(item: Observation | PlanStage, settings: object) -> object:
    return item.dataset_limit, item.epochs, item.batch_size, settings


def _shape(item: Observation | PlanStage) -> tuple[bool, bool]:
    """Which of the two amounts are given; only stages with the same ones can be compared."""
    return item.dataset_limit is not None, item.epochs is not None


def _work(item: Observation | PlanStage) -> float:
    """Examples times epochs; an amount that is not given counts as 1."""
    return float(item.dataset_limit or 1) * float(item.epochs or 1)


def _next_of_kin(stage: PlanStage, seen: Sequence[_Seen]) -> Sequence[_Seen]:
    """The observations most similar to the stage: its own earlier runs, else the same batch size, else all."""
    same_batch = [item for item in seen if item.batch_size == stage.batch_size]
    own = [item for item in same_batch if item.stage == stage.name]
    return own or same_batch or seen


def _spread(errors: Sequence[float], noise: float) -> float:
    """The usual relative error of such an estimate: the largest of few errors, a robust deviation of many; at least
    than what is usual for all stages, because a few runs may agree by chance.
    """
    return max(noise, 1.4826 * median(errors) if len(errors) >= _MANY else max(errors))


def _noise_of(history: Sequence[_Seen]) -> float:
    """The usual relative deviation between runs of the same stage."""
    groups: dict[object, list[float]] = {}
    for seen in history:
        groups.setdefault((seen.stage, seen.given), []).append(seen.seconds)
    errors: list[float] = []
    for seconds in groups.values():
        middle = median(seconds)
        # With an odd number the median itself has no error by construction, so it is left out.
        errors += sorted(abs(each - middle) / middle for each in seconds)[len(seconds) % 2 :]
    return sum(min(each, _MOST_ERROR) for each in errors) / len(errors) if errors else _UNKNOWN_SPREAD


def _start_up(points: Sequence[tuple[float, float]]) -> float:
    """The fixed seconds of (work, seconds) pairs, by the median of all slopes (Theil-Sen); 0 if unknown."""
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
