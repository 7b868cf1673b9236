"""The input thread sleeps while nothing is pressed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from autotrain_tui.tui import terminal_input
from autotrain_tui.tui.terminal_input import InputWait


@pytest.fixture
def keys() -> Iterator[tuple[int, int]]:
    """Reading and writing end of what stands for the terminal."""
    ends = os.pipe()
    yield ends
    for each in ends:
        os.close(each)


def test_the_wait_lasts_until_a_key(keys: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """It returns for a key and not before; shortly after one it returns by itself, for a sequence without its end."""
    monkeypatch.setattr(terminal_input, "_AFTER_INPUT_SECONDS", -1.0)
    waiting = InputWait(keys[0])
    threading.Timer(0.3, os.write, (keys[1], b"\x1b")).start()
    assert waiting.wait()  # a pace of a tenth of a second would have answered False first
    assert os.read(keys[0], 10) == b"\x1b"
    monkeypatch.setattr(terminal_input, "_AFTER_INPUT_SECONDS", 60.0)
    assert not waiting.wait()
    waiting.close()


def test_a_thread_that_shall_leave_is_woken(keys: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """`hurry` ends the wait, and each later one after a tenth of a second."""
    monkeypatch.setattr(terminal_input, "_AFTER_INPUT_SECONDS", -1.0)
    waiting = InputWait(keys[0])
    threading.Timer(0.1, waiting.hurry).start()
    began = time.monotonic()
    assert not waiting.wait()
    assert not waiting.wait()
    assert time.monotonic() - began < 20
    waiting.close()
