"""The remaining time that a program prints itself."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.formats.printed_eta import seconds_of
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Progress
from autotrain_tui.metrics.progress_tracker import ProgressTracker


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (b"0:01:00", 60.0), (b"01:30", 90.0), (b"1 day, 2:00:00", 93600.0), (b"  0h 1m", 60.0), (b"12.5s loss", 12.5),
        (b"1m 20s", 80.0), (b"250ms", 0.25), (b"2 hours, 5 minutes", 7500.0), (b"12", None), (b"3 files", None),
        (b"none", None),
    ],
)  # fmt: skip
def test_durations(text: bytes, seconds: float | None) -> None:
    """A clock, or numbers with units; a number alone is no duration."""
    assert seconds_of(text) == seconds


def etas(log: str) -> list[float | None]:
    """What a screen shows after each line, a second apart."""
    reader, tracker, found = LogReader(), ProgressTracker(), []
    for now, line in enumerate(log.splitlines(keepends=True)):
        for event in reader.feed(line.encode()):
            if isinstance(event, Progress):
                tracker.feed(event, float(now))
        found.append(tracker.estimate_at(float(now)).eta_seconds)
    return found


def test_a_printed_eta_is_shown_where_no_total_is_known() -> None:
    """The lines of mmengine say no number of epochs, and how long yet."""
    log = "".join(f"Epoch(train)  [1][{i}0/937]  lr: 1.0e-02  eta: 0:0{9 - i}:00  loss: 0.{i}\n" for i in range(1, 9))
    assert etas(log) == [60.0 * (9 - i) for i in range(1, 9)]


def test_it_counts_down_while_nothing_is_printed() -> None:
    """Other lines take their time from what is left; once it has run out, nothing is known."""
    assert etas("it 1 loss 0.5 eta: 3s\n" + "saving\n" * 4) == [3.0, 2.0, 1.0, 0.0, None]


def test_an_eta_of_an_evaluation_is_none_of_the_training() -> None:
    """What a line about validation tells is the validation's."""
    assert etas("Epoch(val) [1][1/4]  eta: 0:00:03  loss: 0.3\n") == [None]


def test_an_eta_that_begins_anew_is_of_an_epoch() -> None:
    """One that has run down and is as long as before is not believed any more."""
    lines = [f"it {i} loss 0.{i + 1} eta: {8 - i % 8}s\n" for i in range(12)]
    assert etas("".join(lines))[8:] == [None] * 4


def test_a_measured_speed_is_better_than_a_printed_one() -> None:
    """Where steps and their total are known, the time left is measured."""
    log = "".join(f"step {i}/100 loss 0.{i + 1} eta: 900s\n" for i in range(40))
    assert etas(log)[-1] == pytest.approx(61.0, abs=3.0)


def test_an_eta_beside_readings_in_any_order() -> None:
    """Lines with values before and between those with an eta change neither."""
    reader = LogReader()
    assert reader.feed(b"step 1/9 loss 0.5\n")
    assert [event for event in reader.feed(b"remaining: 4s\n") if isinstance(event, Progress)] == [Progress(eta=4.0)]
    events = reader.feed(b"step 2/9 loss 0.4\nremaining: 3s\n")
    assert [event for event in events if isinstance(event, Progress)] == [Progress(2, 9, eta=3.0)]
