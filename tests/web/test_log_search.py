"""The search in a log: one that runs out of time says where it has come to, and goes on there."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.web.reading import log_search
from autotrain_tui.web.reading.log_search import find_line, search_query

LINE = b"a line of the log that nobody looks for, of about a hundred bytes, again and again and again, to its end\n"


@pytest.fixture
def file(tmp_path: Path) -> LogFile:
    """30 MB with one line that is looked for at either end."""
    (tmp_path / "log").write_bytes(b"the needle\n" + LINE * 300_000 + b"the needle\n")
    made = LogFile(str(tmp_path / "log"))
    made.refresh()
    return made


@pytest.mark.parametrize("back", [False, True])
def test_a_search_that_ran_out_of_time_goes_on(file: LogFile, back: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request goes on from where the last one came to, forward and back, until the line at the end is found."""
    monkeypatch.setattr(log_search, "_SECONDS", 0.0)
    at, requests = (file.size - 11, 0) if back else (11, 0)
    while True:
        found = find_line(file, search_query("needle"), at, back=back)
        requests += 1
        if found["complete"]:
            break
        assert (found["at"] < at) if back else (found["at"] > at)
        at = found["at"]
    assert found["hit"] == (0 if back else file.size - 11)
    assert requests > 1


def test_capitals_count_where_they_are_asked_to(file: LogFile) -> None:
    """A text without capitals finds any, unless `case` is asked for; one with capitals finds only those."""
    (found,) = {find_line(file, search_query(text), 11, back=False)["hit"] for text in ("needle", "the needle")}
    assert found == file.size - 11
    assert find_line(file, search_query("Needle"), 0, back=False)["hit"] is None
    assert find_line(file, search_query("needle", case=True), 0, back=False)["hit"] == 0
