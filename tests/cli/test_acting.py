"""The verbs that ask a runner: which session and stage they mean, what they answer, and what then happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.records.lock import LockOwner
from tests.cli.project import HAND, Project, created, finished, hand_made, ran, runner_started, until

SAVES = """
import os, signal, sys, time
def save(*_):
    print("saved", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"checkpoint\\n"))
print("up", os.environ["AUTOTRAIN_RESUME"], flush=True)
while not os.path.exists("go"): time.sleep(0.01)
open(os.environ["AUTOTRAIN_RESULT"], "w").write("{}")
"""
HEAD = 'resumable = true\ncheckpoint_signal = "USR1"\n'


def asked(project: Project, *words: str) -> dict[str, Any]:
    """The document that an accepted verb answers with."""
    document = project.json(*words)
    assert list(document) == ["version", "id", "command", "session", "stage", "accepted", "reason"]
    assert document["accepted"] is True
    return document


@pytest.mark.process
def test_a_session_under_command(project: Project) -> None:
    """Checkpoint, pause, resume, freeze, thaw, budget, hold, release, skip and its undo, each answered and journaled."""
    project.plan(stages=("one", "two"), head=HEAD, one=SAVES)
    assert project.run("run", "--detach").returncode == 0
    project.said("one", "up 0")
    assert asked(project, "checkpoint")["stage"] == "one"
    project.said("one", "checkpoint")
    assert asked(project, "pause", "--reason", "lunch", "--wait")["command"] == "pause"
    assert project.log("one").endswith("saved\n")
    assert project.states() == {"one": "paused", "two": "pending"}
    assert asked(project, "resume", "--wait")["stage"] == "one"
    project.said("one", "up 1")
    assert asked(project, "freeze", "one")["stage"] == "one"
    assert project.states()["one"] == "frozen"
    assert asked(project, "resume")["stage"] == "one"
    assert asked(project, "budget", "-30m")["stage"] is None
    assert project.json("show")["budget_seconds"] == 1800
    assert asked(project, "hold", "latest", "two")["session"] == project.folders()[0].id
    assert project.states() == {"one": "running", "two": "held"}
    assert asked(project, "release")["stage"] == "two"
    assert asked(project, "skip", "two", "--reason", "no time")["stage"] == "two"
    assert project.json("show")["stages"][1]["reason"] == "no time"
    assert asked(project, "skip", "--undo")["command"] == "unskip"
    (project.root / "go").touch()
    assert project.run("wait").returncode == 0
    assert project.states() == {"one": "succeeded", "two": "succeeded"}


@pytest.mark.process
def test_stop_resume_and_kill(project: Project) -> None:
    """`stop --wait` comes back when the session has ended; `resume --detach` goes on; `kill` ends it at once."""
    project.plan(head=HEAD, one=SAVES)
    assert project.run("run", "--detach").returncode == 0
    project.said("one", "up 0")
    done = project.run("stop", "--wait", "--reason", "enough")
    assert (done.returncode, done.stdout) == (0, f"{project.folders()[0].id} has ended; resume continues it\n")
    document = project.json("show")
    assert (document["state"], document["outcome"], document["reason"]) == ("finished", "stopped", "enough")
    assert project.run("resume", "--detach").stdout == f"{document['id']}\n"
    project.said("one", "up 1")
    refused = project.run("resume")
    assert (refused.returncode, "paused or frozen" in refused.stderr) == (3, True)
    assert asked(project, "kill", "--wait")["command"] == "kill"
    stage = project.json("show")["stages"][0]
    assert [attempt["signal"] for attempt in stage["attempts"]] == [None, 9]


@pytest.mark.process
def test_a_retry_gives_a_session_that_is_over_a_runner(project: Project) -> None:
    """`retry` of a failed stage starts a runner, carries changed parameters, and the plan goes on."""
    project.plan(stages=("one", "two"), head="batch_size = 32", one="import sys; sys.exit(len(sys.argv) == 1)\n")
    plan = project.root / "stages" / "t.toml"
    plan.write_text(
        plan.read_text()
        .replace('"t-one.py"]', '"t-one.py", ["{extra}"]]\nparams = { extra = "" }')
        .replace('["{extra}"]', '"{extra}"')
    )
    (project.root / "t-one.py").write_text("import sys; sys.exit(sys.argv[1] == '')\n")
    assert project.run("run", "-q").returncode == 1
    document = asked(project, "retry", "--set", "extra=yes", "--set", "batch_size=16")
    assert document["stage"] == "one"
    assert project.run("wait").returncode == 0
    stages = project.json("show")["stages"]
    assert [stage["state"] for stage in stages] == ["succeeded", "succeeded"]
    assert stages[0]["attempts"][1]["params"] == {"batch_size": 16, "extra": "yes"}
    refused = project.json("retry", "one", "--set", "nothing=1", status=3)
    assert (refused["accepted"], "nothing" in refused["reason"]) == (False, True)


@pytest.mark.process
def test_a_refused_retry_starts_nothing_else(project: Project) -> None:
    """A retry that can't be done doesn't run the session's other unfinished stages again instead."""
    project.plan(stages=("one", "two"), one="import sys; sys.exit(1)\n")
    assert project.run("run", "-q").returncode == 1
    refused = project.json("retry", "two", status=3)
    assert (refused["accepted"], "hasn't run yet" in refused["reason"]) == (False, True)
    assert project.run("wait").returncode == 1
    assert [len(stage["attempts"]) for stage in project.json("show")["stages"]] == [1, 0]


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sessions of a place that is no project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUTOTRAIN_SESSIONS_DIR", raising=False)
    return tmp_path / "sessions"


