"""Regular expressions in a process of their own."""

from __future__ import annotations

import time
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.logs import regex_process
from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.query import Pattern, TextQuery
from autotrain_tui.logs.regex_process import IsolatedQuery
from autotrain_tui.logs.scanner import LineScan
from tests.log.pane_app import PaneApp, foot, until, window
from tests.log.test_logfile import opened

pytestmark = pytest.mark.process

FOREVER = TextQuery((Pattern("(a+)+b", regex=True),))


@given(
    st.lists(st.text("ab\x1b[1m ", max_size=8), min_size=1).map("\n".join),
    st.sampled_from(["a+b", "^b", "[^a]$", r"\s"]),
)
def test_the_child_answers_as_the_query_would(text: str, pattern: str) -> None:
    """Lines, spans and matches are the same on both sides of the pipe, for alternating queries."""
    query = TextQuery((Pattern(pattern, regex=True),), (Pattern("bb"),))
    isolated = IsolatedQuery(query)
    assert isolated.lines(text.encode()) == query.lines(text.encode())
    line = text.split("\n", maxsplit=1)[0]
    assert isolated.spans(line) == query.spans(line)
    assert isolated.holds(line) is query.holds(line)
    assert isolated.problem == ""


def test_an_expression_without_an_end_is_given_up() -> None:
    """It finds nothing and says why; other queries still get answers."""
    forever, other = IsolatedQuery(FOREVER), IsolatedQuery(TextQuery((Pattern("a$", regex=True),)))
    assert forever.spans("aab") == [(0, 3)]
    assert forever.spans("a" * 60) == []
    assert "takes too long" in forever.problem
    assert forever.lines(b"aab\n") == []
    assert other.lines(b"a\nb\na\n") == [0, 4]


def test_a_busy_machine_is_no_fault_of_the_expression() -> None:
    """Only processor time counts: a pause between the parts of a request, longer than any limit, ends nothing."""
    child = regex_process._Child()
    process = child._process = child._start()
    try:
        regex_process._send(process.stdin, b"F", b"")
        regex_process._send(process.stdin, b"E", b"\1\1a+")
        time.sleep(1.5 * max(regex_process._SECONDS.values()))
        regex_process._send(process.stdin, b"S", b"baab")
        assert array("I", regex_process._receive(process.stdout)[1]).tolist() == [1, 3]
    finally:
        child.close()


def test_a_scan_with_such_an_expression_ends(tmp_path: Path) -> None:
    """The background is free again, and the scan counts as finished."""
    file = opened(tmp_path / "log", b"aab\n" + b"a" * 100 + b"\n")
    background, scan = BackgroundWorker(), LineScan(file, IsolatedQuery(FOREVER))
    background.add(scan)
    while not background.idle:
        pass
    assert scan.complete
    assert scan.query.problem


async def test_the_screen_goes_on_answering(tmp_path: Path) -> None:
    """Typed as a search, such an expression takes a moment, and the foot reports the timeout."""
    path = tmp_path / "log"
    path.write_bytes(b"first\n" + b"a" * 60 + b"\nlast\n")
    app = PaneApp(path)
    async with app.run_test(size=(100, 20)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.press("slash", "ctrl+r", *"(a+)+b", "enter")
        await until(pilot, lambda: "this expression takes too long" in foot(app.pane))
        await pilot.press("escape")
        await until(pilot, lambda: foot(app.pane) == "" and window(app.pane)[-1] == "last")
