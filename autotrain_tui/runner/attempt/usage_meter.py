"""The memory and the GPU use of one attempt, over the samples that the gauge recorder takes while it runs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path

from autotrain_tui.gauges.recorder import GaugeColumns
from autotrain_tui.gauges.sample import GpuSample, StageShare
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.session.records.usage import Usage

__all__ = ["UsageMeter"]


class UsageMeter:
    """Takes samples; `usage` gives the result with the figures of the exit record."""

    def __init__(self, declared_bytes: int | None = None) -> None:
        self._declared = declared_bytes
        self._memory: int | None = None
        self._gpu_memory: int | None = None
        self._gpu_use, self._gpu_samples = 0.0, 0

    @property
    def memory(self) -> int | None:
        """The most of its process tree so far, in bytes."""
        return self._memory

    def see(self, share: StageShare, gpus: Sequence[GpuSample]) -> None:
        """One sample of its process tree."""
        if share.processes:
            self._memory = max(self._memory or 0, share.rss)
        pids = set(share.pids)
        for gpu in gpus:
            own = [process.memory for process in gpu.processes or () if process.pid in pids]
            if not own:
                continue
            known = [memory for memory in own if memory is not None]
            if known:
                self._gpu_memory = max(self._gpu_memory or 0, sum(known))
            if gpu.utilisation is not None:
                self._gpu_use += gpu.utilisation
                self._gpu_samples += 1

    def restore(self, path: Path, stage: str, since: float) -> None:
        """Of an attempt that another runner began: what that one recorded since then, Unix seconds. Raises OSError."""
        columns = GaugeColumns(path)
        columns.read()
        begin = bisect_left(columns.time, since)
        known = {
            name: [value for value in values[begin:] if not isnan(value)] for name, values in columns.columns.items()
        }
        self._restore({name: max(values) for name, values in known.items() if values}, stage)

    def _restore(self, gauges: Mapping[str, float], stage: str) -> None:
        memory, gpu_memory = gauges.get(f"stage.{stage}.memory"), gauges.get(f"stage.{stage}.gpu_memory")
        if memory:
            self._memory = max(self._memory or 0, int(memory))
        single = sum(name.endswith(".memory") and not name.startswith("stage.") for name in gauges) == 1
        if gpu_memory and single:  # of several GPUs only their sum is recorded
            self._gpu_memory = max(self._gpu_memory or 0, int(gpu_memory))

    def usage(self, end: Exit | None) -> Usage | None:
        """All that is known; None if nothing is."""
        found = Usage(
            end.cpu_seconds if end is not None else None,
            end.max_rss_bytes if end is not None else None,
            self._memory,
            self._gpu_memory,
            round(self._gpu_use / self._gpu_samples, 1) if self._gpu_samples else None,
            self._declared,
        )
        return found if found != Usage() else None
