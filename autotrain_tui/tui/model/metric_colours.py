"""The colour of each metric's curve: the same on every screen, and for its values in a log."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["CURVE_COLOURS", "metric_colours"]

CURVE_COLOURS = tuple(f"curve-{number}" for number in range(1, 8))
"""A colour-blind-safe sequence (tui.theme)."""


def metric_colours(names: Iterable[str]) -> dict[str, str]:
    """Each metric's colour, by its place among all metrics of the session."""
    return {name: CURVE_COLOURS[place % len(CURVE_COLOURS)] for place, name in enumerate(names)}
