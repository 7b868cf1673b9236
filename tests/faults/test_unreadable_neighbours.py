"""Files that cannot be read just now, away from the attempt's own records: rank logs, trackers, the web page (F3)."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autotrain_tui.runner.attempt.rank_output import RankOutput
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.read_file import is_gone
from autotrain_tui.web.reading.gauge_tail import gauges_since, recent_gauges
from autotrain_tui.web.reading.session_stream import StateVersions, news_since, present_cursor
from tests.trackers.sessions import Growing, Kept, follower
from tests.tui.sessions import make_session

Fails = Callable[[str], object]


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """A context in which open, stat and lstat of paths that end with a name fail with ESTALE."""

    @contextmanager
    def failing(name: str) -> Iterator[None]:
        with monkeypatch.context() as patch:
            for call in ("open", "stat", "lstat"):
                real = getattr(os, call)

                def stale(path: object, *words: object, real: Callable[..., object] = real, **more: object) -> object:
                    if str(path).endswith(name):
                        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
                    return real(path, *words, **more)

                patch.setattr(os, call, stale)
            yield

    return failing


def test_a_rank_log_is_asked_for_again(tmp_path: Path, fails: Fails) -> None:
    """Its readings come when it can be read again, also at the attempt's end; a runner that takes over reads none twice."""
    path = tmp_path / "1.log"
    path.write_text("step 1 loss: 0.5\n")
    rank = RankOutput(path, [], "rank1/")
    with fails("1.log"):
        for last in (False, True):
            with pytest.raises(OSError, match="Stale"):
                rank.take(last=last)
    assert [(one.name, one.value) for one in rank.take(last=True)] == [("rank1/loss", 0.5)]
    other = RankOutput(path, [], "rank1/")
    with fails("1.log"), pytest.raises(OSError, match="Stale"):
        other.skip_to_end()
    other.skip_to_end()
    assert other.take() == []


def test_a_rank_log_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    """A rank that has not started is no error."""
    rank = RankOutput(tmp_path / "1.log", [], "")
    rank.skip_to_end()
    assert rank.take(last=True) == []


def test_a_journal_that_cannot_be_asked_for_ends_no_tracker(tmp_path: Path, fails: Fails) -> None:
    """A tracker follows until the session is gone, and one that cannot be read is not gone."""
    growing = Growing(tmp_path)
    growing.begin()
    growing.points((1, 0.5))
    target = Kept()
    one = follower(growing.folder, target)
    naps = []

    class Enough(Exception):  # noqa: N818  it ends the test's loop
        pass

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise Enough

    with fails("journal.jsonl"), pytest.raises(Enough):
        one.follow(sleep)
    one.send_once()
    assert target.steps() == [1]
    growing.folder.journal.unlink()
    assert is_gone(growing.folder.journal)
    one.follow(sleep)


def test_the_page_gets_nothing_twice_and_loses_nothing(tmp_path: Path, fails: Fails) -> None:
    """While log, readings and gauges cannot be read nothing of them is sent; afterwards exactly what is new."""
    folder = make_session(tmp_path / "sessions", "running")
    versions = StateVersions()
    _, cursor = news_since(load_view(folder), present_cursor(load_view(folder)), versions)
    (attempt,) = folder.path.glob("stages/3-*/attempt-1")
    with open(attempt / "log", "ab") as log, open(attempt / "readings.jsonl", "ab") as readings:
        log.write(b"fresh line\n")
        readings.write(b'[900.5,"loss",0.25,7000,6.1]\n')
    before = recent_gauges(folder.gauges)
    for name in ("log", "readings.jsonl", "gauges.jsonl"):
        with fails(name):
            _, stayed = news_since(load_view(folder), cursor, versions)
            assert gauges_since(folder.gauges, before.offset).offset == before.offset
        data, _ = news_since(load_view(folder), stayed, versions)
        text = data.decode()
        if name == "log":
            assert text.count("fresh line") == 1
            assert text.count('"at"') == 1
        elif name == "readings.jsonl":
            assert text.count("900.5") == 1
