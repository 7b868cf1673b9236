"""Several logs in the order of the times that their lines begin with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.logs.merged_log import MergedLog, Part

LINES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 90), st.booleans()), max_size=40)


def merged(folder: Path, logs: dict[str, str]) -> list[str]:
    """The lines of these logs as one, opened when all were written."""
    for name, text in logs.items():
        (folder / name).write_text(text)
    log = MergedLog([Part(name, str(folder / name)) for name in logs])
    log.refresh()
    return [line.data.decode() for line in log.forward(0, 100_000)]


def test_lines_of_two_ranks_are_in_sequence(tmp_path: Path) -> None:
    """Fractions of a second count, and the lines of a traceback stay below their own line."""
    first = "2026-11-28 15:04:05,100 a1\nTraceback\n  File x\n2026-11-28 15:04:07,000 a2\n"
    second = "rank starts\n2026-11-28 15:04:05,250 b1\n2026-11-28T15:04:06.5Z b2\n"
    assert merged(tmp_path, {"a": first, "b": second}) == [
        "2026-11-28 15:04:05,100 a1", "Traceback", "  File x",
        "rank starts", "2026-11-28 15:04:05,250 b1", "2026-11-28T15:04:06.5Z b2",
        "2026-11-28 15:04:07,000 a2",
    ]  # fmt: skip


def test_times_without_a_date_pass_midnight(tmp_path: Path) -> None:
    """After 23:59 comes 00:00, and a time that goes back a little stays where it was printed."""
    assert merged(
        tmp_path, {"a": "[23:59:58] a1\n[23:59:57] a2\n[00:00:03] a3\n", "b": "[23:59:59] b1\n[00:00:01] b2\n"}
    ) == ["[23:59:58] a1", "[23:59:57] a2", "[23:59:59] b1", "[00:00:01] b2", "[00:00:03] a3"]


def test_a_log_that_begins_after_midnight_stands_below_one_that_ends_before(tmp_path: Path) -> None:
    """Times without a date are those of the days on which the files were written last."""
    for name, text, hour in [
        ("late", "00:00:02 late\n", 24),
        ("early", "23:59:58 early\n", 24),
        ("noon", "11:00 x\n11:00:00 noon\n", 35),
    ]:
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (hour * 3600, hour * 3600))
    log = MergedLog([Part(name, str(tmp_path / name)) for name in ("late", "early", "noon")])
    log.refresh()
    lines = [line.data.decode() for line in log.forward(0, 100)]
    assert lines == ["23:59:58 early", "00:00:02 late", "11:00 x", "11:00:00 noon"]


@pytest.mark.parametrize(
    "other", ["no time at all\n", "15:04:01 no date\n", "2026-11-28 15:04:01 a date\n15:04:02 none\n"]
)
def test_logs_without_comparable_times_stand_one_after_another(tmp_path: Path, other: str) -> None:
    """Where a log says no times, or no dates beside one that does, nothing is guessed."""
    dated = "2026-11-28 15:04:00 a1\n2026-11-28 15:04:09 a2\n"
    lines = merged(tmp_path, {"a": dated, "b": other})
    assert sorted(lines) == sorted((dated + other).splitlines())
    places = [lines.index(line) for line in dated.splitlines()]
    assert places[1] == places[0] + 1


def test_only_the_ends_of_large_logs_are_ordered(tmp_path: Path) -> None:
    """What is older than the part that was looked at stands before it, log by log; no line is lost or doubled."""
    quick = [f"15:{second // 60:02}:{second % 60:02} quick {'x' * 1000}" for second in range(3000)]
    slow = [f"15:{second // 60:02}:{second % 60:02} slow" for second in range(0, 3000, 100)]
    lines = merged(tmp_path, {"quick": "\n".join(quick) + "\n", "slow": "\n".join(slow) + "\n"})
    assert sorted(lines) == sorted(quick + slow)
    assert [line for line in lines if "quick" in line] == quick
    assert [line for line in lines if "slow" in line] == slow
    end = lines[-400:]
    assert sum("slow" in line for line in end) == 3
    assert [line[:8] for line in end] == sorted(line[:8] for line in end)


@given(LINES)
def test_new_lines_of_one_moment_are_ordered_too(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[int, int, bool]]
) -> None:
    """What arrives between two looks is put in order; every log keeps the order of its own lines."""
    folder = tmp_path_factory.mktemp("order", numbered=True)
    texts = ["", "", ""]
    for owner, second, timed in lines:
        texts[owner] += f"15:{second // 60:02}:{second % 60:02} {owner}\n" if timed else f"plain {owner}\n"
    log = MergedLog([Part(str(owner), str(folder / str(owner))) for owner in range(3)])
    for owner in range(3):
        (folder / str(owner)).write_text("")
    log.refresh()
    for owner, text in enumerate(texts):
        (folder / str(owner)).write_text(text)
    log.refresh()
    found = [(log.part_at(line.start), line.data.decode()) for line in log.forward(0, 1000)]
    for owner, text in enumerate(texts):
        assert [line for part, line in found if part == owner] == text.splitlines()
