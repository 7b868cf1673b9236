"""Every damaged form of the journal and of each record: loaded as far as whole, or refused with file and place; nothing
hangs, nothing crashes, nothing runs twice, nothing is a success without its exit record (FAULTS J1, J2, J5, J6).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from tests.faults.ledger import Short, plan_of, read_ledger
from tests.faults.means import needs_setpriv, without_root_rights
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

STAGES = (Short("one", lines=3, pause=0), Short("two", lines=2, pause=0, code=3))
BATCH = Path(__file__).with_name("batch.py")
TRAIN = {"command": python(TRAINER), "resumable": True}

Case = tuple[str, Callable[[SessionFolder], object]]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> SessionFolder:
    """A session of two stages that has come to its end; each ran once."""
    rig = Rig(tmp_path_factory.mktemp("done"), plan_of(STAGES))
    rig.start()
    rig.end()
    assert rig.outcome() == "succeeded"
    return rig.folder


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> SessionFolder:
    """A session whose runner was killed, and whose one stage then came to its end unseen."""
    rig = Rig(tmp_path_factory.mktemp("unseen"), plan({"name": "a", **TRAIN, "linger_seconds": 0}))
    rig.start()
    rig.said("a", "step 3")
    rig.ask("budget", args={"seconds": 3600})
    wait_for(rig.folder.heartbeat.exists, "a heartbeat")
    rig.kill_runner()
    (rig.folder.path / "go").touch()
    wait_for((rig.folder.attempt(1, "a", 1).path / "exit.json").exists, "the exit record")
    rig.close()
    return rig.folder


def batch(lines: list[list[str]], out: Path, *before: str) -> list[tuple[object, str]]:
    """Run them all in one program; exit status (or "hung") and words of each."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    subprocess.run(
        [*before, sys.executable, "-P", str(BATCH), str(out)], input=text, text=True, check=True, timeout=300, cwd="/"
    )
    return [tuple(json.loads(line)) for line in out.read_text().splitlines()]


def copies(template: SessionFolder, root: Path, cases: list[Case]) -> dict[str, SessionFolder]:
    """A damaged copy of the session for each case, each in a `sessions` folder of its own."""
    made = {}
    for number, (name, damage) in enumerate(cases):
        folder = SessionFolder(root / str(number) / "sessions" / template.id)
        shutil.copytree(template.path, folder.path, symlinks=True, copy_function=_copy)
        damage(folder)
        made[name] = folder
    return made


def _copy(source: str, target: str) -> None:
    shutil.copy2(source, target, follow_symlinks=False)


# ---- the journal ----------------------------------------------------------------------------------------------------


def edit(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[SessionFolder], object]:
    """The journal's lines replaced by others."""

    def damage(folder: SessionFolder) -> None:
        lines = folder.journal.read_bytes().splitlines(keepends=True)
        folder.journal.write_bytes(b"".join(change(lines)))

    return damage


def cut_off(count: int, torn: int) -> Callable[[SessionFolder], object]:
    """The last `count` lines gone, `torn` bytes of the first of them left."""
    return edit(lambda lines: [*lines[:-count], lines[-count][:torn]])


JOURNAL: list[Case] = [
    *(
        (f"tail of {count} lost, {torn} bytes torn", cut_off(count, torn))
        for count, torn in ((1, 0), (2, 40), (4, 0), (6, 40), (8, 0), (10, 40))
    ),
    ("NUL block in the middle", edit(lambda lines: [*lines[:4], bytes(4096), *lines[4:]])),
    ("NULs over the tail", edit(lambda lines: [*lines[:-3], bytes(sum(map(len, lines[-3:])))])),
    ("garbage line", edit(lambda lines: [*lines[:5], b"\xff\xfe{]\x1b[2J garbage\n", *lines[5:]])),
    ("a line lost", edit(lambda lines: [*lines[:4], *lines[5:]])),
    ("each line twice", edit(lambda lines: [line for line in lines for _ in range(2)])),
    ("the whole twice", edit(lambda lines: lines * 2)),
    ("two glued", edit(lambda lines: [*lines[:3], lines[3].rstrip(b"\n"), *lines[4:]])),
    ("torn and glued", edit(lambda lines: [*lines[:3], lines[3][:50], *lines[4:]])),
    ("deep JSON", edit(lambda lines: [*lines[:5], b"[" * 200_000 + b"\n", *lines[5:]])),
    ("20 MB without newline", edit(lambda lines: [*lines[:5], b"x" * 20_000_000 + b"\n", *lines[5:]])),
    (
        "edited to another stage",
        edit(lambda lines: [line.replace(b'"stage":"two"', b'"stage":"nine"') for line in lines]),
    ),
    (
        "unknown fields and events",
        edit(
            lambda lines: [
                *(line.replace(b"{", b'{"later":[1],', 1) for line in lines[:-1]),
                lines[-1].replace(b"session_finished", b"session_dreamt"),
            ]
        ),
    ),
]


