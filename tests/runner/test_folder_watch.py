"""The watch of a folder ends when it is cancelled, whatever happens in the folder at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

from autotrain_tui.runner.core.folder_watch import FolderWatch


def test_a_cancellation_together_with_a_change_is_not_lost(tmp_path: Path) -> None:
    """A file appears in the same turn of the event loop in which the waiting task is cancelled: the task ends."""

    async def go() -> None:
        with FolderWatch(tmp_path) as watch:

            async def forever() -> None:
                while True:
                    await watch.wait(60)

            task = asyncio.create_task(forever())
            for _ in range(5):
                await asyncio.sleep(0)
            (tmp_path / "file").touch()
            turns = 0
            while (
                not task.done() and turns < 4
            ):  # the change is seen in one of these turns, the cancellation comes in it
                turns += 1
                await asyncio.sleep(0)
                task.cancel()
            await asyncio.wait({task}, timeout=5)
            assert task.done()

    asyncio.run(go())


def test_a_lasting_wait_ends_by_itself(tmp_path: Path) -> None:
    """Without a change it returns after the seconds given."""

    async def go() -> None:
        with FolderWatch(tmp_path) as watch:
            async with asyncio.timeout(60):
                await watch.wait(0.01)

    asyncio.run(go())
