"""The machine's gauges for the screen: sampled in a thread, one sample at a time, kept with a short history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autotrain_tui.tui.model.machine_history import MachineHistory
from autotrain_tui.tui.model.node_feed import NodeFeed, ShownNode
from autotrain_tui.tui.model.process_feed import ProcessFeed

if TYPE_CHECKING:
    from autotrain_tui.gauges.sample import Leak, MachineSample
    from autotrain_tui.gauges.sampler import Sampler

__all__ = ["MachineFeed"]

_PATIENCE = 10.0
"""Seconds after a stage's end in which its processes may still be on their way out."""


class MachineFeed:
    """Measures on demand. A source that hangs delays only the next sample, never the screen."""

    def __init__(self, place: Path) -> None:
        self.sample: MachineSample | None = None
        self.leaks: Mapping[str, Sequence[Leak]] = {}
        """GPU memory that stages left behind, by the stage's name, as long as it is held."""
        self.recorded: Path | None = None
        """Where a runner on this machine records its gauges: what was before the first sample."""
        self.jobs: Mapping[str, Path] = {}
        """The folders of running attempts whose nodes write their own gauges, by stage."""
        self.nodes: Mapping[str, Sequence[ShownNode]] = {}
        """What these nodes wrote last."""
        self.processes = ProcessFeed()
        """Every process of the machine, for the screen that asks for them."""
        self._node_feed = NodeFeed()
        self._history = MachineHistory()
        self._place = place
        self._sampler: Sampler | None = None
        self._busy = False
        self._curves: Mapping[str, Sequence[float | None]] = {}
        self._running: frozenset[str] = frozenset()
        self._ended: dict[str, float] = {}

    async def measure(
        self, roots: Callable[[], Mapping[str, Sequence[int]]], then: Callable[[], None] = lambda: None
    ) -> bool:
        """Take a sample; False when one is still being taken. `roots` is called in the thread: it reads records.

        `then`, too, is called there, when the sample is taken: a change of threads costs as much as half a sample.
        """
        if self._busy:
            return False
        self._busy = True

        def take() -> None:
            try:
                self.sample = self._take(dict(roots()))
            finally:
                self._busy = False
            then()

        await asyncio.to_thread(take)
        return True

    def curves(self) -> Mapping[str, Sequence[float | None]]:
        """Every gauge's recent values by name, oldest first."""
        return self._curves

    def close(self) -> None:
        """Let the sources go."""
        self.processes.close()
        if self._sampler is not None and not self._busy:
            self._sampler.close()

    def _take(self, roots: Mapping[str, Sequence[int]]) -> MachineSample:
        if self._sampler is None:
            from autotrain_tui.gauges.sampler import Sampler  # NVML's binding: loaded after the first paint

            place = self._place
            while not place.exists() and place != place.parent:
                place = place.parent
            self._sampler = Sampler(place)
        sampler = self._sampler
        sample = sampler.sample(roots)
        self.nodes = self._node_feed.look(self.jobs)
        self._history.recall(self.recorded)
        self._history.add(sample)
        self._curves = self._history.curves(
            sampler.gauges(), lambda name: [value for _, value in sampler.history(name)]
        )
        self._look_for_leaks(sampler, sample, frozenset(roots))
        return sample

    def _look_for_leaks(self, sampler: Sampler, sample: MachineSample, running: frozenset[str]) -> None:
        """What ended stages hold still; a stage is forgotten when a later answer of the drivers shows nothing."""
        for name in self._running - running:
            self._ended[name] = sample.time
        for name in running:
            self._ended.pop(name, None)
        self._running = running
        found = {name: sampler.leaked(name, since) for name, since in self._ended.items()}
        self.leaks = {name: leaks for name, leaks in found.items() if leaks}
        answered = sample.gpu.time
        for name, since in tuple(self._ended.items()):
            if not found[name] and answered is not None and answered > since + _PATIENCE:
                del self._ended[name]
                sampler.forget(name)
