"""The heartbeat: live figures that change too often for the journal, replaced at most once a second by the runner.

Liveness is never read from its times, which are the writer's; readers look whether it changes (FAULTS rule 11).
"""

from __future__ import annotations

import msgspec

from autotrain_tui.session.records.folder import SessionFolder, read_small

__all__ = ["Heartbeat", "Live", "ProgressFigures", "read_heartbeat"]


class ProgressFigures(msgspec.Struct, frozen=True):
    """How far a stage is: counts, `fraction` 0 to 1, `rate` a second; null = unknown."""

    step: int | None = None
    total: int | None = None
    epoch: float | None = None
    epochs: float | None = None
    fraction: float | None = None
    rate: float | None = None


class Live(msgspec.Struct, frozen=True):
    """A running stage's figures: seconds, bytes, last value of each metric, best headline value so far."""

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
    """One beat."""

    beat: int
    pid: int
    time: str
    live: dict[str, Live] = {}


_DECODER = msgspec.json.Decoder(Heartbeat)


def read_heartbeat(folder: SessionFolder) -> Heartbeat | None:
    """The last beat; None when there is none or it can't be read."""
    data = read_small(folder.heartbeat)
    if data is None:
        return None
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
