"""An attempt's progress, ETA, best headline value, and alerts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autotrain_tui.metrics.alerts import Alerts, MetricAlert
from autotrain_tui.metrics.headline_choice import MetricRanges, Place, Places, choose_headline
from autotrain_tui.metrics.held_out_tracker import HeldOutTracker
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.metrics.past_best import PastBest
from autotrain_tui.metrics.progress_tracker import ProgressTracker
from autotrain_tui.plan.model import Metric
from autotrain_tui.runner.attempt.rung_watch import RungWatch
from autotrain_tui.runner.attempt.shown_progress import ShownProgress
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.records.heartbeat import Live, ProgressFigures

__all__ = ["ProgressMonitor"]


class ProgressMonitor:
    """Takes what the readers find, at running seconds of the attempt; gives figures and alerts."""

    def __init__(self, headline: Callable[[], Metric | None], stage: Stage, rungs: RungWatch | None = None) -> None:
        """`headline` gives the session's headline metric as it is now; `rungs` watches a trial."""
        self.rungs = rungs
        self._headline = headline
        self._stage = stage.name
        self._tracker = ProgressTracker(epochs=stage.info.epochs, estimate_seconds=stage.info.estimate_seconds)
        metric = headline()
        self._alerts = Alerts((metric.name, metric.goal) if metric is not None else None)
        self._ranges = MetricRanges()
        self._held_out = HeldOutTracker()
        self._said_past_best = False
        self._earlier = _ranges_before(stage)
        self.shown = ShownProgress()
        """How far the log itself says it is."""

    def feed(self, event: Reading | Progress | NotFinite, now: float) -> list[Alert]:
        """Take one event; the alerts that it causes."""
        if self.rungs is not None:
            self.rungs.feed(event)
        if isinstance(event, Reading):
            self._ranges.see(event.name, event.value, event.step, event.epoch)
            if self._held_out.feed(event, now) and not self._said_past_best and (found := self.past_best()) is not None:
                self._said_past_best = True
                return [
                    Alert(kind="past_best", text=found.text, stage=self._stage),
                    *self._alerts_of(self._alerts.feed(event, now)),
                ]
        elif isinstance(event, Progress):
            self._tracker.feed(event, now)
            self.shown.feed(event, now)
        return self._alerts_of(self._alerts.feed(event, now))

    def tick(self, now: float) -> list[Alert]:
        """Time has passed; the alerts that silence causes."""
        return self._alerts_of(self._alerts.tick(now))

    def _alerts_of(self, found: list[MetricAlert]) -> list[Alert]:
        return [Alert(kind=alert.kind, text=alert.text, stage=self._stage) for alert in found]

    def measure_from_here(self) -> None:
        """What was read so far was not timed: speed is measured from now on."""
        self._tracker.measure_from_here()

    def past_best(self) -> PastBest | None:
        """What the curves say; None also if an attempt that this one continues had come further."""
        found = self._held_out.find()
        if found is None:
            return None
        earlier = self._earlier.get(found.name)
        if earlier is not None and (earlier[0] <= found.best if found.goal == "min" else earlier[1] >= found.best):
            return None
        return found

    def moments(self, found: PastBest) -> tuple[float, float | None, float | None]:
        """Running seconds at which its best value, the one before and the one after it were read."""
        times, at = self._held_out.times(found), found.index
        return times[at], times[at - 1] if at else None, times[at + 1] if at + 1 < len(times) else None

    @property
    def best(self) -> float | None:
        """The best value of the headline so far."""
        return self._ranges.best(self._headline())

    @property
    def best_at(self) -> Place:
        """Step and epoch at which it was first reached."""
        return self._ranges.best_at(self._headline())

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Least and greatest value of the headline and of other quality metrics."""
        return self._ranges.journaled(self._headline())

    @property
    def places(self) -> Places:
        """Where these were reached."""
        return self._ranges.journaled_places(self._headline())

    def see_result(self, result: Mapping[str, float] | None) -> None:
        """The result file's figures count too."""
        for name, value in (result or {}).items():
            self._ranges.see_final(name, value)

    def choose(self, *, ended: bool = False) -> Metric | None:
        """A better headline for a session whose plan names none; None while there is none."""
        if not ended and not self._ranges.grown:
            return None
        return choose_headline(self._ranges.names(ended=ended), self._headline())

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
            *self.best_at,
        )

    def progress(self, elapsed: float) -> ProgressFigures | None:
        """The final progress of an ended attempt; None if unknown."""
        at = self._tracker.estimate_at(elapsed)
        figures = ProgressFigures(at.step, at.total, at.epoch, at.epochs, _short(at.fraction))
        return figures if figures != ProgressFigures(epochs=at.epochs) else None


def _ranges_before(stage: Stage) -> dict[str, tuple[float, float]]:
    """Least and greatest of each metric in the attempts that the running one continues; empty if it starts anew."""
    found: dict[str, tuple[float, float]] = {}
    attempts = stage.attempts
    for at in range(len(attempts) - 1, 0, -1):
        if not attempts[at].resume:
            break
        for name, (low, high) in attempts[at - 1].ranges.items():
            known = found.get(name, (low, high))
            found[name] = (min(low, known[0]), max(high, known[1]))
    return found


def _short(value: float | None) -> float | None:
    """Four decimals: more than a screen shows, and a heartbeat without changes is not written."""
    return None if value is None else round(value, 4)
