"""What really goes to the terminal, byte by byte, while hostile logs are shown; and what it costs in memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.log.hostile import EVERYTHING, faults
from tests.log.terminal import Terminal

pytestmark = pytest.mark.process

SEQUENCE = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)[0-9;:]*(?P<final>[ -/]*[@-~])|\x1b(?P<string>[\]P_X^])(?P<text>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<other>[ -/]*[0-~])"
)


def kinds(stream: str) -> set[str]:
    """The kinds of sequences in a stream: SGR and cursor addresses by what they do, strings with their text."""
    found = set()
    for match in SEQUENCE.finditer(stream):
        if match["final"]:
            found.add(f"CSI {match['private']}{match['final']}")
        elif match["string"]:
            found.add(f"{match['string']}{match['text']}")
        else:
            found.add(f"ESC {match['other']}")
    return found


def shown(log: Path, keys: bytes = b"") -> tuple[str, int]:
    """What showing a log writes to the terminal, with some keys pressed, and the peak memory."""
    terminal = Terminal(log)
    terminal.until(b"LAST")
    for key in keys.split(b" ") if keys else ():
        terminal.press(key)
        terminal.until(b"\x1b[")
    peak = terminal.quit()
    return bytes(terminal.written).decode("utf-8", "strict"), peak


def test_no_byte_of_a_hostile_log_commands_the_terminal(tmp_path: Path) -> None:
    """The stream holds the same kinds of sequences as for a harmless log, and nothing unprintable between them."""
    harmless, hostile = tmp_path / "harmless", tmp_path / "hostile"
    harmless.write_bytes(b"\x1b[31mred\x1b[0m\n" * 30 + b"LAST\n")
    hostile.write_bytes(EVERYTHING + b"\n" + bytes(range(256)) + b"\nLAST\n")
    keys = b"w g # w"
    good, _ = shown(harmless, keys)
    bad, _ = shown(hostile, keys)
    assert kinds(bad) - kinds(good) == set()
    rest = SEQUENCE.sub("", bad)
    assert set(faults(rest)) <= {"U+000D", "U+00A0"}  # the latter is our own, at the ends of blank rows


def test_a_gigabyte_line_costs_no_memory(tmp_path: Path) -> None:
    """A line of 1 GB before the last one is shown with its size; memory stays as with a small log (200 MB at most)."""
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x\nLAST\n")
    with large.open("wb") as out:
        out.write(b"begin ")
        out.truncate(2**30)
        out.seek(2**30)
        out.write(b" end\nLAST\n")
    _, usual = shown(small)
    terminal = Terminal(large)
    terminal.until(b"1.0 GiB line cut")
    assert terminal.quit() < min(usual + 20 * 1024, 200 * 1024)
