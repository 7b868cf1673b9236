"""Sampled and whole readings of one attempt as lines of a run: where they part, and what of the whole was sent before.

A tracker that drops replaced points gets everything anew from where the lines part; any other gets only the points
that the sampled line did not have.
"""

from __future__ import annotations

from collections.abc import Mapping

from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.trackers.target import MetricPoints

__all__ = ["Sent", "same_until", "sent_of", "without"]

Sent = dict[str, set[tuple[int, float]]]
"""Metric → the steps and values of points that the tracker has."""

_PART = 1 << 14


def same_until(sampled: Series, whole: Series, count: int) -> int:
    """The index of the first of `count` points of the sampled line that is another one on the whole line."""
    if sampled.axis != whole.axis:
        return 0
    old, new = sampled.xs(), whole.xs()
    for begin in range(0, count, _PART):
        end = min(begin + _PART, count)
        pairs = zip(old[begin:end], sampled.ys[begin:end], strict=True)
        others = zip(new[begin:end], whole.ys[begin:end], strict=True)
        at = begin
        for pair, other in zip(pairs, others, strict=False):
            if pair != other:
                return at
            at += 1
        if at < end:
            return at
    return count


def sent_of(sampled: StageCurves, ranges: Mapping[str, tuple[int, int]]) -> Sent:
    """The points of a sampled line in these ranges. Points without steps are told apart by nothing: none of those."""
    found: Sent = {}
    for name, (begin, end) in ranges.items():
        series = sampled.series.get(name)
        if series is not None and series.axis != "index" and begin < end:
            found[name] = set(zip(map(int, series.xs()[begin:end]), series.ys[begin:end], strict=True))
    return found


def without(points: MetricPoints, sent: Sent) -> MetricPoints:
    """The points that the tracker has not got yet."""
    had = sent.get(points.name)
    if not had:
        return points
    kept = [at for at, pair in enumerate(zip(points.steps, points.values, strict=True)) if pair not in had]
    steps, times, values = ([column[at] for at in kept] for column in points[1:])
    return MetricPoints(points.name, steps, times, values)  # type: ignore[arg-type]
