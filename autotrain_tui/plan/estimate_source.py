"""Where an estimate comes from; apart from `estimate.py` because the screen asks this before it needs a plan."""

from __future__ import annotations

__all__ = ["CLASSIC_GUESS"]

CLASSIC_GUESS = "classic guess"
"""The source of an estimate that knows neither the machine nor the program."""
