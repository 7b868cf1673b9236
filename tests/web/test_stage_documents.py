"""The page's state of a session is made of its stages: those at rest are in no state that is kept, and in each patch."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.fold import fold
from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.web.reading import stage_documents
from autotrain_tui.web.reading.stage_documents import StageDocuments
from autotrain_tui.web.reading.state_versions import StateVersions
from tests.session.test_attempt_memory import short_stage
from tests.session.test_fold import RUNNER, numbered
from tests.tui.sessions import make_session


def applied(patch: Any, before: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    after = dict(before) if isinstance(before, dict) else {}
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = applied(value, after.get(name))
    return after


def without_nulls(value: Any) -> Any:
    """A patch cannot say that a value is null: the page reads a missing one as null."""
    return (
        {name: without_nulls(one) for name, one in value.items() if one is not None}
        if isinstance(value, dict)
        else value
    )


def moments(folder: Any) -> list[View]:
    """The session after each of its events, with the live values of the stages that ran then."""
    view, events = load_view(folder), read_journal(folder.journal).events
    found = []
    for count in range(1, len(events) + 1):
        session = fold(events[:count])
        assert session is not None
        live = {name: live for name, live in view.live.items() if name in session.running}
        found.append(msgspec.structs.replace(view, session=session, live=live))
    return found


@pytest.mark.parametrize("most_kept", [0, 256])
@pytest.mark.parametrize("kind", ["running", "finished"])
def test_patches_come_to_the_whole_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, most_kept: int
) -> None:
    """Who follows a session by patches from any kept state has what one has who asks now, kept documents or not."""
    monkeypatch.setattr(stage_documents, "_MOST_KEPT", most_kept)
    versions, states = StateVersions(), dict[str, Any]()
    for view in moments(make_session(tmp_path / "sessions", kind)):
        key = versions.add(view)
        whole = versions.whole(view, key)
        for before, state in states.items():
            patch = versions.patch(view, before, key)
            if patch is not None:
                assert without_nulls(applied(patch, state)) == without_nulls(whole)
        assert versions.patch(view, key, key) == {}
        states[key] = whole
    assert len(states) > 5


def test_a_new_reader_of_the_same_files_has_the_same_key(tmp_path: Path) -> None:
    """A server that was started anew goes on where the state has not changed."""
    folder = make_session(tmp_path / "sessions", "finished")
    assert StateVersions().add(load_view(folder)) == StateVersions().add(load_view(folder))


def test_a_stage_is_made_again_only_while_it_runs(tmp_path: Path) -> None:
    """Of the stages only the one that runs is in what is looked at again; the others come out as the same objects."""
    view, known = load_view(make_session(tmp_path / "sessions", "running")), StageDocuments()
    running = [place for place, stage in enumerate(view.session.stages) if stage.state in ACTIVE]
    at_rest = [stage for stage in view.session.stages if stage.state not in ACTIVE]
    assert running
    assert list(known.look(view)) == running
    before = [known.of(view, stage) for stage in at_rest]
    assert list(known.look(view)) == running
    assert all(one is other for one, other in zip(before, (known.of(view, stage) for stage in at_rest), strict=True))


def test_what_is_equal_in_two_states_stands_once(tmp_path: Path) -> None:
    """A state that is kept shares everything with the one before that is equal, also of a stage that runs."""
    view, versions = load_view(make_session(tmp_path / "sessions", "running")), StateVersions()
    first = versions.get(versions.add(view))
    second = versions.get(versions.add(msgspec.structs.replace(view, unread="another")))
    assert first is not None
    assert second is not None
    assert second.document["unread"] == "another"
    assert second.document["budget_seconds"] is first.document["budget_seconds"]
    place = next(iter(first.lively))
    assert second.lively[place].document["params"] is first.lively[place].document["params"]


def test_states_keep_little_of_stages_that_have_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the session's own records the last states take less than 100 bytes for each of them."""
    monkeypatch.setattr(stage_documents, "_MOST_KEPT", 0)
    count = 2000
    created = ev.SessionCreated(
        plan="p", id="s", boot_id="b", stages=[ev.StageDefinition(f"stage{number}", number) for number in range(count)]
    )
    ended = (event for number in range(count) for event in short_stage(number))
    session = fold(numbered(created, RUNNER, *ended))
    assert session is not None
    view = View(SessionFolder(tmp_path), session, None, alive=False)
    versions = StateVersions()
    versions.add(msgspec.structs.replace(view, session=msgspec.structs.replace(session, stages=session.stages[:2])))
    gc.collect()
    tracemalloc.start()
    try:
        keys = {versions.add(msgspec.structs.replace(view, unread=str(number))) for number in range(10)}
        gc.collect()
        ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/autotrain_tui/*")])
    finally:
        tracemalloc.stop()
    assert len(keys) == 10
    # not the interpreter's table of interned words, which pathlib's parts let grow now and then
    assert sum(trace.size for trace in ours.traces) / count < 100
