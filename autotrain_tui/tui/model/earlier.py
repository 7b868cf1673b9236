"""What a session is compared with: the earlier sessions of its plan. Pure; `earlier_sessions.py` reads them."""

from __future__ import annotations

import msgspec

__all__ = ["Earlier", "EarlierSession", "better_by"]


class EarlierSession(msgspec.Struct, frozen=True):
    """One of them: its id, when it started (ISO 8601), its running time, its best headline value, its outcome."""

    id: str
    started: str
    seconds: float
    best: float | None
    outcome: str
    done: int
    total: int


class Earlier(msgspec.Struct, frozen=True):
    """What a session is compared with; `metric` is the headline that the values are of."""

    metric: str | None = None
    last: EarlierSession | None = None
    best: EarlierSession | None = None


def better_by(value: float, than: float, goal: str) -> float:
    """By how much a value is better than another one; negative if it is worse."""
    return value - than if goal == "max" else than - value
