"""Which metric is a session's headline if its plan names none, and the range of every metric of an attempt."""

from __future__ import annotations

from collections.abc import Iterable

from autotrain_tui.metrics.parsing.metric_names import is_eval_word, words_of
from autotrain_tui.metrics.parsing.series_kinds import series_kind
from autotrain_tui.plan.model import Metric
from autotrain_tui.text.metric_goal import usual_goal

__all__ = ["MetricRanges", "choose_headline"]

ENOUGH = 3
"""Values of a series after which it may become the headline while its attempt runs."""
MOST_NAMES = 2_000
MOST_JOURNALED = 32

Rank = tuple[bool, bool, int]


class MetricRanges:
    """The least, the greatest value and the number of values of each metric of one attempt."""

    def __init__(self) -> None:
        self._found: dict[str, list[float]] = {}
        self.grown = False
        """Whether a name has become one to choose from since the last `names`."""

    def see(self, name: str, value: float) -> None:
        """One more value."""
        known = self._found.get(name)
        if known is None:
            if len(self._found) < MOST_NAMES:
                self._found[name] = [value, value, 1]
            return
        if value < known[0]:
            known[0] = value
        elif value > known[1]:
            known[1] = value
        known[2] += 1
        if known[2] == ENOUGH:
            self.grown = True

    def best(self, metric: Metric | None) -> float | None:
        """The best value for a metric's goal; None without one."""
        known = self._found.get(metric.name) if metric is not None else None
        return known[metric.goal == "max"] if known is not None and metric is not None else None

    def names(self, *, ended: bool) -> list[str]:
        """The names that have enough values to choose from; all of an attempt that has ended."""
        self.grown = False
        return [name for name, known in self._found.items() if ended or known[2] >= ENOUGH]

    def journaled(self, headline: Metric | None) -> dict[str, tuple[float, float]]:
        """Least and greatest of the headline and of what could become one, for the event of the attempt's end."""
        named = [headline.name] if headline is not None and headline.name in self._found else []
        named += sorted((name for name in self._found if series_kind(name) == "quality"), key=_rank)
        return {name: (self._found[name][0], self._found[name][1]) for name in [*dict.fromkeys(named)][:MOST_JOURNALED]}


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