def test_a_damaged_journal_is_read_and_gone_on_with(done: SessionFolder, tmp_path: Path) -> None:
    """Each form: `show` and `ls` answer; the next runner comes to the same end, and no stage ever runs a second time."""
    folders = copies(done, tmp_path, JOURNAL)
    reads = batch(
        [
            ["cli", "show", folder.id, "--json", "--sessions-dir", str(folder.path.parent)]
            for folder in folders.values()
        ],
        tmp_path / "reads",
    )
    for (name, _), (code, said) in zip(folders.items(), reads, strict=True):
        assert code == 0, (name, code, said)
        assert json.loads(said)["stages"], name
    ends = batch([["runner", str(folder.path)] for folder in folders.values()], tmp_path / "ends")
    for (name, folder), (code, said) in zip(folders.items(), ends, strict=True):
        assert code == 0, (name, code, said)
        assert "Traceback" not in said, (name, said)
        ran, overlaps = read_ledger(folder)
        assert {key: entry.begun for key, entry in ran.items()} == {("one", 1): 1, ("two", 1): 1}, (name, ran)
        view = load_view(folder)
        assert [str(stage.state) for stage in view.session.stages] == ["succeeded", "skipped"], name
        if "lost" not in name and "over the tail" not in name and "torn" not in name:
            continue
        assert not read_journal(folder.journal).problems, f"{name}: what was torn is cut off"


NO_JOURNAL: list[Case] = [
    ("missing", lambda folder: folder.journal.unlink()),
    ("empty", lambda folder: folder.journal.write_bytes(b"")),
    ("NULs", lambda folder: folder.journal.write_bytes(bytes(5000))),
    ("first line torn", edit(lambda lines: [lines[0][50:], *lines[1:]])),
    ("a folder", lambda folder: (folder.journal.unlink(), folder.journal.mkdir())),
    ("a link", lambda folder: (folder.journal.rename(folder.path / "real"), folder.journal.symlink_to("real"))),
    ("a FIFO", lambda folder: (folder.journal.unlink(), os.mkfifo(folder.journal))),
    ("pointing outside", edit(lambda lines: [line.replace(b"stages/2-two", b"../../../etc") for line in lines[:-1]])),
    ("newer", edit(lambda lines: [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]])),
]


def test_a_journal_that_is_none_is_refused(done: SessionFolder, tmp_path: Path) -> None:
    """Nothing that could be read: exit status 3 with the file's name from reader and runner alike; nothing is written
    and nothing started; `ls` shows the others all the same.
    """
    folders = copies(done, tmp_path, NO_JOURNAL)
    lines = [
        line
        for folder in folders.values()
        for line in (
            ["cli", "show", folder.id, "--sessions-dir", str(folder.path.parent)],
            ["runner", str(folder.path)],
            ["cli", "ls", "--json", "--sessions-dir", str(folder.path.parent)],
        )
    ]
    results = batch(lines, tmp_path / "out")
    for number, (name, folder) in enumerate(folders.items()):
        (shown, words), (ran, said), (listed, rows) = results[3 * number : 3 * number + 3]
        assert (shown, ran, listed) == (3, 3, 0), (name, words, said, rows)
        for text in (words, said):
            assert "journal.jsonl" in text, (name, text)
            assert "Traceback" not in text
        assert sum(entry.begun for entry in read_ledger(folder)[0].values()) == 2, name
    newer = results[3 * list(folders).index("newer")][1]
    assert "newer" in newer
    assert "format 2" in newer


