"""The page's state of a session is made of stages that are kept while they are at rest."""

from __future__ import annotations

from pathlib import Path

from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.web.reading.session_stream import StateVersions, news_since, present_cursor
from autotrain_tui.web.reading.stage_documents import StageDocuments
from tests.tui.sessions import make_session


def test_a_stage_is_made_again_only_while_it_runs(tmp_path: Path) -> None:
    """Stages that wait or have ended come out as the same objects; the one that runs is made each time."""
    view, known = load_view(make_session(tmp_path / "sessions", "running")), StageDocuments()
    before = [known.of(view, stage) for stage in view.session.stages]
    again = [known.of(view, stage) for stage in view.session.stages]
    running = [stage.state in ACTIVE for stage in view.session.stages]
    assert any(running)
    assert [old is not new for old, new in zip(before, again, strict=True)] == running


def test_what_is_equal_in_two_states_stands_once(tmp_path: Path) -> None:
    """A state that is kept shares everything with the one before that is equal, also of a stage that runs."""
    folder = make_session(tmp_path / "sessions", "running")
    versions = StateVersions()
    cursor = present_cursor(load_view(folder))
    _, cursor = news_since(load_view(folder), cursor, versions)
    first = versions.get(cursor.state)
    later = {**(first or {}), "reason": "another", "stages": {**(first or {})["stages"]}}
    second = versions.get(versions.add(later))
    assert first is not None
    assert second is not None
    assert second["reason"] == "another"
    assert second["stages"] is first["stages"]
