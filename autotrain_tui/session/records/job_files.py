"""The records of an attempt that is a job of a batch system: the job itself, and the orders through files.

| record | file | writer |
| `JobRecord` | job.json | the launcher: before sbatch without an id, then with it |
| `Order` | order-N.json, N from 1 | the launcher |
| `OrderDone` | order-N.done.json | the shim, when it has executed or refused the order |
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from autotrain_tui.session.records.attempt_files import Record

__all__ = ["JobRecord", "Order", "OrderDone"]


class JobRecord(Record, frozen=True):
    """The job of an attempt. With the state `submitting` it may be in the queue or not: its name tells."""

    FILE: ClassVar[str] = "job.json"
    engine: str
    name: str
    state: Literal["submitting", "submitted"]
    id: str | None = None
    time: str = ""


class Order(Record, frozen=True):
    """An order to the shim of a job, which answers it with an `OrderDone`."""

    verb: Literal["stop", "kill", "checkpoint", "freeze", "thaw"]
    to: Literal["command", "ranks"] = "command"
    signal: Annotated[int, msgspec.Meta(ge=1, le=64)] | None = None
    grace_seconds: float | None = None
    sent_by: str = ""
    time: str = ""


class OrderDone(Record, frozen=True):
    """What became of an order."""

    accepted: bool
    reason: str = ""
    processes: int = 0
