"""The facts that preflight needs of the machine and of earlier sessions: disk space, GPU memory.

Reads files: the screen calls it in a thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import isnan
from pathlib import Path

from autotrain_tui.errors import RecordsError
from autotrain_tui.gauges.recorder import GaugeColumns
from autotrain_tui.gauges.sample import GpuReading
from autotrain_tui.plan.model import Plan
from autotrain_tui.session.history.remove import measure
from autotrain_tui.session.history.store import Store
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.preflight import Facts
from autotrain_tui.session.launch.slurm_check import cluster_of
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["gpu_room", "machine_facts"]

_MOST_SESSIONS = 3
"""How many of the plan's latest sessions are read: their files may be many."""


def machine_facts(plan: Plan, sessions: Path, gpus: GpuReading | None = None) -> Facts:
    """The facts for this plan; `gpus` is the last reading of the drivers."""
    earlier = list(_earlier(plan.name, sessions))
    written = [size for size in (measure(folder).total for folder in earlier) if size]
    used: dict[str, int] = {}
    for folder in earlier:
        for stage, most in _gpu_memory(folder):
            used[stage] = max(most, used.get(stage, 0))
    return Facts(_disk_free(sessions), max(written, default=None), gpu_room(gpus), used, cluster_of(plan.stages))


def gpu_room(reading: GpuReading | None) -> tuple[int | None, ...] | None:
    """Free memory of each GPU in bytes; None while no driver has answered."""
    if reading is None or (reading.time is None and not reading.absent):
        return None
    return tuple(gpu.memory_free for gpu in reading.gpus)


def _earlier(plan: str, sessions: Path) -> Iterator[SessionFolder]:
    """The latest sessions of the plan in which a stage ran."""
    taken = 0
    for folder in Store(sessions).folders():
        if plan not in folder.id:
            continue
        try:
            view = load_view(folder)
        except RecordsError:
            continue
        if view.session.plan == plan and any(stage.attempts for stage in view.session.every_stage):
            yield folder
            taken += 1
            if taken == _MOST_SESSIONS:
                return


def _disk_free(path: Path) -> int | None:
    """Bytes free for us on that disk; the folder may not exist yet."""
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        status = os.statvfs(path)
    except OSError:
        return None
    return status.f_bavail * status.f_frsize


def _gpu_memory(folder: SessionFolder) -> Iterator[tuple[str, int]]:
    """The most GPU memory that each stage took, by the session's recorded gauges."""
    columns = GaugeColumns(folder.path / "gauges.jsonl")
    try:
        columns.read()
    except OSError:
        return
    for name, values in columns.columns.items():
        if name.startswith("stage.") and name.endswith(".gpu_memory"):
            most = max((value for value in values if not isnan(value)), default=0.0)
            if most > 0:
                yield name.removeprefix("stage.").removesuffix(".gpu_memory"), int(most)
