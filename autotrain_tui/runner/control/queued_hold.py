"""Hold and release of a stage whose job is in a batch system's queue: the batch system's own hold."""

from __future__ import annotations

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.context.runner_context import RunnerContext

__all__ = ["hold_queued", "release_queued"]


async def hold_queued(context: RunnerContext, name: str) -> None:
    """Have its job held. Raises RefusedError if it is in no queue, or the batch system refuses."""
    launched = context.supervisors.require(name).launched
    if not launched.waiting:
        raise RefusedError(f"stage {name} is starting; only a waiting stage can be held")
    await launched.hold()


async def release_queued(context: RunnerContext, name: str) -> None:
    """Have its job released. Raises RefusedError likewise."""
    launched = context.supervisors.require(name).launched
    if not launched.waiting:
        raise RefusedError(f"stage {name} is starting, not held")
    await launched.release()
