"""Read a record until it could be read: a file server that is away, or a lack of descriptors, says nothing about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from autotrain_tui.errors import UnreadableError
from autotrain_tui.session.records.attempt_files import Record, RecordRead

__all__ = ["PATIENCE_SECONDS", "ask_again", "read_again"]

PATIENCE_SECONDS = 8.0
"""How long a record is asked for at a start or an adoption: nothing is decided without it."""

PAUSE_SECONDS = 0.2

R = TypeVar("R", bound=Record)
T = TypeVar("T")


async def ask_again(ask: Callable[[], T], patience: float = PATIENCE_SECONDS) -> T:
    """What `ask` returns once it raises no UnreadableError. Raises the last one after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask()
        except UnreadableError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


async def read_again(read: Callable[[], RecordRead[R]], patience: float = PATIENCE_SECONDS) -> RecordRead[R]:
    """What `read` says once it is not `unreadable`. Raises UnreadableError if it still is after `patience` seconds."""
    deadline = time.monotonic() + patience
    while (reading := read()).unreadable:
        if time.monotonic() > deadline:
            raise UnreadableError(f"{reading.reason}; nothing was decided")
        await asyncio.sleep(PAUSE_SECONDS)
    return reading