@needs_setpriv
def test_records_without_the_right_to_read_them(unseen: SessionFolder, tmp_path: Path) -> None:
    """Mode 000: the journal's is a refusal with its name, any other record's at most costs what it held."""
    names = ["journal.jsonl", "plan.toml", "runner.lock", "heartbeat", "session.json", *ATTEMPT_RECORDS]
    cases: list[Case] = [(name, lambda folder, name=name: _forbid(place(folder, name))) for name in names]
    folders = copies(unseen, tmp_path, cases)
    ends = batch(
        [["runner", str(folder.path)] for folder in folders.values()], tmp_path / "out", *without_root_rights()
    )
    for (name, folder), (code, said) in zip(folders.items(), ends, strict=True):
        assert code in ({3} if name in ("journal.jsonl", "plan.toml") else {4} if name == "runner.lock" else {0, 1}), (
            name,
            code,
            said,
        )
        assert "Traceback" not in said
        if code in (3, 4):
            assert name in said
        if name == "exit.json":
            assert str(load_view(folder).session.stages[0].attempts[0].state) == "lost"


# ---- the other records ----------------------------------------------------------------------------------------------

ATTEMPT_RECORDS = [
    "spec.json",
    "started.json",
    "running.json",
    "exit.json",
    "result.json",
    "metrics.jsonl",
    "readings.jsonl",
    "log",
]
SESSION_RECORDS = [
    "plan.toml",
    "runner.lock",
    "runner.log",
    "heartbeat",
    "session.json",
    "notes.json",
    "gauges.jsonl",
    "control",
]


def place(folder: SessionFolder, name: str) -> Path:
    """Where that record stands."""
    return folder.attempt(1, "a", 1).path / name if name in ATTEMPT_RECORDS else folder.path / name


def _forbid(path: Path) -> None:
    path.touch()
    path.chmod(0)


def _away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _as(path: Path, data: bytes) -> None:
    _away(path)
    path.write_bytes(data)


def _torn(path: Path) -> None:
    with contextlib.suppress(IsADirectoryError, FileNotFoundError):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _linked(path: Path) -> None:
    if path.exists():
        path.rename(path.with_name("moved-away"))
        path.symlink_to("moved-away")
    else:
        path.symlink_to("/etc/passwd")


FORMS: dict[str, Callable[[Path], object]] = {
    "missing": _away,
    "empty": lambda path: _as(path, b""),
    "torn": _torn,
    "NULs": lambda path: _as(path, bytes(3000)),
    "garbage": lambda path: _as(path, b"\xff\xfe\x00{]]\x1b[2J\n" * 50),
    "deep": lambda path: _as(path, b"[" * 100_000),
    "other JSON": lambda path: _as(path, b'{"pid": "x", "exit_code": [], "a": 1e999}\n'),
    "huge": lambda path: _as(path, b'{"a": "' + b"x" * (9 << 20) + b'"}\n'),
    "a folder": lambda path: (_away(path), path.mkdir()),
    "a FIFO": lambda path: (_away(path), os.mkfifo(path)),
    "a link": _linked,
}


DECIDING = ("runner.lock", "started.json", "exit.json")
"""Records that decide what is done: all forms. The others cost at most what they held: the forms that differ in kind."""

KINDS = ("missing", "garbage", "a folder", "a FIFO", "a link")


