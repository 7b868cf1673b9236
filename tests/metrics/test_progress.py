"""Progress and the time that is left, on runs made up for it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Progress
from autotrain_tui.metrics.progress_tracker import ProgressTracker, sum_up


def run(tracker: ProgressTracker, steps: int, seconds: float, *, start: float = 0.0, first: int = 0) -> float:
    """Feed steps `first`+1..`steps` of 100, `seconds` each; the time at the end."""
    now = start
    for step in range(first + 1, steps + 1):
        now += seconds
        tracker.feed(Progress(step, 100), now)
    return now


def test_steady_run() -> None:
    """A steady run's ETA is work left over speed, within its own interval, and its rate is steps a second."""
    tracker = ProgressTracker()
    now = run(tracker, 40, 2.0)
    seen = tracker.estimate_at(now)
    assert seen.fraction == pytest.approx(0.4)
    assert seen.rate == pytest.approx(0.5)
    assert seen.eta_seconds == pytest.approx(120, rel=0.02)
    assert seen.eta_spread_seconds is not None
    assert 0 < seen.eta_spread_seconds < 12
    assert seen.source == "progress"


@pytest.mark.parametrize(
    "beyond",
    [
        Progress(10**400, 10**401),
        Progress(10**400, 3),
        Progress(3, 10**400, epoch=3.0),
        Progress(3, 10**400, 4.0, 5, None, True),
        Progress(epoch=2.0, epochs=10**400),
    ],
)
def test_numbers_without_end_are_no_progress(beyond: Progress) -> None:
    """A program may print a number that no float holds: it is passed over, and what was known stays."""
    tracker = ProgressTracker(epochs=5)
    now = run(tracker, 40, 2.0)
    before = tracker.estimate_at(now)
    tracker.feed(beyond, now)
    assert tracker.estimate_at(now) == before
    fresh = ProgressTracker(epochs=5)
    fresh.feed(beyond, 1.0)
    assert fresh.estimate_at(1.0).fraction is None


def test_no_eta_before_the_warm_up() -> None:
    """The first changes, with their compiling and loading, promise nothing."""
    tracker = ProgressTracker()
    tracker.feed(Progress(0, 100), 0.0)
    tracker.feed(Progress(1, 100), 30.0)
    assert tracker.estimate_at(30.0).eta_seconds is None
    assert tracker.estimate_at(30.0).fraction == pytest.approx(0.01)


def test_slow_start_does_not_count() -> None:
    """A slow first step is not taken for the speed of the rest."""
    tracker = ProgressTracker()
    tracker.feed(Progress(0, 100), 0.0)
    tracker.feed(Progress(1, 100), 60.0)
    now = run(tracker, 30, 1.0, start=60.0, first=1)
    assert tracker.estimate_at(now).eta_seconds == pytest.approx(70, rel=0.05)


def test_first_rates_after_a_resume_are_ignored() -> None:
    """A resumed bar that jumps from 0 to 61 has done no work at 300 steps a second."""
    tracker = ProgressTracker()
    tracker.feed(Progress(0, 90), 0.0)
    tracker.feed(Progress(61, 90, rate=304.58), 0.2)
    for step in range(62, 80):
        tracker.feed(Progress(step, 90), 0.2 + (step - 61) * 2.0)
    assert tracker.estimate_at(36.2).eta_seconds == pytest.approx(22, rel=0.1)


def test_interval_holds_the_truth() -> None:
    """Over many noisy runs the true remaining time lies within twice the interval nearly always."""
    inside = 0
    for seed in range(60):
        chance, tracker, now = random.Random(seed), ProgressTracker(), 0.0
        times = [chance.expovariate(1.0) * 0.5 + 0.5 for _ in range(200)]
        for step in range(1, 101):
            now += times[step - 1]
            tracker.feed(Progress(step, 200), now)
        seen = tracker.estimate_at(now)
        assert seen.eta_seconds is not None
        assert seen.eta_spread_seconds is not None
        inside += abs(seen.eta_seconds - sum(times[100:])) <= 2 * seen.eta_spread_seconds
    assert inside >= 54


def test_a_change_of_speed_widens_the_interval() -> None:
    """When the second half runs at half the speed, the estimate moves towards it and admits more doubt."""
    steady, slowing = ProgressTracker(), ProgressTracker()
    now = run(steady, 40, 1.0)
    later = run(slowing, 20, 1.0)
    later = run(slowing, 40, 3.0, start=later, first=20)
    calm, doubtful = steady.estimate_at(now), slowing.estimate_at(later)
    assert calm.eta_spread_seconds is not None
    assert doubtful.eta_spread_seconds is not None
    assert doubtful.eta_spread_seconds > 2 * calm.eta_spread_seconds
    assert doubtful.eta_seconds is not None
    assert 120 < doubtful.eta_seconds < 200


