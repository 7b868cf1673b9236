"""The summary card of an ended session, as lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.tui.model.earlier import Earlier, EarlierSession
from autotrain_tui.tui.panes.finish_card import card_lines
from autotrain_tui.tui.widgets.line import width_of
from tests.tui.sessions import make_session


def view_of(tmp_path: Path, state: str) -> View:
    return load_view(make_session(tmp_path / "sessions", state))


def text(lines) -> str:
    return "\n".join("".join(part for part, _ in each) for each in lines)


LAST = EarlierSession("20261120-000000-digits", "2026-11-20T00:00:00.000Z", 950.0, 0.98, "succeeded", 5, 5)
BEST = EarlierSession("20261101-000000-digits", "2026-11-01T00:00:00.000Z", 3700.0, 0.9999, "failed", 3, 5)


@pytest.mark.parametrize("state", ["finished", "failed", "stopped", "budget", "lost", "many"])
def test_it_fits_every_window(tmp_path: Path, state: str) -> None:
    """Never higher or wider than the pane; the keys are always its last line."""
    view = view_of(tmp_path, state)
    for width in (40, 76, 120):
        for height in (6, 12, 30, 90):
            lines = card_lines(view, Earlier("accuracy", LAST, BEST), width, height)
            assert len(lines) <= height
            assert all(width_of(each) <= width for each in lines)
            assert "l log" in text(lines[-2:])


def test_it_is_compared_with_the_last_and_the_best_session(tmp_path: Path) -> None:
    """Each difference says in words whether this session is better."""
    words = text(card_lines(view_of(tmp_path, "finished"), Earlier("accuracy", LAST, BEST), 100, 40))
    assert "last" in words
    assert re.search(r"accuracy 0\.999 +0\.980 0\.019 better +1\.000 0\.0011 worse", words), words
    assert "worse" in words
    assert "1:01:40" in words
    assert "3/5 failed" in words
    assert "better" not in text(card_lines(view_of(tmp_path / "b", "finished"), Earlier(), 100, 40))
    one = text(card_lines(view_of(tmp_path / "c", "finished"), Earlier("accuracy", LAST, LAST), 100, 40))
    assert "last and best" in one


def test_a_failure_shows_its_last_lines(tmp_path: Path) -> None:
    """What failed, how, the end of its log, and the stages that never ran."""
    words = text(card_lines(view_of(tmp_path, "failed"), Earlier(), 100, 40))
    assert "✗ refinement failed (oom): exit 1" in words
    assert "OutOfMemoryError" in words
    assert "5 perfection" in words
    assert "pending" in words


def test_no_stage_is_left_out_where_there_is_room(tmp_path: Path) -> None:
    """The least height with every stage has one empty line, before the keys."""
    view = view_of(tmp_path, "finished")
    least = next(height for height in range(8, 60) if "5 perfection" in text(card_lines(view, Earlier(), 100, height)))
    lines = text(card_lines(view, Earlier(), 100, least)).splitlines()
    assert len(lines) == least
    assert lines[-2] == ""
    assert "5 perfection" in lines[-3]
