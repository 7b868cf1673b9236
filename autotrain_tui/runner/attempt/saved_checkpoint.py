"""Whether an attempt that was asked to save and end wrote anything in its checkpoint folder since.

The moment of the order is taken from the stop order's own file too: on a network the server's clock stamps both.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from autotrain_tui.metrics.files.trainer_state import newest_state
from autotrain_tui.runner.attempt.files_below import files_below
from autotrain_tui.session.records.attempt_files import StopOrder, read_record
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import AttemptFolder

__all__ = ["SavedCheckpoint", "saved_checkpoint"]

_SLACK_SECONDS = 1.0
"""A file's time is that of the kernel's last tick, or of another machine."""

_UNFINISHED_STARTS = (".tmp", "tmp-checkpoint-")
_UNFINISHED_ENDS = (".tmp", ".temp", ".part", ".partial", "-tmp")
"""Names of files and folders that a save writes before it renames them.

safetensors: `.tmpDWqDtq`, orbax: `3.orbax-checkpoint-tmp`, transformers: `tmp-checkpoint-500`. One that is left is
not whole.
"""

_MOST_ENTRIES = 50_000
_PATIENCE_SECONDS = 5.0


class SavedCheckpoint:
    """What the checkpoint folder shows: `written` since the order, or the age of its newest file then (None: empty).

    `step` is that of the newest checkpoint, where it says so (Hugging Face's Trainer).
    """

    __slots__ = ("age_seconds", "step", "written")

    def __init__(self, *, written: bool, age_seconds: float | None = None, step: int | None = None) -> None:
        self.written, self.step = written, step
        self.age_seconds = age_seconds


async def saved_checkpoint(attempt: AttemptFolder, ordered: str) -> SavedCheckpoint | None:
    """Look at the stage's checkpoint folder; `ordered` is when the journal has the order. None if it can't be told.

    In a thread with little patience: a checkpoint folder may lie on a disk that hangs.
    """
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await asyncio.to_thread(_look, attempt, ordered)
    except (OSError, TimeoutError):
        return None


def _look(attempt: AttemptFolder, ordered: str) -> SavedCheckpoint | None:
    moment = _ordered_at(attempt, ordered)
    if moment is None:
        return None
    folder = attempt.path.parent / "checkpoints"
    newest = _newest(folder)
    if newest is None:
        return SavedCheckpoint(written=False)
    state = newest_state(folder)
    return SavedCheckpoint(
        written=newest >= moment - _SLACK_SECONDS,
        age_seconds=max(0.0, moment - newest),
        step=state.global_step if state is not None else None,
    )


def _ordered_at(attempt: AttemptFolder, ordered: str) -> float | None:
    """Unix seconds of the first order to end; None if unknown."""
    moments = [from_iso(ordered)] if ordered else []
    order = read_record(attempt.path, StopOrder).record
    if order is not None:
        moments.append(from_iso(order.time))
        moments.append(os.stat(attempt.path / StopOrder.FILE, follow_symlinks=False).st_mtime)
    return min((moment for moment in moments if moment is not None), default=None)


def _newest(folder: Path) -> float | None:
    """The latest change of a file in it, at any depth: written, renamed or linked into place. Raises OSError.

    What a save has not renamed yet is none. A folder without files has none, nor has one with more entries than can be
    looked at in a moment.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    files = files_below(folder, _MOST_ENTRIES, deadline, enters=lambda name, _depth: not _is_unfinished(name))
    return max((status.st_ctime for entry, status in files if not _is_unfinished(entry.name)), default=None)


def _is_unfinished(name: str) -> bool:
    return name.startswith(_UNFINISHED_STARTS) or name.endswith(_UNFINISHED_ENDS)