@pytest.mark.parametrize(
    "verb", ["pause", "freeze", "skip", "hold", "release", "checkpoint", "stop", "kill", "budget +1h"]
)
def test_nobody_to_take_a_command(records: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no runner lives every verb is refused with status 3, the reason and what to do; nothing is left to be taken."""
    folder = hand_made(records, [created("one", "two"), runner_started(), *ran("one")[:2]])
    assert cli.main([*verb.split(), "--json"]) == 3
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert (document["accepted"], document["id"], document["session"]) == (False, None, HAND)
    assert "resume" in err
    assert list(folder.control.iterdir()) == [folder.done]


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        ("pause nothing", 3, "no session"),
        ("pause latest nothing", 2, "no stage"),
        ("pause onee", 3, 'did you mean "one"'),
        ("stop one", 3, "no session"),
        ("resume one", 2, "first unfinished"),
        ("stop", 3, "has ended"),
        ("budget +1h", 3, "has ended"),
        ("pause", 3, "has ended"),
    ],
)
def test_words_that_name_nothing(
    records: Path, words: str, status: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word that is neither session nor stage is refused, a stage that the session hasn't is a mistake."""
    hand_made(records, [created("one", "two"), runner_started(), *ran("one"), finished("stopped")])
    assert cli.main(words.split()) == status
    assert text in capsys.readouterr().err


@pytest.mark.parametrize("words", ["pause nothing", "stop nothing", "resume nothing", "retry nothing"])
def test_a_session_that_is_not_there_is_a_document_too(
    records: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json every refusal is a document; its session is null when none was meant clearly."""
    hand_made(records, [created("one"), runner_started(), *ran("one"), finished("stopped")])
    assert cli.main([*words.split(), "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["version", "id", "command", "session", "stage", "accepted", "reason"]
    assert (document["id"], document["session"], document["accepted"]) == (None, None, False)
    assert "no session" in document["reason"]


def test_resume_of_what_is_done_is_refused(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A session whose stages all succeeded has nothing to resume."""
    hand_made(records, [created("one"), runner_started(), *ran("one"), finished()])
    assert cli.main(["resume", "--detach"]) == 3
    assert "nothing to resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("retry", "name the stage to retry: one, two"),
        ("stop", "autotrain-tui retry 2026"),
        ("pause one", "autotrain-tui retry 2026"),
    ],
)
def test_of_what_is_done_only_a_named_stage_can_run_again(
    records: Path, words: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where all succeeded, a refusal doesn't send anybody to a command that is refused as well."""
    hand_made(records, [created("one", "two"), runner_started(), *ran("one"), *ran("two", 2), finished()])
    assert cli.main(words.split()) == 3
    assert text in capsys.readouterr().err


def live(sessions: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of two running stages whose runner is this very process."""
    import msgspec

    from autotrain_tui.session.records import process_identity as identity

    events: list[ev.Event] = [created("one", "two", id=name), runner_started(), *ran("one")[:2], *ran("two", 2)[:2]]
    folder = hand_made(sessions, events, name)
    me = identity.own_identity()
    folder.lock.write_bytes(msgspec.json.encode(LockOwner(me.pid, me.start_time, identity.boot_id(), identity.host())))


def test_several_that_may_be_meant(
    records: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several running stages: status 2, name one. Several live sessions: status 3 naming them. One word may be either."""
    live(records, "20260101-120000-a", monkeypatch)
    assert cli.main(["pause"]) == 2
    assert "one, two" in capsys.readouterr().err
    live(records, "20260101-120000-b", monkeypatch)
    for words in (["pause"], ["show"], ["pause", "one"]):
        assert cli.main(words) == 3
        err = capsys.readouterr().err
        assert "20260101-120000-a" in err
        assert "20260101-120000-b" in err
    assert cli.main(["skip", "20260101-120000-a"]) == 2
    assert "name one" in capsys.readouterr().err


def test_an_answer_that_never_comes(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that doesn't answer: the request is withdrawn and refused, so that it can't act when nobody expects it."""
    from autotrain_tui.errors import RefusedError
    from autotrain_tui.session.launch.send_command import send_command
    from autotrain_tui.session.records.folder import SessionFolder

    live(records, HAND, monkeypatch)
    folder = SessionFolder(records / HAND)
    with pytest.raises(RefusedError, match="not answered"):
        send_command(folder, "stop", timeout=0.05)
    assert list(folder.control.iterdir()) == [folder.done]


@pytest.mark.process
def test_two_watchers_and_a_command(project: Project) -> None:
    """What one person does is told to another who watches: who did it and why."""
    project.plan(head=HEAD, one=SAVES)
    child = project.start("run", "--no-ui")
    project.said("one", "up 0")
    assert project.run("pause", "--reason", "lunch", "--wait").returncode == 0
    assert project.run("stop").returncode == 0
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 5
    assert "saving a checkpoint and ending (pause) by" in out
    assert ": lunch" in out
    until(lambda: project.json("ls")["sessions"][0]["outcome"] == "stopped", "the end in ls")
