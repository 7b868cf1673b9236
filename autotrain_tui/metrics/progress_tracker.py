"""How far a stage is, how fast, and how long yet: from what its log shows, in running seconds (pauses left out).

The remaining time is (work left) / (speed), as `measured_speed` finds it, with an interval that holds the truth about
two thirds of the times.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from autotrain_tui.metrics.measured_speed import MeasuredSpeed, PrintedEta
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["ProgressEstimate", "ProgressTracker", "sum_up"]

_MOST = 10**18  # of steps or epochs: a number that a float can't hold would end the reading
_ALL = 0.999  # of the work: a float's last digits are no work left
_FROM_ESTIMATE = 0.99  # elapsed against an estimate never claims to be done

_STEPS = 2  # what a fraction rests on: steps of a total

Source = Literal["progress", "estimate", ""]


class ProgressEstimate(msgspec.Struct, frozen=True):
    """A stage's progress as shown. None is unknown.

    `fraction` from 0 to 1; `rate` steps per second; `eta_seconds` with `eta_spread_seconds` either way. `source` says
    what fraction and ETA rest on: "progress" that the log shows, "estimate" when there is none (elapsed against it).
    """

    step: int | None = None
    total: int | None = None
    epoch: float | None = None
    epochs: int | None = None
    fraction: float | None = None
    rate: float | None = None
    eta_seconds: float | None = None
    eta_spread_seconds: float | None = None
    source: Source = ""


class ProgressTracker:
    """Follows one stage. `epochs` and `estimate_seconds` are the plan's, for logs that don't say.

    The fraction never runs back but for a reason: another attempt began, or a bar of another kind took over from one
    that was complete or says less.
    """

    def __init__(self, *, epochs: int | None = None, estimate_seconds: float | None = None) -> None:
        self._plan_epochs = epochs
        self._estimate = estimate_seconds
        self._last = Progress()
        self._evidence: tuple[int, int | None, int | None] = (0, None, None)
        self._fraction: float | None = None
        self._speed = MeasuredSpeed()
        self._printed = PrintedEta()
        self._goes_on = False  # all that was announced is done, and yet something counts

    def begin_attempt(self) -> None:
        """Another attempt starts: it may stand behind where the one before ended, and its first speeds mean nothing."""
        self._evidence = (0, None, None)
        self._fraction = None
        self._goes_on = False
        self._printed = PrintedEta()
        self._last = Progress()
        self._speed.clear()

    def measure_from_here(self) -> None:
        """What was fed so far says how far the work is, and nothing of its speed."""
        self._speed.clear()
        self._printed = PrintedEta()

    def feed(self, progress: Progress, now: float) -> None:
        """The log showed progress at `now` running seconds. Numbers beyond all counting are passed over."""
        if any(number is not None and number > _MOST for number in (progress.step, progress.total, progress.epochs)):
            return
        if progress.eta is not None:
            self._printed.see(progress.eta, now)
        fraction, quality = self._measure(progress)
        known = self._evidence
        evidence = (quality, progress.total if quality > 1 else None, progress.epochs)
        if self._begins_again(progress, quality):
            self._last, self._evidence, self._fraction = progress, (0, None, None), None
            self._goes_on = False
            self._speed.clear()
            return
        if quality < known[0] and not self._runs_on(progress):
            known_last, self._last = self._last, self._merge(progress)
            counts = progress.step is not None and progress.total is not None and progress.step < progress.total
            beyond = progress.total is None and _is_beyond(progress, known_last)
            self._goes_on = self._goes_on or beyond or (counts and (self._fraction or 0.0) >= _ALL)
            if fraction is not None and progress.within_epoch and fraction > (self._fraction or 0.0):
                self._fraction = fraction  # a whole epoch is behind, though its bar was not drawn to its end
                self._speed.add(now, fraction, None)
            return
        if quality == known[0] and evidence != known and not self._gives_way(progress):
            return
        self._last = progress if evidence != known else self._merge(progress)
        if fraction is None:
            return
        if evidence != known:
            self._speed.clear()
            self._goes_on = False
        elif self._fraction is not None:
            fraction = max(fraction, self._fraction)
        self._evidence, self._fraction = evidence, fraction
        self._speed.add(now, fraction, self._whole_step(progress))

    @property
    def fraction(self) -> float | None:
        """The share that is done as far as the log shows it; None if it names no total."""
        return self._fraction

    def estimate_at(self, now: float) -> ProgressEstimate:
        """What to show at `now` running seconds."""
        last, fraction = self._last, self._fraction
        eta, spread = self._speed.remaining(now) if not self._goes_on else (None, None)
        if eta is None and not self._goes_on:
            eta = self._printed.at(now)
        rate = self._speed.rate(now)
        source: Source = "progress" if fraction is not None or eta is not None else ""
        if eta is None and fraction is None and self._estimate:
            source = "estimate"
            fraction = min(_FROM_ESTIMATE, max(0.0, now / self._estimate))
            eta = max(0.0, self._estimate - now) if now < self._estimate else None
        return ProgressEstimate(
            step=last.step,
            total=last.total,
            epoch=last.epoch,
            epochs=self._epochs_of(last) if last.epoch is not None else last.epochs,
            fraction=fraction,
            rate=rate if rate is not None else last.rate,
            eta_seconds=eta,
            eta_spread_seconds=spread,
            source=source,
        )

    def _measure(self, progress: Progress) -> tuple[float | None, int]:
        """The fraction done that a progress tells, and how much it tells: 3 steps in epochs, 2 steps, 1 epochs."""
        step, total, epoch = progress.step, progress.total, progress.epoch
        epochs = self._epochs_of(progress)
        if progress.fraction is not None and step is None:
            return min(1.0, max(0.0, progress.fraction)), 1
        part = min(1.0, step / total) if step is not None and total else None
        if progress.within_epoch and epoch is not None and epochs:
            done = epoch - 1 + (part if part is not None else 1.0 if step is None else 0.0)
            return min(1.0, max(0.0, done / epochs)), 3 if part is not None else 1
        if part is not None and not progress.within_epoch:
            return part, 2
        if epoch is not None and epochs and not progress.within_epoch:
            return min(1.0, max(0.0, (epoch - 1) / epochs)), 1
        return None, 0

    def _epochs_of(self, progress: Progress) -> int | None:
        """A log that counts from 0 leaves open whether the printed number is the last epoch's; the plan knows."""
        told, planned = progress.epochs, self._plan_epochs
        return planned if told is None or (planned is not None and told == planned + 1) else told

    def _begins_again(self, progress: Progress, quality: int) -> bool:
        """Whether what was taken for the whole work was one epoch's, of nobody knows how many: its bar starts again."""
        again = progress.within_epoch and not quality and progress.epoch is not None and progress.epoch > 1
        return again and self._evidence[0] == _STEPS and progress.total == self._evidence[1]

    def _gives_way(self, progress: Progress) -> bool:
        """Whether what was followed so far ends here: it was complete, or nothing was."""
        if self._fraction is None or self._fraction >= _ALL:
            return True
        # the same count against a corrected total is the same work
        last = self._last
        return progress.step is not None and last.step is not None and progress.step >= last.step

    def _runs_on(self, progress: Progress) -> bool:
        """Whether steps that were taken for the first epoch's run on through the second: they count the whole work."""
        step, epoch, last = progress.step, progress.epoch, self._last
        if step is None or epoch is None or last.step is None or last.epoch is None or progress.within_epoch:
            return False
        same_count = progress.total is not None and progress.total == self._evidence[1]
        return same_count and step > last.step and epoch > last.epoch

    def _merge(self, progress: Progress) -> Progress:
        """What is known, with what is new; of the same kind, so that nothing known is lost."""
        last = self._last
        if progress.step is None and last.step is not None and progress.within_epoch:
            return msgspec.structs.replace(last, epoch=progress.epoch, epochs=progress.epochs or last.epochs)
        return Progress(
            progress.step if progress.step is not None else last.step,
            progress.total if progress.total is not None or _is_beyond(progress, last) else last.total,
            progress.epoch if progress.epoch is not None else last.epoch,
            progress.epochs if progress.epochs is not None else last.epochs,
            progress.rate if progress.rate is not None else last.rate,
            progress.within_epoch or last.within_epoch,
            progress.fraction if progress.fraction is not None else last.fraction,
        )

    @staticmethod
    def _whole_step(progress: Progress) -> float | None:
        if progress.step is None:
            return None
        if progress.within_epoch and progress.epoch is not None and progress.total:
            return (progress.epoch - 1) * progress.total + progress.step
        return float(progress.step)


def _is_beyond(progress: Progress, last: Progress) -> bool:
    """Whether more steps are done than were announced: the total meant something else."""
    return progress.step is not None and last.total is not None and progress.step > last.total


def sum_up(parts: list[tuple[float, float]]) -> tuple[float, float]:
    """The remaining time of stages that follow each other: (seconds, spread) of each to those of all.

    Spreads are added as independent errors, but not below half their sum: estimates of one plan err together.
    """
    seconds = sum(eta for eta, _ in parts)
    spread = sum(spread**2 for _, spread in parts) ** 0.5
    return seconds, max(spread, 0.5 * sum(spread for _, spread in parts))
