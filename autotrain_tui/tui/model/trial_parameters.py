"""How a search's keys bear on its metric: points to draw, and how much each key matters. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.tui.model.trial_rows import TrialRow

__all__ = ["ParameterView", "TrialPoint", "log_keys", "parameter_views", "rank_correlation"]

_FEWEST = 4
"""Trials from which a correlation is told."""


class TrialPoint(msgspec.Struct, frozen=True):
    """A trial of a scatter: its place on the key's axis, its best value, its colour token."""

    x: float
    y: float
    colour: str
    winner: bool


class ParameterView(msgspec.Struct, frozen=True):
    """One swept key. `texts`: the values by their place on the axis, if they are no numbers."""

    name: str
    points: tuple[TrialPoint, ...]
    log: bool = False
    texts: tuple[str, ...] = ()
    correlation: float | None = None
    """Spearman's; of texts the share of the ranks' spread that lies between the values (as a correlation, from 0)."""
    at_rung: int = 0
    """The rung whose values the correlation compares; 0: their best ones."""


def log_keys(plan: Path, search: str) -> frozenset[str]:
    """The keys of a search that are drawn from a log range; empty if the plan cannot be read. Reads a file."""
    try:
        loaded = load_plan(plan)
    except PlanError:
        return frozenset()
    sweep = next((stage.sweep for stage in loaded.stages if stage.name == search), None)
    return frozenset(param.name for param in sweep.params if param.log) if sweep is not None else frozenset()


def parameter_views(rows: Sequence[TrialRow], names: Sequence[str], logs: frozenset[str]) -> list[ParameterView]:
    """Each swept key with the trials that have a value; the key that matters most first."""
    views = [_view(rows, name, name in logs) for name in names]
    return sorted(views, key=lambda view: -abs(view.correlation or 0.0))


def _view(rows: Sequence[TrialRow], name: str, log: bool) -> ParameterView:
    known = [row for row in rows if row.doc["best"] is not None and name in row.doc["params"]]
    values = [row.doc["params"][name] for row in known]
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    texts = () if numbers else tuple(dict.fromkeys(sorted(map(_text, values))))
    xs = [float(value) for value in values] if numbers else [float(texts.index(_text(value))) for value in values]
    points = tuple(TrialPoint(x, row.doc["best"], row.colour, row.winner) for x, row in zip(xs, known, strict=True))
    # Trials that were stopped early never had the time to become good: at the first rung all are alike.
    judged = [(x, row.doc["rungs"][0]) for x, row in zip(xs, known, strict=True) if row.doc["rungs"]]
    pairs = [(x, y) for x, y in judged if y is not None]
    at_rung = 1 if len(pairs) >= _FEWEST else 0
    if not at_rung:
        pairs = [(point.x, point.y) for point in points]
    measure = rank_correlation if numbers else _rank_ratio
    return ParameterView(name, points, log and numbers and all(x > 0 for x in xs), texts, measure(pairs), at_rung)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Spearman's rank correlation of pairs; None for too few, or if one side is all equal."""
    if len(pairs) < _FEWEST:
        return None
    xs, ys = _ranks([x for x, _ in pairs]), _ranks([y for _, y in pairs])
    mean = (len(pairs) - 1) / 2
    across = sum((x - mean) * (y - mean) for x, y in zip(xs, ys, strict=True))
    spread = math.sqrt(sum((x - mean) ** 2 for x in xs) * sum((y - mean) ** 2 for y in ys))
    return across / spread if spread > 0 else None


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, from 0; equal values have the mean of their ranks."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0.0] * len(values)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and values[order[last + 1]] == values[order[first]]:
            last += 1
        for place in order[first : last + 1]:
            ranks[place] = (first + last) / 2
        first = last + 1
    return ranks


def _rank_ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The correlation ratio of ranks by group: how much of their spread lies between the groups, as its root."""
    if len(pairs) < _FEWEST:
        return None
    ranks = _ranks([y for _, y in pairs])
    groups: dict[float, list[float]] = {}
    for (x, _), rank in zip(pairs, ranks, strict=True):
        groups.setdefault(x, []).append(rank)
    mean = (len(ranks) - 1) / 2
    total = sum((rank - mean) ** 2 for rank in ranks)
    between = sum(len(group) * (sum(group) / len(group) - mean) ** 2 for group in groups.values())
    return math.sqrt(between / total) if total > 0 else None
