"""An attempt's progress, ETA, best headline value, and alerts."""

from __future__ import annotations

from collections.abc import Mapping

from autotrain_tui.metrics.alerts import Alerts, MetricAlert
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.metrics.progress_tracker import ProgressTracker
from autotrain_tui.plan.model import Metric
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.records.heartbeat import Live, ProgressFigures

__all__ = ["ProgressMonitor"]


class ProgressMonitor:
    """Takes what the readers find, at running seconds of the attempt; gives figures and alerts."""

    def __init__(self, headline: Metric | None, stage: Stage) -> None:
        self._headline = headline
        self._stage = stage.name
        self._tracker = ProgressTracker(epochs=stage.info.epochs, estimate_seconds=stage.info.estimate_seconds)
        self._alerts = Alerts((headline.name, headline.goal) if headline is not None else None)
        self.best: float | None = None

    def feed(self, event: Reading | Progress | NotFinite, now: float) -> list[Alert]:
        """Take one event; the alerts that it causes."""
        if isinstance(event, Reading):
            self._see(event.name, event.value)
        elif isinstance(event, Progress):
            self._tracker.feed(event, now)
        return self._alerts_of(self._alerts.feed(event, now))

    def tick(self, now: float) -> list[Alert]:
        """Time has passed; the alerts that silence causes."""
        return self._alerts_of(self._alerts.tick(now))

    def _alerts_of(self, found: list[MetricAlert]) -> list[Alert]:
        return [Alert(kind=alert.kind, text=alert.text, stage=self._stage) for alert in found]

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

    def live(self, attempt: int, elapsed: float, metrics: Mapping[str, float], *, log_bytes: int, message: str) -> Live:
        """The heartbeat's figures."""
        at = self._tracker.estimate_at(elapsed)
        figures = ProgressFigures(at.step, at.total, at.epoch, at.epochs, _short(at.fraction), _short(at.rate))
        return Live(
            attempt,
            figures,
            _short(at.eta_seconds),
            _short(at.eta_spread_seconds),
            at.source,
            dict(metrics),
            self.best,
            log_bytes,
            message,
        )

    def progress(self, elapsed: float) -> ProgressFigures | None:
        """The final progress of an ended attempt; None if unknown."""
        at = self._tracker.estimate_at(elapsed)
        figures = ProgressFigures(at.step, at.total, at.epoch, at.epochs, _short(at.fraction))
        return figures if figures != ProgressFigures(epochs=at.epochs) else None


def _short(value: float | None) -> float | None:
    """Four decimals: more than a screen shows, and a heartbeat without changes is not written."""
    return None if value is None else round(value, 4)
