"""The heartbeat: live values that change too often for the journal. The runner replaces it at most once a second.

Its times are the writer's and say nothing about liveness: readers check whether it changes (FAULTS rule 11).
"""

import msgspec

from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.read_file import read_file

__all__ = ["Heartbeat", "HeartbeatRead", "Live", "ProgressFigures", "Unrecorded", "read_heartbeat"]

SILENT_SECONDS = 15.0
"""A runner writes at least every five seconds; after this many seconds without a heartbeat it does not answer."""


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
    best_step: int | None = None
    best_epoch: float | None = None


class Unrecorded(msgspec.Struct, frozen=True):
    """The runner cannot write its journal: since when (UTC), why, and what waits to be recorded."""

    since: str
    reason: str
    waiting: list[str] = []

    @property
    def text(self) -> str:
        """One sentence."""
        waits = f"; waiting: {', '.join(self.waiting)}" if self.waiting else ""
        return f"nothing is recorded since {self.since[11:19]} UTC: {self.reason}; training continues{waits}"


class Heartbeat(msgspec.Struct, frozen=True):
    """One heartbeat. `mono` is the writer's monotonic clock of the boot `boot_id`; `message` a sentence or empty."""

    beat: int
    pid: int
    time: str
    live: dict[str, Live] = {}
    message: str = ""
    unrecorded: Unrecorded | None = None
    mono: float = 0.0
    boot_id: str = ""


class HeartbeatRead(msgspec.Struct, frozen=True):
    """The last heartbeat; None if it is missing or invalid, or (`unreadable`) could not be read just now."""

    beat: Heartbeat | None
    unreadable: bool = False


_DECODER = msgspec.json.Decoder(Heartbeat)


def read_heartbeat(folder: SessionFolder) -> HeartbeatRead:
    """The last heartbeat."""
    read = read_file(folder.heartbeat, 1 << 20)
    if read.data is None:
        return HeartbeatRead(None, read.unreadable)
    try:
        return HeartbeatRead(_DECODER.decode(read.data))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return HeartbeatRead(None)