def test_every_damaged_form_of_every_record(unseen: SessionFolder, tmp_path: Path) -> None:
    """A stage that ended unseen, and one of the records damaged: the next runner neither hangs nor crashes; without a
    whole exit record the attempt is lost, else it is taken; a session that can't be gone on with is refused by name.
    """
    cases: list[Case] = [
        (f"{name}: {form}", lambda folder, name=name, damage=damage: damage(place(folder, name)))
        for name in [*SESSION_RECORDS, *ATTEMPT_RECORDS]
        for form, damage in FORMS.items()
        if name in DECIDING or form in KINDS
    ]
    folders = copies(unseen, tmp_path, cases)
    results = batch([["runner", str(folder.path)] for folder in folders.values()], tmp_path / "out")
    shown = batch(
        [
            ["cli", "show", folder.id, "--json", "--sessions-dir", str(folder.path.parent)]
            for case, folder in folders.items()
            if case.endswith(("garbage", "a FIFO"))
        ],
        tmp_path / "shown",
    )
    for code, words in shown:
        assert code == 0, words
        assert json.loads(words)["id"] == unseen.id
    for (case, folder), (code, said) in zip(folders.items(), results, strict=True):
        name = case.partition(":")[0]
        what = (case, code, said[-600:])
        assert "Traceback" not in said, what
        first = load_view(folder).session.stages[0].attempts[0]
        if name in ("plan.toml", "started.json") and code == 3:
            assert name in said, what
            assert first.end is None, what
        elif name == "exit.json" or case == "started.json: missing":
            assert (code, str(first.state)) == (0, "lost"), what
        elif name == "runner.lock" and code == 4:
            assert name in said, what
        else:
            assert (code, str(first.state)) == (0, "succeeded"), what


def test_an_exit_record_that_cannot_be_true_is_not_believed(tmp_path: Path) -> None:
    """A forged exit.json while the command lives: moved aside and told; the true end is written and taken. The same
    found by the next runner; and one that no shim had registered for is no end either.
    """
    forged = '{"exit_code": 0, "signal": null, "elapsed_seconds": 1.0}'
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", "command": ["true"]})) as rig:
        rig.start()
        rig.said("a", "step 3")
        attempt = rig.folder.attempt(1, "a", 1).path
        (attempt / "exit.json").write_text(forged)
        rig.kill_runner()
        rig.start()
        rig.said("a", "step 5")
        assert (rig.stage("a").state, rig.stage("b").state) == ("running", "pending")
        (attempt / "exit.json").write_text(forged)
        os.kill(rig.pid("a"), 9)
        view = rig.end()
        end = view.session.stages[0].attempt.end
        assert (end.exit_code, end.signal, str(view.session.stages[0].state)) == (None, 9, "failed")
        kept = list(attempt.glob("exit.json.not-believed-*"))
        assert len(kept) == 2
        told = [event.text for event in rig.events if type(event).__name__ == "Alert" and event.kind == "records"]
        assert sorted(text.rpartition(" ")[2] for text in told) == sorted(path.name for path in kept)
    folder = tmp_path / "other"
    with session(folder, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.said("a", "step 3")
        attempt = rig.folder.attempt(1, "a", 1).path
        pids = [rig.pid("a"), *(json.loads((attempt / "started.json").read_text())[shim]["pid"] for shim in "ab")]
        for pid in [rig.runners[-1].pid, *pids]:
            os.kill(pid, 9)
        rig.runners[-1].wait()
        (attempt / "started.json").unlink()
        (attempt / "exit.json").write_text(forged)
        (rig.folder.path / "go").touch()
        rig.start()
        view = rig.end()
        assert [str(one.state) for one in view.session.stages[0].attempts] == ["lost", "succeeded"]


def test_a_lost_tail_does_not_start_a_living_stage_twice(tmp_path: Path) -> None:
    """The journal lost all but its first line while the stage lives: it is found on the disk, adopted, and told."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", "command": ["true"]})) as rig:
        rig.start()
        rig.said("a", "step 3")
        pid = rig.pid("a")
        rig.kill_runner()
        rig.folder.journal.write_bytes(rig.folder.journal.read_bytes().partition(b"\n")[0] + b"\n")
        rig.start()
        view = wait_for(lambda: (view := load_view(rig.folder)).session.stages[0].attempts and view, "the attempt")
        assert view.session.stages[0].attempt.number == 1
        os.kill(pid, 0)
        (rig.folder.path / "go").touch()
        wait_for(lambda: load_view(rig.folder).finished, "the end")
        view = load_view(rig.folder)
        assert [len(stage.attempts) for stage in view.session.stages] == [1, 1]
        assert rig.log("a").count("from 0") == 1
        assert "was not in the journal" in rig.folder.journal.read_text()
