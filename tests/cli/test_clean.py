"""`clean`: only finished sessions, only what is theirs, never through a link (FAULTS X19)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.history import remove
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import RunnerLock
from tests.cli.project import created, finished, hand_made, ran, runner_started

NAMES = [f"2026010{day}-120000-old" for day in range(1, 6)]


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five finished sessions and one that is interrupted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUTOTRAIN_SESSIONS_DIR", raising=False)
    folder = tmp_path / "sessions"
    for name in NAMES:
        old = hand_made(folder, [created("one", id=name), runner_started(), *ran("one"), finished()], name)
        checkpoints = old.path / "stages/1-one/checkpoints"
        checkpoints.mkdir(parents=True)
        (checkpoints / "model.bin").write_bytes(b"x" * 8192)
    hand_made(folder, [created("one", id="20250101-120000-open"), runner_started()], "20250101-120000-open")
    return folder


def left(sessions: Path) -> list[str]:
    return sorted(path.name for path in sessions.iterdir() if path.name != ".trash")


def cleaned(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    assert cli.main(["clean", *words, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_nothing_goes_without_a_yes(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes the sessions are listed with their size and that of their checkpoints, and all stay."""
    assert cli.main(["clean", "--keep", "0"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in NAMES)
    assert "8.0 KiB" in out
    assert "nothing removed" in out
    document = cleaned(capsys, "--keep", "3")
    assert document["removed"] == []
    assert [one["id"] for one in document["sessions"]] == NAMES[:2]
    assert document["sessions"][0]["checkpoint_bytes"] >= 8192
    assert len(left(sessions)) == 6


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (["--keep", "2"], NAMES[:3]),
        (["--keep", "0"], NAMES),
        (["--older-than", "1d"], NAMES[:0]),
        (["--older-than", "0"], NAMES),
        (["--max-size", "0"], NAMES),
        (["--max-size", "1G"], NAMES[:0]),
        ([NAMES[3]], NAMES[3:4]),
        (["20260102", "20260104"], [NAMES[1], NAMES[3]]),
        (["--keep", "4", NAMES[0]], NAMES[:1]),
        (["--keep", "5", NAMES[0]], NAMES[:0]),
    ],
)
def test_what_goes(sessions: Path, capsys: pytest.CaptureFixture[str], words: list[str], gone: list[str]) -> None:
    """By number, age, size or name; an unfinished session always stays."""
    assert cleaned(capsys, *words, "--yes")["removed"] == gone
    assert left(sessions) == sorted({*NAMES, "20250101-120000-open"} - set(gone))
    assert cli.main(["ls", "--json"]) == 0
    assert not set(gone) & {row["id"] for row in json.loads(capsys.readouterr().out)["sessions"]}


def test_what_is_removed_is_in_the_trash_first(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--yes moves a session as it is, and it can be moved back; --now alone deletes what is in the trash, and no more."""
    assert cleaned(capsys, NAMES[0], NAMES[1], "--yes")["removed"] == NAMES[:2]
    assert sorted(path.name for path in (sessions / ".trash").iterdir()) == NAMES[:2]
    assert (sessions / ".trash" / NAMES[0] / "stages/1-one/checkpoints/model.bin").exists()
    (sessions / ".trash" / NAMES[0]).rename(sessions / NAMES[0])
    assert cli.main(["show", NAMES[0], "--json"]) == 0
    capsys.readouterr()
    assert cleaned(capsys, "--now")["removed"] == [NAMES[1]]
    assert left(sessions) == sorted({*NAMES, "20250101-120000-open"} - {NAMES[1]})
    assert cleaned(capsys, "--now")["removed"] == []


def test_a_session_with_a_runner_does_not_go_to_the_trash(sessions: Path) -> None:
    """Who holds the runner's lock keeps the folder, and a trash that is a link is not used."""
    folder = SessionFolder(sessions / NAMES[0])
    lock = RunnerLock(folder)
    lock.take("test")
    with pytest.raises(RefusedError, match="has a runner"):
        remove.trash_session(folder)
    (sessions / ".trash").rmdir()
    (sessions / ".trash").symlink_to(sessions.parent)
    with pytest.raises(MachineError, match="can't be moved to the trash"):
        remove.trash_session(SessionFolder(sessions / NAMES[1]))
    assert folder.journal.exists()


def test_an_unfinished_session_is_refused_by_name(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Naming a session that isn't finished exits 3 and removes nothing, not even the others named."""
    assert cli.main(["clean", "20250101", NAMES[0], "--yes"]) == 3
    assert "interrupted" in capsys.readouterr().err
    assert len(left(sessions)) == 6


def test_links_are_removed_never_followed(sessions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link inside a session goes, what it points at stays; a session that is a link is no session."""
    home = tmp_path / "home"
    (home / "deep").mkdir(parents=True)
    (home / "deep" / "precious").write_text("keep")
    inside = sessions / NAMES[0] / "stages" / "1-one"
    (inside / "to-home").symlink_to(home)
    (inside / "to-file").symlink_to(home / "deep" / "precious")
    os.link(home / "deep" / "precious", inside / "same-file")
    (sessions / "20260106-120000-link").symlink_to(home)
    (home / "journal.jsonl").write_bytes((sessions / NAMES[0] / "journal.jsonl").read_bytes())
    assert cleaned(capsys, "--keep", "0", "--now")["removed"] == NAMES
    assert not (sessions / ".trash").exists()
    assert (home / "deep" / "precious").read_text() == "keep"
    assert (sessions / "20260106-120000-link").is_symlink()


def test_a_folder_that_holds_something_else_is_left_alone(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name at the top that is none of ours spares the whole folder, with the name said and status 3."""
    (sessions / NAMES[0] / "thesis.tex").write_text("mine")
    assert cli.main(["clean", NAMES[0], NAMES[1], "--yes"]) == 3
    out, err = capsys.readouterr()
    assert "thesis.tex" in out
    assert "was not removed" in err
    assert (sessions / NAMES[0] / "journal.jsonl").exists()
    assert not (sessions / NAMES[1]).exists()


def test_swapped_for_a_link_just_before(sessions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is replaced by a link between looking and removing is not removed, nor what the link means."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "precious").write_text("keep")
    real = remove.measure

    def swap(folder: SessionFolder) -> remove.Size:
        size = real(folder)
        folder.path.rename(folder.path.with_name("elsewhere"))
        folder.path.symlink_to(home)
        return size

    monkeypatch.setattr(remove, "measure", swap)
    with pytest.raises(Exception, match="can't be removed"):
        remove.remove_session(SessionFolder(sessions / NAMES[0]))
    assert (home / "precious").read_text() == "keep"


def test_a_session_that_just_got_a_runner_stays(sessions: Path) -> None:
    """Who holds the runner's lock keeps the folder."""
    folder = SessionFolder(sessions / NAMES[0])
    lock = RunnerLock(folder)
    lock.take("test")
    with pytest.raises(RefusedError, match="has a runner"):
        remove.remove_session(folder)
    assert folder.journal.exists()


def test_what_an_earlier_removal_left_is_finished(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A removal that was cut off is not listed any more, and the next one finishes it."""
    (sessions / NAMES[0]).rename(sessions / f".removed-{NAMES[0]}")
    assert cleaned(capsys, NAMES[1], "--yes")["removed"] == [NAMES[1]]
    assert not (sessions / f".removed-{NAMES[0]}").exists()
