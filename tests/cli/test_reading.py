"""ls, show, logs, metrics, wait, compare, export, note: from files alone, nobody needs to run."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.cli.commands import ls
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.notes import Notes, write_notes
from tests.cli.project import HAND, Project, created, finished, hand_made, ran, runner_started


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sessions of a place that is no project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUTOTRAIN_SESSIONS_DIR", raising=False)
    return tmp_path / "sessions"


def done_session(sessions: Path, name: str = HAND, **fields: Any) -> SessionFolder:
    """A finished session of two stages, the first one after a failed attempt."""
    folder = hand_made(sessions, [], name)
    folder.journal.unlink()
    events: list[ev.Event] = [created("one", "two", **{"id": name} | fields), runner_started()]
    events += ran(
        "one",
        1,
        1,
        folder=folder,
        log="bad\n",
        state="failed",
        exit_code=3,
        metrics={},
        best=None,
        reason="exit code 3",
        failure="error",
        lines=["bad"],
    )
    events += [ev.StageReset(stage="one", reason="retry")]
    events += ran("one", 1, 2, folder=folder, log="a\nb\nc\n", best=0.9)
    events += ran("two", 2, 1, folder=folder, log="two\n", metrics={"accuracy": 0.95, "loss": 0.25}, best=0.97)
    events += [finished()]
    from autotrain_tui.session.journal.journal_file import JournalWriter

    writer = JournalWriter(folder.journal)
    for event in events:
        writer.append(writer.stamp(event), sync=False)
    writer.close()
    return folder


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The one document that a command prints."""
    assert cli.main([*words, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_no_sessions_is_an_empty_list(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing ever ran `ls` says so, and as a document has no sessions."""
    assert answer(capsys, "ls") == {"version": 1, "sessions": []}
    assert cli.main(["ls"]) == 0
    assert "no sessions" in capsys.readouterr().out
    assert not sessions.exists()


def test_ls_has_a_row_for_each_session_newest_first(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`ls --json` holds exactly the contract's keys, newest first; a collision number counts as newer."""
    done_session(sessions, "20260101-120000-hand")
    done_session(sessions, "20260101-120000-hand-2")
    hand_made(sessions, [created("one"), runner_started()], "20260102-120000-hand")
    rows = answer(capsys, "ls")["sessions"]
    assert [row["id"] for row in rows] == ["20260102-120000-hand", "20260101-120000-hand-2", "20260101-120000-hand"]
    assert list(rows[1]) == [
        "id",
        "plan",
        "mode",
        "host",
        "state",
        "outcome",
        "started",
        "ended",
        "elapsed_seconds",
        "stages_done",
        "stages_total",
        "doubts",
        "metric",
        "title",
        "params",
        "winners",
        "source",
        "tags",
        "note",
    ]
    assert (rows[1]["state"], rows[1]["outcome"], rows[1]["stages_done"], rows[1]["stages_total"]) == (
        "finished",
        "succeeded",
        2,
        2,
    )
    assert rows[1]["metric"] == {
        "name": "accuracy",
        "goal": "max",
        "last": 0.95,
        "best": 0.97,
        "best_step": None,
        "best_epoch": None,
        "best_stage": "two",
        "chosen": False,
    }
    assert (rows[0]["state"], rows[0]["outcome"], rows[0]["ended"]) == ("interrupted", None, None)
    assert answer(capsys, "ls", "-n", "1")["sessions"] == rows[:1]


def test_show_has_the_contracts_keys(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`show --json` tells stages and attempts, why each ended, and where its log is."""
    folder = done_session(sessions)
    document = answer(capsys, "show")
    assert {"version", "id", "path", "budget_seconds", "runner", "stages"} <= set(document)
    assert document["runner"] == {"pid": None, "host": None, "alive": False}
    stage = document["stages"][0]
    assert {
        "name",
        "index",
        "state",
        "reason",
        "params",
        "needs",
        "estimate_seconds",
        "estimate_source",
        "elapsed_seconds",
        "eta_seconds",
        "progress",
        "metrics",
        "attempts",
    } <= set(stage)
    assert set(stage["progress"]) == {"step", "total", "epoch", "epochs", "fraction", "rate"}
    first = stage["attempts"][0]
    assert {
        "attempt",
        "state",
        "pid",
        "started",
        "ended",
        "elapsed_seconds",
        "exit_code",
        "signal",
        "sent_by",
        "reason",
        "log",
    } <= set(first)
    assert (first["state"], first["exit_code"], first["reason"]) == ("failed", 3, "exit code 3")
    assert first["log"] == str(folder.path / "stages/1-one/attempt-1/log")


def test_show_in_words(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`show` names outcome, stages, attempts with how they ended, and figures, without colour in a pipe."""
    done_session(sessions)
    assert cli.main(["show", "latest"]) == 0
    out = capsys.readouterr().out
    for words in (HAND, "succeeded", "attempt 1", "exit 3: exit code 3", "accuracy 0.950", "of 1:00:00"):
        assert words in out
    assert "\x1b" not in out


def test_the_index_answers_as_the_records_do_until_they_change(
    sessions: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finished session is read once; after any change of its journal or notes it is read again."""
    folder = done_session(sessions)
    before = answer(capsys, "ls"), answer(capsys, "show", HAND)
    with monkeypatch.context() as patched:
        for place in ("journal.session_view", "history.summary"):
            patched.setattr(f"autotrain_tui.session.{place}.load_view", lambda _: pytest.fail("it was read again"))
        assert (answer(capsys, "ls"), answer(capsys, "show", HAND)) == before
    assert cli.main(["note", HAND, "remember", "--tag", "good"]) == 0
    capsys.readouterr()
    row = answer(capsys, "ls")["sessions"][0]
    assert (row["note"], row["tags"]) == ("remember", ["good"])
    assert answer(capsys, "show")["note"] == "remember"
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    folder.journal.write_bytes(b"".join(lines[:-1]))
    assert answer(capsys, "ls")["sessions"][0]["state"] == "interrupted"
    assert answer(capsys, "show")["state"] == "interrupted"


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "zeros after a power cut": lambda kept: bytes(len(kept)),
    "torn": lambda kept: kept[:-1],
    "longer": lambda kept: kept + b"\n",
    "a letter changed": lambda kept: kept.replace(b"succeeded", b"succeedee", 1),
    "its head alone": lambda kept: kept.split(b"\n")[0] + b"\n",
    "an older version's": lambda kept: b"3" + kept[1:],
    "a later version's": lambda kept: b"5" + kept[1:],
    "a name taken out": lambda kept: kept.replace(HAND.encode() + b"\n", b"\n", 1),
    "another format": lambda _: f'{{"version": 3}}\n["{HAND}",[],{{}}]'.encode(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_no_index(
    sessions: Path, cache: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    """Whatever stands in the index, `ls` tells what the records say, and the index is made anew."""
    done_session(sessions)
    before = answer(capsys, "ls")
    (rows,) = cache.glob("autotrain-tui/*/rows")
    assert (rows.stat().st_mode & 0o777, rows.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [path.name for path in sessions.iterdir()] == [HAND]
    good = rows.read_bytes()
    rows.write_bytes(DAMAGES[damage](good))
    assert answer(capsys, "ls") == before
    assert rows.read_bytes() == good


def test_the_index_knows_whose_it_is(
    sessions: Path, cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host's index, put in the place of ours, is not believed: who is alive is told by who asks."""
    done_session(sessions)
    with monkeypatch.context() as patched:
        patched.setattr("autotrain_tui.session.history.index._HOST", "elsewhere")
        before = answer(capsys, "ls")
    (theirs,) = cache.glob("autotrain-tui/*/rows")
    assert answer(capsys, "ls") == before
    (ours,) = set(cache.glob("autotrain-tui/*/rows")) - {theirs}
    ours.write_bytes(theirs.read_bytes())
    assert answer(capsys, "ls") == before
    assert b"elsewhere" not in ours.read_bytes()


def test_a_list_from_the_index_is_the_list_from_the_records(
    sessions: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With sessions come, gone and unfinished since, and texts of any script, both say the same in the same order."""
    for hour in range(10, 15):
        done_session(sessions, f"20260101-{hour}0000-hand")
    assert cli.main(["note", "20260101-120000-hand", "次の\t\n\f “run”", "--tag", "best"]) == 0
    done_session(sessions, "20260101-120000-hand-10")
    done_session(sessions, "20260101-120000-hand-2")
    cli.main(["ls"])
    shutil.rmtree(sessions / "20260101-140000-hand")
    hand_made(sessions, [created("one"), runner_started()], "20260101-120000-hand-3")
    done_session(sessions, "20251231-120000-hand")
    cli.main(["ls"])
    capsys.readouterr()
    for words in (["ls"], ["ls", "--json"], ["ls", "-n", "3"], ["ls", "tag:best", "--json"]):
        outputs = []
        for _ in range(2):
            assert cli.main(words) == 0
            outputs.append(capsys.readouterr())
            shutil.rmtree(cache)
        assert outputs[0] == outputs[1]
        cli.main(["ls"])
        capsys.readouterr()
    assert [row["id"][9:] for row in answer(capsys, "ls")["sessions"]] == [
        "130000-hand",
        "120000-hand-10",
        "120000-hand-3",
        "120000-hand-2",
        "120000-hand",
        "110000-hand",
        "100000-hand",
        "120000-hand",
    ]


@pytest.mark.parametrize(
    "change",
    [
        "a note by hand",
        "the note edited in place",
        "the journal edited in place",
        "its times set back",
        "the folder replaced",
    ],
)
def test_no_change_by_hand_is_missed(sessions: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    """Whoever changes a finished session's records, the next `ls` tells what they say now."""
    folder = done_session(sessions)
    if change == "the note edited in place":
        folder.notes.write_text('{"note": "one"}')
    answer(capsys, "ls")
    times = folder.journal.stat()
    if change.endswith("by hand") or change == "the note edited in place":
        folder.notes.write_text('{"note": "two"}')
        assert answer(capsys, "ls")["sessions"][0]["note"] == "two"
        return
    text = folder.journal.read_bytes()
    assert text.count(b"0.97") == 1
    if change == "the folder replaced":
        folder.path.rename(sessions.parent / "away")
        folder.path.mkdir()
    folder.journal.write_bytes(text.replace(b"0.97", b"0.98"))
    if change == "its times set back":
        os.utime(folder.journal, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert answer(capsys, "ls")["sessions"][0]["metric"]["best"] == 0.98


def test_a_session_that_can_not_be_read_is_named(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken records hide no other session in `ls`, and `show` of them exits 3 naming the file."""
    done_session(sessions)
    hand_made(sessions, [], "20260103-120000-broken")
    assert cli.main(["ls", "--json"]) == 0
    out, err = capsys.readouterr()
    assert len(json.loads(out)["sessions"]) == 1
    assert "20260103-120000-broken" in err
    assert cli.main(["show", "20260103"]) == 3
    assert "journal.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "status", "words"),
    [
        ("2026", 3, "several"),
        ("nope", 3, "no session"),
        ("latest", 0, ""),
        ("20260102", 0, ""),
        ("./sessions/20260101-120000-hand", 0, ""),
        ("./nowhere", 3, "no such session"),
        ("sessions/", 3, "not a session"),
    ],
)
def test_a_session_by_prefix_latest_or_path(
    sessions: Path, capsys: pytest.CaptureFixture[str], word: str, status: int, words: str
) -> None:
    """SESSION is an id, a unique prefix, `latest` or a path; anything else is refused with status 3."""
    done_session(sessions)
    done_session(sessions, "20260102-120000-hand")
    assert cli.main(["show", word]) == status
    assert words in capsys.readouterr().err


def test_logs_byte_for_byte(sessions: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Into a pipe a log comes out as it is; --attempt, --stage and -n choose what of it."""
    folder = done_session(sessions)
    nasty = b"\x1b]52;c;QUJD\x07\x80\xff\r50%\rcopied\n\x00no newline"
    (folder.path / "stages/2-two/attempt-1/log").write_bytes(nasty)
    assert cli.main(["logs"]) == 0
    assert capfdbinary.readouterr().out == nasty
    for words, expected in (
        (("logs", "one"), b"a\nb\nc\n"),
        (("logs", HAND, "one", "-n", "2"), b"b\nc\n"),
        (("logs", "--stage", "one", "--attempt", "1"), b"bad\n"),
        (("logs", "-f"), nasty),
        (("logs", "-f", "one"), b"a\nb\nc\n"),
        (("logs", "one", "-n", "100"), b"a\nb\nc\n"),
    ):
        assert cli.main(list(words)) == 0
        assert capfdbinary.readouterr().out == expected, words


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("logs three", 3),
        ("logs --stage three", 2),
        ("logs latest three", 2),
        ("logs one --attempt 9", 3),
        ("logs one --stage two", 2),
        ("metrics --stage three", 2),
        ("metrics nope", 3),
    ],
)
def test_what_has_no_log(sessions: Path, capsys: pytest.CaptureFixture[str], words: str, status: int) -> None:
    """A stage or an attempt that isn't there is named, with the right status."""
    done_session(sessions)
    assert cli.main(words.split()) == status
    assert capsys.readouterr().err.startswith("autotrain-tui: ")


@pytest.mark.process
def test_a_log_on_a_terminal_holds_no_control_but_colour_of_ours(project: Project) -> None:
    """A terminal gets printable text; --raw gives it the bytes."""
    folder = done_session(project.sessions)
    log = folder.path / "stages/2-two/attempt-1/log"
    log.write_bytes(b"\x1b]0;title\x07\x1b[31mred\x1b[0m\x1b[2J 10%\r 100%\n")
    assert _on_terminal(project, "logs") == b" 100%\r\n"
    assert b"\x1b]0;title\x07" in _on_terminal(project, "logs", "--raw")


def _on_terminal(project: Project, *words: str) -> bytes:
    """What the program writes to a terminal."""
    master, slave = pty.openpty()
    child = project.start(*words, stdout=slave, stderr=slave, text=False)
    os.close(slave)
    out = b""
    try:
        while block := os.read(master, 4096):
            out += block
    except OSError:
        pass  # EIO: the other end is closed
    os.close(master)
    assert child.wait() == 0
    return out


def test_metrics_have_every_point_and_the_final_figures(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`metrics --json`: a series for each metric of each attempt over step, epoch or index; the result has the last word."""
    folder = done_session(sessions)
    readings = [
        [1.0, "loss", 0.5, 10, None],
        [2.0, "loss", 0.3, 20, None],
        [2.0, "@", 5, 0, None],
        [1.0, "accuracy", 0.8, None, 1.0],
        [2.5, "accuracy", 0.94, None, 2.0],
    ]
    lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in readings) + '[3.0, "torn'
    (folder.path / "stages/2-two/attempt-1/readings.jsonl").write_text(lines)
    document = answer(capsys, "metrics", "latest", "two")
    assert (document["version"], document["session"]) == (1, HAND)
    loss, accuracy = document["series"]
    assert {key: loss[key] for key in ("stage", "attempt", "name", "axis")} == {
        "stage": "two",
        "attempt": 1,
        "name": "loss",
        "axis": "step",
    }
    assert [point[:2] for point in loss["points"]] == [[10, 0.5], [20, 0.3], [20, 0.25]]
    assert accuracy["axis"] == "epoch"
    assert [point[:2] for point in accuracy["points"]] == [[1, 0.8], [2, 0.94], [2, 0.95]]
    assert loss["points"][0][2].endswith("Z")
    one = answer(capsys, "metrics", "--stage", "one")["series"]
    assert [(series["attempt"], series["name"], series["axis"], series["points"][0][1]) for series in one] == [
        (2, "accuracy", "index", 0.9)
    ]
    assert cli.main(["metrics"]) == 0
    assert "accuracy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("end", "status"),
    [([finished()], 0), ([finished("budget")], 0), ([finished("failed")], 1), ([finished("stopped")], 5), ([], 1)],
)
def test_wait_exits_as_the_run_would(sessions: Path, end: list[ev.Event], status: int) -> None:
    """`wait` on a finished session returns its status at once; an unfinished one that nobody runs counts as failed."""
    hand_made(sessions, [created("one"), runner_started(), *end])
    assert cli.main(["wait"]) == status


def test_compare_shows_what_differs_and_what_came_of_it(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only parameters with differing values are listed; results stand side by side."""
    done_session(sessions, "20260101-120000-a")
    infos = [ev.StageDefinition(name="one", index=1, params={"epochs": 7})]
    done_session(
        sessions, "20260102-120000-b", stages=[*infos, ev.StageDefinition(name="two", index=2, params={"epochs": 2})]
    )
    document = answer(capsys, "compare", "20260102", "20260101")
    assert document["sessions"] == ["20260102-120000-b", "20260101-120000-a"]
    assert document["parameters"] == [{"stage": "one", "name": "epochs", "values": [7, 1]}]
    assert {"stage": None, "name": "best accuracy", "values": [0.97, 0.97]} in document["results"]
    assert cli.main(["compare", "latest", "20260101"]) == 0
    assert "one: epochs" in capsys.readouterr().out
    assert cli.main(["compare", "latest", "latest"]) == 2


def test_compare_marks_the_better_value_and_says_what_is_not_in_common(
    sessions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The better value has a mark, and a stage that one session alone has is named once instead of listed."""
    hand_made(
        sessions,
        [created("one"), runner_started(), *ran("one", metrics={"accuracy": 0.5}, best=0.5)],
        name="20260101-120000-a",
    )
    hand_made(
        sessions,
        [created("two"), runner_started(), *ran("two", metrics={"accuracy": 0.7}, best=0.7)],
        name="20260102-120000-b",
    )
    assert cli.main(["compare", "20260101", "20260102"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[:3] == [
        "no stage in common",
        "only in 20260101-120000-a: stage one",
        "only in 20260102-120000-b: stage two",
    ]
    assert "one: " not in out
    best = next(row for row in out.splitlines() if row.startswith("best accuracy"))
    assert best.split()[-3:] == ["0.500", "*", "0.700"]


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_of_ls_or_compare_is_longer_than_the_terminal(
    sessions: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """Whatever the plan's name and the note, a line fits, and the best value is whole."""
    names = [f"2026010{day}-120000-a-translation-with-a-long-name" for day in range(1, 5)]
    for number, name in enumerate(names):
        done_session(sessions, name)
        write_notes(SessionFolder(sessions / name), Notes(note="words " * 9 * number))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli.main(["ls"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert max(map(len, rows)) <= columns
    assert all("accuracy 0.970" in row for row in rows[1:])
    assert cli.main(["compare", *names]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= columns


def test_export_hides_secrets(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CSV holds every point; JSON and Markdown hold the session, without what looks like a secret."""
    secret = "hf_" + "a1B2" * 8
    folder = hand_made(
        sessions,
        [
            created(
                "one", stages=[ev.StageDefinition(name="one", index=1, params={"url": f"https://u:{secret}@host/x"})]
            ),
            runner_started(),
            *ran("one", state="failed", exit_code=1, reason=f"API_KEY={secret} was refused", metrics={"=cmd": 1.0}),
            finished("failed"),
        ],
    )
    folder.plan.write_text(f'name = "hand"\nenv = {{ URL = "redis://me:{secret}@db" }}\n')
    for form in ("csv", "json", "md"):
        assert cli.main(["export", "--format", form]) == 0
        out = capsys.readouterr().out
        assert secret not in out
        assert HAND in out
        if form == "json":
            document = json.loads(out)
            assert document["series"][0]["points"][0][1] == 1.0
            assert "[hidden]" in document["plan_text"]
        if form == "csv":
            assert list(csv.reader(io.StringIO(out)))[1][3] == "'=cmd"
    assert cli.main(["export", "-o", "report.md"]) == 0
    assert "API\\_KEY=\\[hidden\\]" in Path("report.md").read_text()
    assert cli.main(["export", "-o", "report.md"]) == 4
    assert cli.main(["export", "-o", "report.xls"]) == 2


def test_notes_and_tags(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`note` writes, adds and takes away; a tag is one printable word."""
    done_session(sessions)
    assert answer(capsys, "note", "latest", "first", "--tag", "a", "--tag", "b") == {
        "version": 1,
        "session": HAND,
        "note": "first",
        "tags": ["a", "b"],
    }
    assert answer(capsys, "note", "latest", "--untag", "a")["tags"] == ["b"]
    assert answer(capsys, "note", "latest", "")["note"] == ""
    for tag in ("two words", "#x", "", "\x1b[31m"):
        assert cli.main(["note", "latest", "--tag", tag]) == 2


def test_hostile_names_stay_inert(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a forged journal names reaches the terminal as printable text only."""
    hand_made(
        sessions,
        [
            created("\x1b]0;x\x07one", plan="p\x1b[2J", mode="m\nn"),
            runner_started(),
            ev.SessionFinished(outcome="failed", reason="\x1b[31mno\r\nx"),
        ],
    )
    for verb in ("show", "ls", "export", "metrics"):
        assert cli.main([verb]) == 0
        out = capsys.readouterr().out
        assert all(line.isprintable() for line in out.split("\n")), out


def test_ls_says_how_old_sessions_are(sessions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The age is counted from the stamp of the id, which is UTC."""
    ages = {"5 min": 330, "2 h": 2 * 3600 + 60, "3 d": 3 * 86400 + 60}
    names = {time.strftime("%Y%m%d-%H%M%S-hand", time.gmtime(time.time() - ago)): age for age, ago in ages.items()}
    for name in names:
        done_session(sessions, name)
    assert cli.main(["ls"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    end = head.index("AGE") + len("AGE")
    assert {line.split()[0]: line[end - 5 : end].strip() for line in lines} == names


def test_ages_of_many_are_those_of_each() -> None:
    """Ages that are known for a whole hour are those that each session has, on the hour at which a day passes too."""
    now = 1_780_000_000.0
    stamps = [time.strftime("%Y%m%d-%H%M%S", time.gmtime(now - back)) for back in range(0, 9 * 86400, 977)]
    odd = ["20260101-1234", "20260101-12ab56-x", "20261301-000000", "20260101-129999-x", "x", "20260101_123456"]
    names = [*(f"{stamp}-x" for stamp in stamps), *odd, *stamps[::-7]]
    assert ls._Ages(now).texts(names) == [ls._Ages(now).text(name) for name in names]
