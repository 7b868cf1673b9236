"""How far a trial has come by the readings of the headline metric: positions on the rungs' axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading

__all__ = ["RungAxis", "RungWatch"]


@dataclass(frozen=True, slots=True)
class RungAxis:
    """What positions are: epochs, or shares of the whole. `epochs` is how many the trial's stage has by the plan."""

    in_epochs: bool
    epochs: float | None

    def position(
        self, epoch: float | None, step: float | None, epochs: float | None, total: float | None
    ) -> float | None:
        """Where a reading stands; None if that is unknown. `epochs`, `total` (steps): what the program says."""
        if epoch is not None and self.in_epochs:
            return epoch
        whole = self.epochs or epochs
        if epoch is not None and whole:
            return epoch / whole
        if step is not None and total:
            return step / total * (self.epochs or 1.0 if self.in_epochs else 1.0)
        return None


class RungWatch:
    """Takes what the readers of a trial's attempt find; calls `reached` when the rung it runs to is reached.

    `due` gives that rung's position, None if the trial runs to its end.
    """

    def __init__(
        self, metric: str, axis: RungAxis, due: Callable[[], float | None], reached: Callable[[], None]
    ) -> None:
        self._metric, self._axis, self._due, self._reached = metric, axis, due, reached
        self.epochs: float | None = None
        self.total: float | None = None
        self.furthest = 0.0
        """The greatest position of a reading of the metric."""

    @property
    def runs_to_rung(self) -> bool:
        """Whether a rung is before it."""
        return self._due() is not None

    def feed(self, event: Reading | Progress | NotFinite) -> None:
        """Take one event."""
        if isinstance(event, Progress):
            self.epochs = event.epochs or self.epochs
            if not event.within_epoch:
                self.total = event.total or self.total
        elif isinstance(event, Reading) and event.name == self._metric:
            self._see(event)

    def _see(self, event: Reading) -> None:
        at = self._axis.position(event.epoch, event.step, self.epochs, self.total)
        if at is None or at <= self.furthest:
            return
        self.furthest = at
        due = self._due()
        if due is not None and at >= due - 1e-9:
            self._reached()