def test_the_eta_counts_down_between_steps_and_up_in_a_standstill() -> None:
    """Time that passes is taken off, until more has passed than a step ever took."""
    tracker = ProgressTracker()
    now = run(tracker, 50, 10.0)
    first, soon, late = (tracker.estimate_at(now + wait).eta_seconds for wait in (0.0, 8.0, 400.0))
    assert first is not None
    assert soon == pytest.approx(first - 8)
    assert late is not None
    assert late > first


def test_bars_that_restart_each_epoch() -> None:
    """Steps within epochs make one fraction that only grows."""
    tracker, seen, now = ProgressTracker(), [], 0.0
    for epoch in range(1, 5):
        for step in range(26):
            now += 1.0
            tracker.feed(Progress(step, 25, float(epoch), 4, within_epoch=True), now)
            seen.append(tracker.estimate_at(now).fraction)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert seen[12] == pytest.approx(0.12)


def test_the_plan_knows_the_epochs() -> None:
    """Epochs that the log does not tell are the plan's."""
    tracker = ProgressTracker(epochs=10)
    tracker.feed(Progress(50, 100, 3.0, within_epoch=True), 1.0)
    seen = tracker.estimate_at(1.0)
    assert seen.fraction == pytest.approx(0.25)
    assert seen.epochs == 10


def test_the_plan_knows_whether_epochs_end_at_the_printed_number() -> None:
    """`Epoch 0/10` is one of ten or of eleven; with a plan of ten it is one of ten."""
    for planned, wanted in ((10, 10), (None, 11), (11, 11)):
        tracker = ProgressTracker(epochs=planned)
        tracker.feed(Progress(50, 100, 1.0, 11, within_epoch=True), 1.0)
        seen = tracker.estimate_at(1.0)
        assert seen.epochs == wanted
        assert seen.fraction == pytest.approx(0.5 / wanted)


def test_a_line_an_epoch() -> None:
    """A line that reports on an epoch says that it is behind; a heading only that it has begun."""
    tracker = ProgressTracker()
    tracker.feed(Progress(None, None, 3.0, 4), 1.0)
    assert tracker.estimate_at(1.0).fraction == pytest.approx(0.5)
    tracker.feed(Progress(None, None, 3.0, 4, within_epoch=True), 2.0)
    assert tracker.estimate_at(2.0).fraction == pytest.approx(0.75)


def test_less_telling_progress_takes_nothing_back() -> None:
    """Between a bar's steps a line that knows only the epoch changes no percentage."""
    tracker = ProgressTracker(epochs=3)
    tracker.feed(Progress(60, 90), 1.0)
    tracker.feed(Progress(None, None, 2.0), 2.0)
    assert tracker.estimate_at(2.0).fraction == pytest.approx(60 / 90)
    tracker.feed(Progress(70, 90), 3.0)
    assert tracker.estimate_at(3.0).fraction == pytest.approx(70 / 90)


def test_percent_runs_back_only_for_a_reason() -> None:
    """A bar within is passed over; one that follows a complete one takes over; an attempt begins anew."""
    tracker = ProgressTracker()
    tracker.feed(Progress(50, 100), 1.0)
    tracker.feed(Progress(2, 20), 2.0)
    assert tracker.estimate_at(2.0).fraction == pytest.approx(0.5)
    tracker.feed(Progress(40, 100), 2.5)
    assert tracker.estimate_at(2.5).fraction == pytest.approx(0.5)
    tracker.feed(Progress(100, 100), 3.0)
    tracker.feed(Progress(2, 20), 4.0)
    assert tracker.estimate_at(4.0).fraction == pytest.approx(0.1)
    tracker.begin_attempt()
    assert tracker.estimate_at(4.0).fraction is None
    tracker.feed(Progress(1, 20), 5.0)
    assert tracker.estimate_at(5.0).fraction == pytest.approx(0.05)


def test_without_progress_the_estimate_speaks() -> None:
    """When nothing can be read, elapsed against the estimate is shown, as such, and never as done."""
    tracker = ProgressTracker(estimate_seconds=100.0)
    seen = tracker.estimate_at(30.0)
    assert (seen.fraction, seen.eta_seconds, seen.source) == (0.3, 70.0, "estimate")
    over = tracker.estimate_at(300.0)
    assert (over.fraction, over.eta_seconds, over.source) == (0.99, None, "estimate")
    assert ProgressTracker().estimate_at(30.0).source == ""


def test_steps_without_a_total() -> None:
    """A log that never states its total still has a rate and a step."""
    tracker = ProgressTracker(estimate_seconds=100.0)
    tracker.feed(Progress(7, None, rate=2.0), 10.0)
    seen = tracker.estimate_at(10.0)
    assert (seen.step, seen.rate, seen.source) == (7, 2.0, "estimate")


def test_stages_in_a_row() -> None:
    """Times add up; independent errors add less than their sum, but never to nothing."""
    seconds, spread = sum_up([(100.0, 10.0), (200.0, 20.0), (50.0, 5.0)])
    assert seconds == 350.0
    assert 17.5 <= spread < 35.0
    assert sum_up([]) == (0, 0)


