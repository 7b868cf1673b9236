"""The folders of a stage's next attempt: its number, its own folder, the checkpoints of a start from scratch."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from autotrain_tui.session.records.folder import make_private_dir, write_new

__all__ = ["free_number", "make_folders"]


def free_number(stage_dir: Path, number: int) -> int:
    """The attempt's number. Numbers whose folders exist are skipped: a runner died between making the folder and
    journaling it.
    """
    while os.path.lexists(stage_dir / f"attempt-{number}"):
        number += 1
    return number


def make_folders(stage_dir: Path, attempt: Path, *, scratch: bool) -> None:
    """Make the stage's folders and the attempt's, which must be new; from scratch the old checkpoints are set aside."""
    checkpoints = stage_dir / "checkpoints"
    if not stage_dir.exists():
        make_private_dir(stage_dir)
    if scratch and checkpoints.exists():
        before = 1
        while os.path.lexists(stage_dir / f"checkpoints.before-{before}"):
            before += 1
        checkpoints.rename(stage_dir / f"checkpoints.before-{before}")
    if not checkpoints.exists():
        make_private_dir(checkpoints)
    make_private_dir(attempt)
    try:
        write_new(attempt / "log", b"", sync=False)  # if the disk has no room for that, the attempt can't start
    except OSError:
        shutil.rmtree(attempt, ignore_errors=True)
        raise
