"""The row that a finished session's summary holds, and when it is believed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from autotrain_tui.session.history.classic_document import classic_pieces
from autotrain_tui.session.history.documents import row
from autotrain_tui.session.history.index import records
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.history.listing import list_rows
from autotrain_tui.session.history.summary import ended_row as row_at_end
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder, create_session_folder, replace_file
from autotrain_tui.session.records.notes import Notes, write_notes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionFolder:
    """A finished session with the summary that its runner would leave."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = create_session_folder(tmp_path / "sessions", "digits")
    finish(folder)
    return folder


def ended_row(path: Path) -> object:
    """The row of a session's end, None where there is none to be believed."""
    found = records(str(path))
    listed = row_at_end(str(path.parent), path.name, *found) if found is not None else None
    return listed.row if listed is not None else None


def finish(folder: SessionFolder, *, finished: bool = True) -> None:
    writer = JournalWriter(folder.journal)
    for event in (
        ev.SessionCreated(id=folder.id, plan="digits", metric_name="accuracy", stages=[ev.StageDefinition("a", 1)]),
        ev.RunnerStarted(pid=2),
        ev.AttemptStarting(stage="a", attempt=1, folder="stages/1-a/attempt-1"),
        ev.AttemptEnded(stage="a", attempt=1, state="succeeded", exit_code=0, metrics={"accuracy": 0.5}),
        *([ev.SessionFinished(outcome="succeeded")] if finished else []),
    ):
        writer.append(writer.stamp(event), sync=False)
    view = load_view(folder)
    replace_file(folder.summary, classic_pieces(view.session, view.session.mono, writer.length))
    writer.close()


def test_it_is_the_row_that_the_journal_gives(folder: SessionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary's row is the folded one, notes included, and a list without an index uses it."""
    write_notes(folder, Notes("remember", ["good"]))
    folded = row(load_view(folder))
    found = ended_row(folder.path)
    assert found == folded
    assert (list(found), list(found["metric"])) == (list(folded), list(folded["metric"])), "in the same order"
    assert (folded["note"], folded["metric"]["best"], folded["outcome"]) == ("remember", 0.5, "succeeded")
    monkeypatch.setattr(
        "autotrain_tui.session.history.summary.load_view", lambda _: pytest.fail("the journal was read")
    )
    [(name, listed)] = list_rows(str(folder.path.parent))
    assert isinstance(listed, ListRow)
    assert (name, listed.row, json.loads(listed.text)) == (folder.id, folded, folded)
    assert listed.cells == [
        folder.id,
        "succeeded",
        "1/1",
        "0:00",
        "development",
        "accuracy 0.500",
        "",
        "#good remember",
    ]


def test_a_journal_that_went_on_is_read(folder: SessionFolder) -> None:
    """A session that was resumed since, or whose journal was written to at all, is never told from its old summary."""
    before = folder.journal.stat()
    with folder.journal.open("ab") as journal:
        journal.write(b"{}\n")
    assert ended_row(folder.path) is None
    os.truncate(folder.journal, before.st_size)
    os.utime(folder.journal, ns=(before.st_atime_ns, folder.summary.stat().st_mtime_ns + 1))
    assert ended_row(folder.path) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"row": 3, "journal_bytes": 1}',
        '{"row": {}, "journal_bytes": %d}',
        '{"row": {"id": "%s", "state": "finished"}, "journal_bytes": %d}',
    ],
)
def test_a_summary_without_a_row_is_none(folder: SessionFolder, text: str) -> None:
    """Older summaries, torn ones and other files are passed over."""
    folder.summary.write_text(text.replace("%d", str(folder.journal.stat().st_size)).replace("%s", folder.id))
    assert ended_row(folder.path) is None


def test_another_sessions_summary_is_not_believed(folder: SessionFolder, tmp_path: Path) -> None:
    """A copied folder under a new name is read anew."""
    copy = folder.path.rename(tmp_path / "sessions" / "20260101-000000-copy")
    assert ended_row(copy) is None


def test_an_unfinished_session_leaves_no_row(tmp_path: Path) -> None:
    """Only the end of a session is told; what goes on is folded."""
    folder = create_session_folder(tmp_path / "sessions", "digits")
    finish(folder, finished=False)
    assert "row" not in json.loads(folder.summary.read_bytes())
    assert ended_row(folder.path) is None
