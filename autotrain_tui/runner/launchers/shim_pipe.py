"""The pipe that a shim holds until its start is over: what it says in it, and its end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

__all__ = ["read_until_closed"]


async def read_until_closed(reader: int, over: Callable[[], bool]) -> str:
    """All text of a pipe until its last writer is gone, or `over`, asked every second, is true. Closes it."""
    loop = asyncio.get_running_loop()
    closed, chunks = loop.create_future(), []

    def read() -> None:
        data = os.read(reader, 65536)
        chunks.append(data)
        if not data and not closed.done():
            closed.set_result(None)

    loop.add_reader(reader, read)
    try:
        while not closed.done() and not (await asyncio.wait((closed,), timeout=1.0))[0]:
            if over():
                break
    finally:
        loop.remove_reader(reader)
        os.close(reader)
    return b"".join(chunks).decode(errors="replace").strip()
