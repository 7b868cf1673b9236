"""How a stage stands: one record for each state, with exactly the data that the state has.

`Status` is their union and is read by `match`: a status that has ended has its `AttemptEnd`, no other can have one.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from autotrain_tui.session.journal.attempt_end import AttemptEnd
from autotrain_tui.session.journal.transitions import StageState

__all__ = [
    "Failed",
    "Frozen",
    "Held",
    "Imported",
    "Lost",
    "Paused",
    "Pausing",
    "Pending",
    "Running",
    "Searching",
    "Skipped",
    "Starting",
    "Status",
    "Stopped",
    "Stopping",
    "Succeeded",
]


class Pending(Struct, frozen=True, gc=False):
    """Waits for its turn; `Stage.waiting` names a resource that it waits for."""

    state: ClassVar = StageState.PENDING
    reason: str = ""
    resume: bool = False
    not_before_mono: float | None = None


class Held(Struct, frozen=True, gc=False):
    """Does not start until a person releases it."""

    state: ClassVar = StageState.HELD
    reason: str = ""
    resume: bool = False
    """Whether it goes on from a checkpoint once it is released."""


class Starting(Struct, frozen=True, gc=False):
    """The shim is being started."""

    state: ClassVar = StageState.STARTING


class Running(Struct, frozen=True, gc=False):
    """The command runs."""

    state: ClassVar = StageState.RUNNING
    pid: int


class Searching(Struct, frozen=True, gc=False):
    """A search from its first trial until it is decided; it has no process of its own."""

    state: ClassVar = StageState.RUNNING


class Frozen(Struct, frozen=True, gc=False):
    """Every process of the tree is stopped."""

    state: ClassVar = StageState.FROZEN
    pid: int
    since: str
    reason: str = ""


class Pausing(Struct, frozen=True, gc=False):
    """Requested to save a checkpoint and end; becomes paused when it has ended."""

    state: ClassVar = StageState.PAUSING
    since: str
    since_mono: float
    grace_seconds: float
    reason: str = ""


class Stopping(Struct, frozen=True, gc=False):
    """Requested to end; killed after the grace period."""

    state: ClassVar = StageState.STOPPING
    intent: str
    since: str
    since_mono: float
    grace_seconds: float
    reason: str = ""


class Paused(Struct, frozen=True, gc=False):
    """Ended after a pause; continues from its checkpoint when resumed."""

    state: ClassVar = StageState.PAUSED
    end: AttemptEnd


class Succeeded(Struct, frozen=True, gc=False):
    """Ended successfully."""

    state: ClassVar = StageState.SUCCEEDED
    end: AttemptEnd


class Failed(Struct, frozen=True, gc=False):
    """Ended with a failure."""

    state: ClassVar = StageState.FAILED
    end: AttemptEnd


class Skipped(Struct, frozen=True, gc=False):
    """Will not run; stages that need it continue. `end` is set if it had been running."""

    state: ClassVar = StageState.SKIPPED
    reason: str
    end: AttemptEnd | None = None


class Stopped(Struct, frozen=True, gc=False):
    """Ended on request."""

    state: ClassVar = StageState.STOPPED
    end: AttemptEnd


class Lost(Struct, frozen=True, gc=False):
    """Ended with an unknown exit status."""

    state: ClassVar = StageState.LOST
    end: AttemptEnd


class Imported(Struct, frozen=True, gc=False):
    """Numbers of a run that another program started; how that ended is not known."""

    state: ClassVar = StageState.IMPORTED


Status = (
    Pending
    | Held
    | Starting
    | Running
    | Searching
    | Frozen
    | Pausing
    | Paused
    | Stopping
    | Succeeded
    | Failed
    | Skipped
    | Stopped
    | Lost
    | Imported
)
"""The union of all of them."""
