"""The heartbeat: live values that change too often for the journal. The runner replaces it at most once a second.

Its times are the writer's and say nothing about liveness: readers check whether it changes (FAULTS rule 11).
"""

from __future__ import annotations

import msgspec

from autotrain_tui.session.records.folder import SessionFolder, read_small

__all__ = ["Heartbeat", "Live", "ProgressFigures", "read_heartbeat"]


class ProgressFigures(msgspec.Struct, frozen=True):
    """The progress of a stage: counts, `fraction` 0 to 1, `rate` per second; null = unknown."""

    step: int | None = None
    total: int | None = None
    epoch: float | None = None
    epochs: float | None = None
    fraction: float | None = None
    rate: float | None = None


class Live(msgspec.Struct, frozen=True):
    """Live values of a running stage: seconds, bytes, last value of each metric, best headline value so far."""

    attempt: int
    progress: ProgressFigures = ProgressFigures()
    eta_seconds: float | None = None
    eta_spread_seconds: float | None = None
    eta_source: str = ""
    metrics: dict[str, float] = {}
    best: float | None = None
    log_bytes: int = 0
    message: str = ""


class Heartbeat(msgspec.Struct, frozen=True):
    """One heartbeat."""

    beat: int
    pid: int
    time: str
    live: dict[str, Live] = {}


_DECODER = msgspec.json.Decoder(Heartbeat)


def read_heartbeat(folder: SessionFolder) -> Heartbeat | None:
    """The last heartbeat; None if it is missing or invalid."""
    data = read_small(folder.heartbeat)
    if data is None:
        return None
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
