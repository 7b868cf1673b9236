"""How a stage stands: one record for each state, with exactly the data that the state has.

`Status` is their union and is read by `match`: a status that has ended has its `AttemptEnd`, no other can have one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from autotrain_tui.session.journal.transitions import StageState

if TYPE_CHECKING:
    from autotrain_tui.session.records.attempt_files import Swept

__all__ = [
    "AttemptEnd",
    "Failed",
    "Frozen",
    "Held",
    "Lost",
    "Paused",
    "Pausing",
    "Pending",
    "Running",
    "Skipped",
    "Starting",
    "Status",
    "Stopped",
    "Stopping",
    "Succeeded",
]


class AttemptEnd(Struct, frozen=True):
    """How an attempt ended. Exactly one of exit_code and signal is set, or neither when nobody can tell."""

    exit_code: int | None
    signal: int | None
    sent_by: str | None
    reason: str
    failure: str | None
    time: str
    elapsed_seconds: float | None
    lines: tuple[str, ...] = ()
    swept: tuple[Swept, ...] = ()


class Pending(Struct, frozen=True):
    """Waits for its turn; `waiting` says what for when that isn't just the stage before."""

    state: ClassVar = StageState.PENDING
    reason: str = ""
    resume: bool = False
    not_before_mono: float | None = None


class Held(Struct, frozen=True):
    """Waits for a person."""

    state: ClassVar = StageState.HELD
    reason: str = ""


class Starting(Struct, frozen=True):
    """The shim is being started."""

    state: ClassVar = StageState.STARTING


class Running(Struct, frozen=True):
    """The command runs."""

    state: ClassVar = StageState.RUNNING
    pid: int


class Frozen(Struct, frozen=True):
    """Every process of the tree is stopped."""

    state: ClassVar = StageState.FROZEN
    pid: int
    since: str
    reason: str = ""


class Pausing(Struct, frozen=True):
    """Asked to save and end; becomes paused when it has ended."""

    state: ClassVar = StageState.PAUSING
    since: str
    since_mono: float
    grace_seconds: float
    reason: str = ""


class Stopping(Struct, frozen=True):
    """Asked to end, and killed after the grace."""

    state: ClassVar = StageState.STOPPING
    intent: str
    since: str
    since_mono: float
    grace_seconds: float
    reason: str = ""


class Paused(Struct, frozen=True):
    """Ended after a pause; goes on from its checkpoint when resumed."""

    state: ClassVar = StageState.PAUSED
    end: AttemptEnd


class Succeeded(Struct, frozen=True):
    """Done."""

    state: ClassVar = StageState.SUCCEEDED
    end: AttemptEnd


class Failed(Struct, frozen=True):
    """Ended badly by itself."""

    state: ClassVar = StageState.FAILED
    end: AttemptEnd


class Skipped(Struct, frozen=True):
    """Will not run; what needs it goes on. `end` when it had been running."""

    state: ClassVar = StageState.SKIPPED
    reason: str
    end: AttemptEnd | None = None


class Stopped(Struct, frozen=True):
    """Ended because somebody asked."""

    state: ClassVar = StageState.STOPPED
    end: AttemptEnd


class Lost(Struct, frozen=True):
    """Ended, and nobody can tell how."""

    state: ClassVar = StageState.LOST
    end: AttemptEnd


Status = (
    Pending
    | Held
    | Starting
    | Running
    | Frozen
    | Pausing
    | Paused
    | Stopping
    | Succeeded
    | Failed
    | Skipped
    | Stopped
    | Lost
)
"""The union of all of them."""
