"""Decisions of a sweep: a trial is judged at a rung, goes on later, and the search is decided.

Each is one event with all its effects, so that a runner that is killed leaves a decision either whole or not made.
"""

# ruff: noqa: RUF012  msgspec gives each record a new copy of an empty list or dict; ruff sees a base from elsewhere

from __future__ import annotations

from typing import Literal

from autotrain_tui.session.journal.event_base import Event

__all__ = ["SweepEnded", "SweepExtended", "TrialJudged", "TrialPromoted"]


class TrialJudged(Event, frozen=True, kw_only=True, tag="trial_judged"):
    """A trial has reached a rung (from 0): it goes on to the next one, or rests there until it is promoted."""

    stage: str
    rung: int
    value: float | None = None
    """The headline metric at the rung; None if no value was read until there."""
    promoted: bool = False
    reason: str = ""


class TrialPromoted(Event, frozen=True, kw_only=True, tag="trial_promoted"):
    """A trial that rests at a rung goes on to the next one, because of what others came to, or by a person."""

    stage: str
    rung: int
    """The rung at which it rests."""
    reason: str = ""
    by: str = ""


class SweepExtended(Event, frozen=True, kw_only=True, tag="sweep_extended"):
    """A person added to a search: `trials` more draws, or one trial with the values `params`."""

    stage: str
    trials: int = 0
    params: dict[str, str | int | float | bool] = {}
    by: str = ""


class SweepEnded(Event, frozen=True, kw_only=True, tag="sweep_ended"):
    """A search is decided; trials that rest are pruned by it."""

    stage: str
    state: Literal["succeeded", "failed", "skipped"]
    winners: list[str] = []
    """Trials, best first."""
    reason: str = ""
    by: str = ""
