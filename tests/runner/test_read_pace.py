"""How much of a growing log one look reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autotrain_tui.runner.attempt.rank_output import RankOutput
from autotrain_tui.runner.attempt.read_pace import ALWAYS_READ, BUSY_LOOK, PER_LOOK, SAMPLE, IdleCores, ReadPace


class Cores(IdleCores):
    """Cores of which none or one is idle."""

    def __init__(self, *, busy: bool) -> None:
        self.busy, self.asked = busy, 0

    def none(self) -> bool:
        self.asked += 1
        return self.busy


@pytest.mark.parametrize("busy", [False, True])
def test_a_log_that_grows_slowly_is_read_whole(busy: bool) -> None:
    """Up to a limit, which is lower where no core is idle; below both nothing is asked."""
    cores = Cores(busy=busy)
    pace, size = ReadPace(cores), 0
    for _ in range(5):
        size += BUSY_LOOK
        assert pace.next(size, size - BUSY_LOOK) == (size - BUSY_LOOK, PER_LOOK)
    assert cores.asked == 0
    size += BUSY_LOOK + 1
    assert pace.next(size, size - BUSY_LOOK - 1)[1] == (SAMPLE if busy else PER_LOOK)


def test_a_log_that_grows_too_fast_is_sampled_until_it_is_slower() -> None:
    """A small part of it at each look, never more than the last 4 MiB behind; then it is caught up with."""
    pace, size, offset = ReadPace(Cores(busy=False)), 0, 0
    for _ in range(20):
        size += 3 * PER_LOOK
        start, most = pace.next(size, offset)
        assert most == SAMPLE
        assert size - start <= ALWAYS_READ + PER_LOOK
        offset = start + most
    looks = 0
    while offset < size:
        start, most = pace.next(size, offset)
        assert (start, most) == (offset, PER_LOOK)
        offset, looks = min(size, start + most), looks + 1
    assert looks <= (ALWAYS_READ + PER_LOOK) / PER_LOOK + 1


def test_what_a_runner_finds_after_a_restart_is_read_from_its_last_megabytes() -> None:
    """A log of any size costs one jump."""
    pace = ReadPace(Cores(busy=False))
    assert pace.next(1 << 40, 7) == ((1 << 40) - ALWAYS_READ, SAMPLE)
    assert pace.next(1 << 40, (1 << 40) - ALWAYS_READ + SAMPLE) == ((1 << 40) - ALWAYS_READ + SAMPLE, PER_LOOK)


def test_cores_are_busy_only_once_a_second_look_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of the cores that this process may use; without counts in /proc/stat none is called busy."""
    stat, now = tmp_path / "stat", [100.0]
    core = min(os.sched_getaffinity(0))
    monkeypatch.setattr("autotrain_tui.runner.attempt.read_pace._STAT", str(stat))
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def tell(idle: int, of_others: int) -> None:
        stat.write_text(
            f"cpu  1 0 1 {idle + of_others} 0 0\ncpu{core} 1 0 1 {idle} 0 0\ncpu4096 1 0 1 {of_others} 0 0\n"
        )

    tell(1000, 1000)
    cores = IdleCores()
    tick = os.sysconf("SC_CLK_TCK")
    assert not cores.none()
    now[0] += 1
    tell(1000 + tick // 10, 5000)
    assert cores.none()
    now[0] += 1
    tell(1000 + tick, 5000)
    assert not cores.none()
    now[0] += 60
    assert not cores.none(), "that was asked too long ago"
    tell(0, 0)
    for _ in range(2):
        now[0] += 1
        assert not cores.none(), "this file counts nothing"
    stat.unlink()
    now[0] += 1
    assert not cores.none()
    assert not IdleCores().none()


def test_of_a_rank_that_floods_the_last_megabytes_are_read(tmp_path: Path) -> None:
    """While it prints a sample of its log is read; at the end each line of the last 4 MiB."""
    path = tmp_path / "1.log"
    rank = RankOutput(path, [], "rank1/")
    count = 0
    with path.open("ab") as out:
        for _ in range(5):
            out.write(b"".join(b"step %07d loss 0.5\n" % n for n in range(count, count + 100_000)))
            out.flush()
            count += 100_000
            assert 0 < len(rank.take()) < 2 * SAMPLE // 22
    read = [event.step for event in rank.take(last=True)]
    assert read[-1] == count - 1
    assert len(read) >= ALWAYS_READ // 23 - 1
    assert read == list(range(read[0], count))
