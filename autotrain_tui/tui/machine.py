"""The machine's gauges for the screen: sampled in a thread, at most one sample at a time, kept with a short past."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain_tui.gauges.sample import MachineSample
    from autotrain_tui.gauges.sampler import Sampler

__all__ = ["Machine"]


class Machine:
    """Measures on demand. A source that hangs delays only the next sample, never the screen."""

    def __init__(self, place: Path) -> None:
        self.sample: MachineSample | None = None
        self._place = place
        self._sampler: Sampler | None = None
        self._busy = False

    async def measure(self, roots: Mapping[str, Sequence[int]]) -> bool:
        """Take a sample; False when one is still being taken."""
        if self._busy:
            return False
        self._busy = True
        try:
            self.sample = await asyncio.to_thread(self._take, dict(roots))
        finally:
            self._busy = False
        return True

    def curves(self) -> dict[str, tuple[float | None, ...]]:
        """Every gauge's recent values by name, oldest first."""
        sampler = self._sampler
        if sampler is None or self._busy:
            return {}
        return {name: tuple(value for _, value in sampler.history(name)) for name in sampler.gauges()}

    def close(self) -> None:
        """Let the sources go."""
        if self._sampler is not None and not self._busy:
            self._sampler.close()

    def _take(self, roots: Mapping[str, Sequence[int]]) -> MachineSample:
        if self._sampler is None:
            from autotrain_tui.gauges.sampler import Sampler  # NVML's binding: loaded after the first paint

            place = self._place
            while not place.exists() and place != place.parent:
                place = place.parent
            self._sampler = Sampler(place)
        return self._sampler.sample(roots)
