"""The one sentence about an attempt's curves at its end, with the checkpoint that belongs to the best value."""

from __future__ import annotations

from pathlib import Path

from autotrain_tui.metrics.past_best import PastBest
from autotrain_tui.runner.attempt.nearest_checkpoint import BestMoment, nearest_checkpoint
from autotrain_tui.runner.attempt.progress_monitor import ProgressMonitor
from autotrain_tui.session.journal.attempt_events import PassedBest
from autotrain_tui.session.journal.state import Attempt
from autotrain_tui.session.records.attempt_files import Spec, read_record
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import AttemptFolder

__all__ = ["passed_best"]


async def passed_best(monitor: ProgressMonitor, attempt: Attempt, folder: AttemptFolder) -> PassedBest | None:
    """What the curves say, None if nothing."""
    found = monitor.past_best()
    if found is None:
        return None
    checkpoint = await _checkpoint(monitor, found, attempt, folder)
    text = f"{found.text}: the last checkpoint is not the best"
    if checkpoint is not None:
        text += f"; the one written nearest to it is {checkpoint.name}"
    return PassedBest(
        metric=found.name,
        train_metric=found.train_name,
        best=found.best,
        last=found.last,
        text=text,
        best_step=found.best_at[0],
        best_epoch=found.best_at[1],
        checkpoint=str(checkpoint) if checkpoint is not None else "",
    )


async def _checkpoint(
    monitor: ProgressMonitor, found: PastBest, attempt: Attempt, folder: AttemptFolder
) -> Path | None:
    begun = from_iso(attempt.started)
    if begun is None or attempt.launcher != "local" or attempt.last_freeze_seconds:
        return None  # times of readings are of this machine's clock, without the frozen time
    best, before, after = (None if each is None else begun + each for each in monitor.moments(found))
    assert best is not None
    folders = [folder.path.parent / "checkpoints"]
    spec = read_record(folder.path, Spec).record
    if spec is not None:
        folders.append(Path(spec.cwd))
    return await nearest_checkpoint(folders, begun, BestMoment(best, before, after, *found.best_at))
