"""Asking what may hang: answers, silence and failures, without waiting."""

from __future__ import annotations

import threading

from autotrain_tui.gauges.gpus import Gpus
from autotrain_tui.gauges.hang_guard import Watch
from autotrain_tui.gauges.sample import GpuSample
from autotrain_tui.gauges.vendor import VendorReading

from .conftest import until


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Source:
    """A vendor whose driver answers when the test lets it."""

    def __init__(self, reading: VendorReading) -> None:
        self.reading, self.gate, self.closed = reading, threading.Event(), threading.Event()
        self.gate.set()

    def measure(self) -> VendorReading:
        self.gate.wait(30)
        return self.reading

    def close(self) -> None:
        self.closed.set()


def test_an_answer_is_kept_with_its_time():
    """What was measured is there with the time of the answer, and nothing is measured unasked."""
    clock, asked = Clock(), []
    watch = Watch("x", lambda: asked.append(1) or len(asked), clock=clock)
    assert (watch.answer, watch.answered) == (None, None)
    watch.ask()
    until(lambda: watch.answer is not None)
    assert (watch.answer, watch.answered, asked) == (1, 100.0, [1])
    watch.close()


def test_questions_do_not_pile_up():
    """While a question is open others add nothing; asking never waits."""
    gate, asked = threading.Event(), []

    def measure() -> int:
        asked.append(1)
        gate.wait(30)
        return len(asked)

    watch = Watch("x", measure)
    for _ in range(100):
        watch.ask()
    until(lambda: asked)
    for _ in range(100):
        watch.ask()
    gate.set()
    until(lambda: watch.answer is not None)
    assert asked == [1]
    watch.close()


def test_silence_is_told_after_patience_only():
    """A question open for longer than the patience is overdue by the whole time it has been open."""
    clock, gate = Clock(), threading.Event()
    watch = Watch("x", lambda: gate.wait(30), patience=5.0, clock=clock)
    watch.ask()
    clock.now += 4.9
    assert watch.overdue() is None
    clock.now += 7.1
    assert watch.overdue() == 12.0
    gate.set()
    until(lambda: watch.answer is not None)
    assert watch.overdue() is None
    watch.close()


def test_a_failure_is_kept_and_the_next_question_answered():
    """What a source raises is told in words, and the thread lives on."""
    outcomes = [lambda: 1 / 0, lambda: 7]
    watch = Watch("x", lambda: outcomes.pop(0)())
    watch.ask()
    until(lambda: watch.failure is not None)
    assert watch.failure == "ZeroDivisionError: division by zero"
    watch.ask()
    until(lambda: watch.answer == 7)
    assert watch.failure is None
    watch.close()


def test_closing_lets_go_of_the_driver():
    """After close the source is closed from its own thread, and questions are void."""
    source = Source(VendorReading())
    gpus = Gpus({"a": source})
    gpus.ask()
    until(lambda: gpus.reading().time is not None)
    gpus.close()
    until(source.closed.is_set)
    before = gpus.reading()
    gpus.ask()
    assert gpus.reading().time == before.time


def test_one_vendor_that_hangs_hides_no_other():
    """With one driver silent the other's GPUs keep their values, and the silent one is named."""
    clock = Clock()
    good = Source(VendorReading((GpuSample(vendor="amd", index=0, utilisation=50.0),)))
    bad = Source(VendorReading())
    bad.gate.clear()
    gpus = Gpus({"NVML": bad, "amdgpu": good}, patience=5.0, clock=clock)
    gpus.ask()
    until(lambda: gpus._watches[1].answer is not None)
    clock.now += 12
    reading = gpus.reading()
    assert [gpu.utilisation for gpu in reading.gpus] == [50.0]
    assert (reading.reason, reading.absent) == ("no data: NVML has not answered for 12 s", False)
    bad.gate.set()
    gpus.close()


def test_an_absent_vendor_is_worth_no_word_beside_a_present_one():
    """ "Library not found" is told only where there is no other GPU."""
    none = Source(VendorReading(reason="no GPU found (NVML: library not found)", absent=True))
    some = Source(VendorReading((GpuSample(vendor="amd", index=0),)))
    both, alone = Gpus({"NVML": none, "amdgpu": some}), Gpus({"NVML": none})
    for gpus in (both, alone):
        assert gpus.reading().reason == "no data yet"
        gpus.ask()
        until(lambda gpus=gpus: gpus.reading().time is not None)
    assert (both.reading().reason, both.reading().absent) == (None, False)
    assert (alone.reading().reason, alone.reading().absent) == ("no GPU found (NVML: library not found)", True)
    both.close()
    alone.close()
