"""Samples of the whole machine, each on request and within a few milliseconds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Self

from autotrain_tui.gauges.gpus import Gpus
from autotrain_tui.gauges.history import GaugeHistory, Point
from autotrain_tui.gauges.proc import LINUX, read_stat
from autotrain_tui.gauges.sample import GpuReading, Leak, MachineSample, ProcessSample, StageShare
from autotrain_tui.gauges.system import System, open_system

if LINUX:
    from autotrain_tui.gauges.process_tree import ProcessTrees as SystemTrees
else:  # psutil: 20 ms that Linux does not need
    from autotrain_tui.gauges.portable import PortableTrees as SystemTrees  # type: ignore[assignment]

__all__ = ["Sampler"]

_REMEMBERED = 4096  # processes of a stage, for naming one that keeps GPU memory after the stage's end


class Sampler:
    """Samples the machine, and the stages whose root pids it is given. Not for several threads at once.

    GPU values are the driver's last answer: `sample` asks for the next one, `ask` does so ahead of time.
    """

    def __init__(
        self,
        disk_path: str | os.PathLike[str],
        interval: float = 1.0,
        *,
        history: int = 300,
        gpus: Gpus | None = None,
        system: System | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.interval = interval
        self._clock = clock
        self._system = system or open_system(os.fspath(disk_path), clock)
        self._gpus = gpus or Gpus(clock=clock)
        self._trees = SystemTrees(clock)
        self._history = GaugeHistory(history)
        self._seen: dict[str, dict[int, ProcessSample]] = {}
        self._last: tuple[MachineSample, Mapping[str, frozenset[int]]] | None = None

    def sample(self, stage_pids: Mapping[str, Collection[int]] | None = None) -> MachineSample:
        """The machine now; `stage_pids` names the living roots (shims and command) of each running stage.

        Called again within half the interval for the same stages, it answers the same sample: percentages of so
        short a time would be noise.
        """
        now = self._clock()
        wanted = {name: frozenset(pids) for name, pids in (stage_pids or {}).items()}
        if self._last is not None and now - self._last[0].time < self.interval / 2 and self._last[1] == wanted:
            return self._last[0]
        gpu = self._gpus.reading()
        self._gpus.ask()
        shares = self._trees.shares(wanted, _memory_by_pid(gpu))
        for name, share in shares.items():
            self._remember(name, share)
        system = self._system
        sample = MachineSample(now, system.cpu(), system.memory(), system.disk(), system.net(), gpu, shares)
        self._history.add(sample)
        self._last = sample, wanted
        return sample

    def ask(self) -> None:
        """Request a measurement of the GPUs, so that a `sample` 0.3 s later has new values."""
        self._gpus.ask()

    def gpu(self) -> GpuReading:
        """The drivers' last answer about the GPUs alone."""
        return self._gpus.reading()

    def history(self, name: str) -> Sequence[Point]:
        """(monotonic seconds, value or None) of one gauge, oldest first; the names are those of `gauges.history`."""
        return self._history.points(name)

    def gauges(self) -> tuple[str, ...]:
        """The names `history` knows."""
        return self._history.names()

    def leaked(self, stage: str, since: float | None = None) -> tuple[Leak, ...]:
        """GPU memory that processes of an ended stage's tree still hold, by the drivers' last answer.

        `since` is when the stage ended (monotonic): an older answer proves nothing, then there are none. A process
        that this sampler has never seen in the tree cannot be told from a foreign process and is left out.
        """
        reading = self._gpus.reading()
        seen = self._seen.get(stage)
        if not seen or reading.time is None or (since is not None and reading.time <= since):
            return ()
        leaks: list[Leak] = []
        for gpu in reading.gpus:
            for holder in gpu.processes or ():
                process = seen.get(holder.pid)
                alive = _alive(process) if process is not None else None
                if process is not None and alive is not None:
                    leaks.append(Leak(gpu, holder.pid, process.command, holder.memory, alive))
        return tuple(leaks)

    def forget(self, stage: str) -> None:
        """Forget the processes of an ended stage."""
        self._seen.pop(stage, None)

    def close(self) -> None:
        """Close the descriptors and let the threads end, without waiting for them."""
        self._gpus.close()
        self._system.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _remember(self, name: str, share: StageShare) -> None:
        seen = self._seen.setdefault(name, {})
        for process in share.processes:
            seen[process.pid] = process
        while len(seen) > _REMEMBERED:
            del seen[next(iter(seen))]


def _memory_by_pid(reading: GpuReading) -> dict[int, int | None] | None:
    """GPU memory of each process over all GPUs; None if no GPU reports its processes."""
    held: dict[int, int | None] = {}
    known = False
    for gpu in reading.gpus:
        known = known or gpu.processes is not None
        for process in gpu.processes or ():
            before = held.get(process.pid)
            held[process.pid] = before if process.memory is None else (before or 0) + process.memory
    return held if known else None


def _alive(process: ProcessSample) -> bool | None:
    """Whether that process is still running; None if its pid was reused."""
    stat = read_stat(process.pid) if LINUX else None
    if stat is None:
        return False
    return stat.state not in "ZX" if stat.start_time == process.start_time else None