def evaluated(tracker: ProgressTracker, epochs: int, until: float) -> float:
    """A run of 100 steps of 0.1 s an epoch, each followed by an evaluation of 5 s, fed up to a moment; its whole time."""
    now = 0.0
    for epoch in range(1, epochs + 1):
        for step in range(1, 101):
            now += 0.1
            if now <= until:
                tracker.feed(Progress(100 * (epoch - 1) + step, 100 * epochs), now)
        now += 5.0
    return now


@pytest.mark.parametrize("until", [16.0, 21.0, 24.0, 26.0, 29.0, 39.0, 44.0, 54.0, 56.5])
def test_the_time_of_evaluations_counts(until: float) -> None:
    """Work that stands still after each epoch does so after those to come and after the last step."""
    tracker = ProgressTracker()
    end = evaluated(tracker, 4, until)
    assert tracker.estimate_at(until).eta_seconds == pytest.approx(end - until, rel=0.1, abs=0.5)


def test_a_pause_that_does_not_come_again_is_not_expected() -> None:
    """Once the work has gone on beyond where a pause would be due, only its speed counts."""
    tracker, now = ProgressTracker(), 0.0
    for step in range(1, 81):
        now += 0.1 if step != 20 else 6.0
        tracker.feed(Progress(step, 100), now)
    assert tracker.estimate_at(now).eta_seconds == pytest.approx(2.0, abs=1.0)


@pytest.mark.parametrize(
    ("name", "seconds_of"),
    [
        ("a cold start", lambda i: 3.0 if i < 20 else 1.0),
        ("a change for the worse", lambda i: 1.0 if i < 30 else 2.0),
        ("slower and slower", lambda i: 1.0 + i / 66),
        ("faster and faster", lambda i: 2.5 - i / 80),
        ("an evaluation of two steps", lambda i: 3.0 if i % 25 == 24 else 1.0),
    ],
)
def test_the_speed_ahead_is_the_one_of_late(name: str, seconds_of: Callable[[int], float]) -> None:
    """Where the speed has changed by more than chance, or goes on to change, the ETA is right from half-way on."""
    tracker, now = ProgressTracker(), 0.0
    end = sum(map(seconds_of, range(100)))
    right = []
    for step in range(100):
        now += seconds_of(step)
        tracker.feed(Progress(step + 1, 100), now)
        eta = tracker.estimate_at(now).eta_seconds
        if step >= 50 and eta is not None:
            right.append(abs(eta - (end - now)) <= 0.2 * (end - now) + 1.0)
    assert sum(right) >= 0.9 * len(right) > 40, name


def test_what_goes_on_after_its_end_has_no_eta() -> None:
    """A second sampler's bar after one that was complete: how many come, nobody knows, so that no fraction and no ETA are said."""
    tracker = ProgressTracker()
    now = run(tracker, 100, 20.0)
    assert tracker.estimate_at(now).eta_seconds == pytest.approx(0.0)
    tracker.feed(Progress(3, 100, 2.0, None, within_epoch=True), now + 1.0)
    estimate = tracker.estimate_at(now + 1.0)
    assert (estimate.fraction, estimate.eta_seconds) == (None, None)


def test_more_steps_than_announced_have_no_total() -> None:
    """What goes on beyond its total is told as counted: the step as printed, no total, no ETA."""
    tracker = ProgressTracker()
    now = run(tracker, 100, 20.0)
    tracker.feed(Progress(130), now + 1.0)
    estimate = tracker.estimate_at(now + 1.0)
    assert (estimate.step, estimate.total, estimate.eta_seconds) == (130, None, None)


def test_a_run_of_any_length_needs_little() -> None:
    """A hundred thousand steps keep a bounded number of samples and a good estimate."""
    tracker, now = ProgressTracker(), 0.0
    for step in range(1, 50_001):
        now += 0.1
        tracker.feed(Progress(step, 100_000), now)
    assert len(tracker._speed._samples) <= 256
    assert tracker.estimate_at(now).eta_seconds == pytest.approx(5000, rel=0.02)


def test_steps_that_run_on_over_the_epochs_count_the_whole_work() -> None:
    """`epoch 2/4 step 101/400`: what looked like the first epoch's steps is all of them; fraction, speed and ETA follow."""
    reader, tracker = LogReader(), ProgressTracker()
    seen = []
    for step in range(1, 261):
        line = f"epoch {(step - 1) // 100 + 1}/4 step {step}/400 loss {1 / step:.4f}\n"
        for event in reader.feed(line.encode()):
            if isinstance(event, Progress):
                tracker.feed(event, step / 10)
        seen.append(tracker.estimate_at(step / 10))
    fractions = [look.fraction for look in seen]
    assert fractions == sorted(fractions)
    assert seen[-1].fraction == pytest.approx(0.65)
    assert seen[-1].rate == pytest.approx(10.0)
    assert seen[-1].eta_seconds == pytest.approx(14.0, abs=1.0)
