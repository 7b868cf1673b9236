"""Which metric is a session's headline if its plan names none, and the range of every metric of an attempt."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

from autotrain_tui.metrics.parsing.metric_names import is_eval_word, words_of
from autotrain_tui.metrics.parsing.series_kinds import series_kind
from autotrain_tui.plan.model import Metric
from autotrain_tui.text.metric_goal import usual_goal

__all__ = ["MetricRanges", "Place", "Places", "choose_headline"]

ENOUGH = 3
"""Values of a series after which it may become the headline while its attempt runs."""
MOST_NAMES = 2_000
MOST_JOURNALED = 32

Rank = tuple[bool, bool, int]

Place: TypeAlias = tuple[int | None, float | None]
"""Step and epoch as the program counts them; None if it did not say."""

Places: TypeAlias = dict[str, tuple[Place, Place]]
"""Where the least and the greatest value of a metric were first reached, by its name."""

_NOWHERE: Place = (None, None)


class _Range:
    """One metric of one attempt."""

    __slots__ = ("count", "high", "high_at", "low", "low_at")

    def __init__(self, value: float, at: Place) -> None:
        self.low = self.high = value
        self.low_at = self.high_at = at
        self.count = 1


class MetricRanges:
    """The least and the greatest value of each metric of one attempt, where they were, and the number of values."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        """`most`: names that are kept."""
        self._most = most
        self._found: dict[str, _Range] = {}
        self.grown = False
        """Whether a name has become one to choose from since the last `names`."""

    def see(self, name: str, value: float, step: int | None = None, epoch: float | None = None) -> None:
        """One more value, and where the program was."""
        known = self._found.get(name)
        if known is None:
            if len(self._found) < self._most:
                self._found[name] = _Range(value, (step, epoch))
            return
        if value < known.low:
            known.low, known.low_at = value, (step, epoch)
        elif value > known.high:
            known.high, known.high_at = value, (step, epoch)
        known.count += 1
        if known.count == ENOUGH:
            self.grown = True

    def see_final(self, name: str, value: float) -> None:
        """A final value, which says no place: one that the log printed with fewer digits stays where that was."""
        known = self._found.get(name)
        low_at = known.low_at if known is not None and _is_printed_as(value, known.low) else _NOWHERE
        high_at = known.high_at if known is not None and _is_printed_as(value, known.high) else _NOWHERE
        self.see(name, value)
        known = self._found.get(name)
        if known is not None and known.low == value and known.low_at == _NOWHERE:
            known.low_at = low_at
        if known is not None and known.high == value and known.high_at == _NOWHERE:
            known.high_at = high_at

    def best(self, metric: Metric | None) -> float | None:
        """The best value for a metric's goal; None without one."""
        known = self._found.get(metric.name) if metric is not None else None
        if known is None or metric is None:
            return None
        return known.high if metric.goal == "max" else known.low

    def best_at(self, metric: Metric | None) -> Place:
        """Where the best value was first reached."""
        known = self._found.get(metric.name) if metric is not None else None
        if known is None or metric is None:
            return _NOWHERE
        return known.high_at if metric.goal == "max" else known.low_at

    def names(self, *, ended: bool) -> list[str]:
        """The names that have enough values to choose from; all of an attempt that has ended."""
        self.grown = False
        return [name for name, known in self._found.items() if ended or known.count >= ENOUGH]

    def journaled(self, headline: Metric | None) -> dict[str, tuple[float, float]]:
        """Least and greatest of the headline and of what could become one, for the event of the attempt's end."""
        return {name: (self._found[name].low, self._found[name].high) for name in self._journaled_names(headline)}

    def journaled_places(self, headline: Metric | None) -> Places:
        """Where these were, as far as the program said."""
        names = self._journaled_names(headline)
        return _known_places({name: (self._found[name].low_at, self._found[name].high_at) for name in names})

    @property
    def all(self) -> dict[str, tuple[float, float]]:
        """Least and greatest of every metric."""
        return {name: (known.low, known.high) for name, known in self._found.items()}

    @property
    def all_places(self) -> Places:
        """Where these were, as far as the program said."""
        return _known_places({name: (known.low_at, known.high_at) for name, known in self._found.items()})

    def _journaled_names(self, headline: Metric | None) -> list[str]:
        named = [headline.name] if headline is not None and headline.name in self._found else []
        named += sorted((name for name in self._found if series_kind(name) == "quality"), key=_rank)
        return [*dict.fromkeys(named)][:MOST_JOURNALED]


def _known_places(places: Places) -> Places:
    return {name: each for name, each in places.items() if each != (_NOWHERE, _NOWHERE)}


def _is_printed_as(value: float, printed: float) -> bool:
    """Whether a value rounded to the digits of another one is that one."""
    exponent = Decimal(repr(printed)).as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return abs(value - printed) <= 0.5000001 * 10.0**-digits


def choose_headline(names: Iterable[str], now: Metric | None) -> Metric | None:
    """A better headline than `now` among the names; None if there is none.

    What is measured on data that is not trained on comes first, then a loss (what Keras' callbacks and transformers'
    Trainer look at unless told otherwise), then the name with the fewest words.
    """
    found = [name for name in names if series_kind(name) == "quality" and usual_goal(name) is not None]
    best = min(found, key=_rank, default=None)
    if best is None or (now is not None and _rank(best) >= _rank(now.name)):
        return None
    return Metric(best, usual_goal(best) or "min")


def _rank(name: str) -> Rank:
    words = words_of(name)
    return not any(is_eval_word(word) for word in words), usual_goal(name) != "min", len(words)
