"""Tracebacks folded to their last line."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.logs.folded_lines import FoldedLines
from tests.log.test_logfile import opened

TRACE = b'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n    ^^^\nValueError: bad\n'


def texts(lines) -> list[bytes]:
    """The lines' bytes."""
    return [line.data for line in lines]


@pytest.mark.parametrize("prefix", [b"", b"[rank0]: "])
def test_a_traceback_is_its_last_line(tmp_path: Path, prefix: bytes) -> None:
    """From above and from below, at any count; opened, all of it is there."""
    trace = b"".join(prefix + line + b"\n" for line in TRACE.splitlines())
    file = opened(tmp_path / "log", b"one\n" + trace + b"two\n" + trace + b"three\n")
    lines = FoldedLines(file)
    wanted = [b"one", prefix + b"ValueError: bad", b"two", prefix + b"ValueError: bad", b"three"]
    assert texts(lines.forward(0, 99)) == wanted
    for count in range(1, 6):
        assert texts(lines.forward(0, count)) == wanted[:count]
        assert texts(lines.backward(file.size, count)) == wanted[-count:]
    second = lines.forward(0, 99)[3]
    fold = lines.ending_at(second)
    assert fold is not None
    assert fold.inside == 4
    lines.toggle(fold)
    assert texts(lines.forward(0, 99)) == [*wanted[:3], *trace.splitlines(), b"three"]
    lines.toggle(fold)
    assert texts(lines.forward(0, 99)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        TRACE[: -len(b"ValueError: bad\n")],  # its end may still come, or never
        b'{\n  "a": 1,\n  "b": 2\n}\n',
        b"Traceback (most recent call last):\nValueError: nothing inside\n",
        TRACE.replace(b"ValueError: bad", b"12:00:00 another program's line"),
    ],
)
def test_what_is_no_whole_traceback_is_shown(tmp_path: Path, text: bytes) -> None:
    """No line is lost that no last line stands for."""
    file = opened(tmp_path / "log", b"one\n" + text)
    assert texts(FoldedLines(file).forward(0, 99)) == [b"one", *text.splitlines()]


def test_a_place_inside_is_led_to(tmp_path: Path) -> None:
    """The first line of a traceback is seen at its last one; a line inside opens it."""
    file = opened(tmp_path / "log", b"one\n" + TRACE + b"two\n")
    lines = FoldedLines(file)
    places = [line.start for line in file.forward(0, 99)]
    assert [lines.shown_place(place) for place in (places[0], places[1], places[5])] == [
        places[0],
        places[5],
        places[5],
    ]
    assert len(lines.forward(0, 99)) == 3
    assert lines.shown_place(places[2]) == places[2]
    assert len(lines.forward(0, 99)) == 7


def test_a_traceback_that_grows_is_folded_when_it_ends(tmp_path: Path) -> None:
    """Until its last line arrives it is shown as it comes."""
    path = tmp_path / "log"
    file = opened(path, b"")
    lines = FoldedLines(file)
    for at, line in enumerate(TRACE.splitlines(keepends=True), 1):
        with path.open("ab") as out:
            out.write(line)
        file.refresh()
        assert len(lines.backward(file.size, 99)) == (at if at < 5 else 1)
