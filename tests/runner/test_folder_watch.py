"""The watch of a folder ends when it is cancelled, whatever happens in the folder at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

from autotrain_tui.runner.core.folder_watch import FolderWatch


def test_a_cancellation_together_with_a_change_is_not_lost(tmp_path: Path) -> None:
    """A file appears and the waiting task is cancelled, at most some turns of the event loop later: the task ends."""

    async def go(turns: int) -> None:
        with FolderWatch(tmp_path) as watch:

            async def forever() -> None:
                while True:
                    await watch.wait(60)

            task = asyncio.create_task(forever())
            for _ in range(5):
                await asyncio.sleep(0)
            (tmp_path / f"file-{turns}").touch()
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task}, timeout=60)
            ended = task.done()
            task.cancel()
            assert ended, f"cancelled {turns} turns after the change"

    for turns in range(6):
        asyncio.run(go(turns))


def test_a_lasting_wait_ends_by_itself(tmp_path: Path) -> None:
    """Without a change it returns after the seconds given."""

    async def go() -> None:
        with FolderWatch(tmp_path) as watch:
            async with asyncio.timeout(60):
                await watch.wait(0.01)

    asyncio.run(go())
