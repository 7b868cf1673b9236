"""Recent values of the machine's gauges: measured ones, before them those that a runner has recorded, each core's and
each process' use.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain_tui.gauges.sample import MachineSample

__all__ = ["MachineHistory", "RecentCurves", "core_key", "process_key"]

_SECONDS = 600
"""How far back recorded values are taken, one a second."""
_HELD = 20.0
"""Seconds for which a recorded value stands: a runner records every ten."""
_TAIL = 256 * 1024
"""Bytes of the record that are read: more than ten minutes of it."""
_LENGTH = 120
"""Measured values that are kept of a core and of a process."""


def core_key(number: int) -> str:
    """The name of a core's curve."""
    return f"core.{number}"


def process_key(pid: int) -> str:
    """The name of the curve of a process' CPU use."""
    return f"process.{pid}"


class RecentCurves(Mapping[str, Sequence[float | None]]):
    """Curves that are put together when they are first asked for: a pane needs few of them, and not at each sample."""

    def __init__(self, names: Iterable[str], curve: Callable[[str], tuple[float | None, ...]]) -> None:
        self._known: dict[str, tuple[float | None, ...] | None] = dict.fromkeys(names)
        self._curve = curve

    def __getitem__(self, name: str) -> tuple[float | None, ...]:
        """The curve up to the moment in which it is first asked for."""
        found = self._known[name]
        if found is None:
            found = self._known[name] = self._curve(name)
        return found

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._known)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._known)

    def keys(self) -> KeysView[str]:
        """The names; compared at each sample."""
        return self._known.keys()


class MachineHistory:
    """Written by the thread that measures. A curve is read by others while values are added, one call for all of it."""

    def __init__(self) -> None:
        self._own: dict[str, deque[float | None]] = {}
        self._recorded: dict[str, tuple[float | None, ...]] = {}
        self._path: Path | None = None

    def recall(self, path: Path | None) -> None:
        """Take what a runner on this machine has recorded before the first measurement; once for each path."""
        if path is None or path == self._path:
            return
        self._path = path
        from autotrain_tui.gauges.recorder import GaugeColumns  # not needed before the first paint

        columns = GaugeColumns(path)
        try:
            columns.read(last=_TAIL)
        except OSError:
            return
        now = time.time()
        self._recorded = {
            name: tuple(_by_seconds(columns.time, column, now)) for name, column in columns.columns.items()
        }

    def add(self, sample: MachineSample) -> None:
        """One more measurement."""
        found: dict[str, float | None] = {}
        for number, share in enumerate(sample.cpu.cores if sample.cpu is not None else ()):
            found[core_key(number)] = share
        for stage in sample.stages.values():
            found |= {process_key(process.pid): process.cpu for process in stage.processes}
        self._own = {name: self._own.get(name, deque(maxlen=_LENGTH)) for name in found}
        for name, value in found.items():
            self._own[name].append(value)

    def curves(self, names: Iterable[str], measured: Callable[[str], Sequence[float | None]]) -> RecentCurves:
        """Every curve by name, oldest first: what is `measured` of these after what was recorded, and those of cores
        and processes.
        """
        own, recorded = self._own, self._recorded

        def curve(name: str) -> tuple[float | None, ...]:
            if name in own:
                return tuple(own[name])
            before = recorded.get(name, ())
            return (*before, *_joined(before, measured(name)))

        return RecentCurves((*names, *own), curve)


def _joined(before: Sequence[float | None], values: Sequence[float | None]) -> Sequence[float | None]:
    """The measured values; the first is often unknown, since a rate needs two, and is then what was recorded last."""
    return (before[-1], *values[1:]) if before and len(values) > 0 and values[0] is None else values


def _by_seconds(times: Sequence[float], values: Sequence[float], now: float) -> list[float | None]:
    """The values of the last ten minutes, one a second; each stands until the next one, but not for long."""
    found: list[float | None] = []
    at = 0
    for second in range(_SECONDS, 0, -1):
        moment = now - second
        while at + 1 < len(times) and times[at + 1] <= moment:
            at += 1
        known = len(times) and 0 <= moment - times[at] <= _HELD and not math.isnan(values[at])
        found.append(values[at] if known else None)
    begin = next((place for place, value in enumerate(found) if value is not None), len(found))
    return found[begin:]
