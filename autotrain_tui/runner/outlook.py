"""How an attempt is doing: its progress, its ETA, its best headline value, and what is worth an alert."""

from __future__ import annotations

from collections.abc import Mapping

from autotrain_tui.metrics.reading import NotFinite, Progress, Reading
from autotrain_tui.plan.model import Metric
from autotrain_tui.session.events import Alert
from autotrain_tui.session.heartbeat import Live, ProgressFigures

__all__ = ["Outlook"]


class Outlook:
    """Fed with what the readers find; answers with figures and alerts."""

    def __init__(self, headline: Metric | None, estimate_seconds: float | None) -> None:
        self._headline = headline
        self._estimate = estimate_seconds
        self._progress = ProgressFigures()
        self.best: float | None = None

    def feed(self, event: Reading | Progress | NotFinite, now: float) -> list[Alert]:
        """Take one event at `now` running seconds of the attempt; alerts it gives rise to."""
        if isinstance(event, Reading):
            self._see(event.name, event.value)
        elif isinstance(event, Progress):
            old = self._progress
            epoch = event.epoch if event.epoch is not None else old.epoch
            epochs = event.epochs if event.epochs is not None else old.epochs
            self._progress = ProgressFigures(event.step, event.total, epoch, epochs, None, event.rate)
        return []

    def tick(self, now: float) -> list[Alert]:
        """Time has passed; alerts that silence gives rise to."""
        return []

    def _see(self, name: str, value: float) -> None:
        if self._headline is None or name != self._headline.name:
            return
        better = max if self._headline.goal == "max" else min
        self.best = value if self.best is None else better(self.best, value)

    def best_with(self, result: Mapping[str, float] | None) -> float | None:
        """The best headline value, the result file's included."""
        if self._headline is not None and result is not None and self._headline.name in result:
            self._see(self._headline.name, result[self._headline.name])
        return self.best

    def live(self, attempt: int, elapsed: float, metrics: Mapping[str, float], log_bytes: int, message: str) -> Live:
        """The heartbeat's figures."""
        return Live(attempt, self._progress, None, None, "", dict(metrics), self.best, log_bytes, message)
