"""At most one message per kind and stage in ten minutes; missing variables are told; training is never slowed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from autotrain_tui.notify.message import Message
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.runner.services import notifier as services
from autotrain_tui.runner.services.notifier import Notifier
from autotrain_tui.session.journal.events import Alert, AttemptEnded, AttemptStarting
from autotrain_tui.session.journal.session_view import load_view
from tests.cli.project import Project
from tests.notify.receivers import receiver
from tests.runner.rig import plan, python, session, wait_for
from tests.tui.sessions import make_session

PLAN = """
name = "t"
command = ["true"]
[notify]
to = ["TRAIN_WEBHOOK", "SECOND"]
on = ["failed", "nan", "stall"]
[[stage]]
name = "a"
[[stage]]
name = "b"
"""


def test_ten_minutes_lie_between_two_messages_of_one_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same kind of the same stage waits ten minutes; another kind, another stage, and the eleventh minute do not."""
    now = 1000.0
    sent: list[tuple[float, str, str | None]] = []

    def start(message: Message, names: list[str]) -> None:
        assert names == ["TRAIN_WEBHOOK"]
        sent.append((now, message.kind, message.stage))

    monkeypatch.setenv("TRAIN_WEBHOOK", "http://127.0.0.1:9/x")
    monkeypatch.delenv("SECOND", raising=False)
    monkeypatch.setattr(services, "start_child", start)
    monkeypatch.setattr(services.time, "monotonic", lambda: now)
    notifier = Notifier(parse_plan(PLAN, "t.toml"))
    state = load_view(make_session(tmp_path / "sessions", "running")).session
    stall = Alert(kind="stall", stage="a", text="no progress")
    for now, event in (
        (1000.0, stall),
        (1001.0, stall),
        (1002.0, Alert(kind="nan", stage="a", text="nan")),
        (1003.0, Alert(kind="stall", stage="b", text="no progress")),
        (1004.0, Alert(kind="disk", stage="a", text="no kind that is sent")),
        (1599.0, stall),
        (1600.0, stall),
        (1601.0, AttemptEnded(stage="a", attempt=1, state="succeeded")),
    ):
        notifier.on_event(event, state)
    assert sent == [(1000.0, "stall", "a"), (1002.0, "nan", "a"), (1003.0, "stall", "b"), (1600.0, "stall", "a")]


@pytest.mark.process
def test_a_stage_that_fails_again_and_again_sends_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three attempts fail within seconds while the receiver holds each message: one message, and no retry waits for it."""

    def holds(_: object, over: threading.Event) -> None:
        over.wait(60)

    monkeypatch.setenv("NO_PROXY", "*")
    retries = {"error": {"count": 2, "delay_seconds": 0}}
    notify = {"to": ["TRAIN_WEBHOOK"], "on": ["failed"]}
    command = python("import sys; sys.exit(3)")
    with receiver(holds) as (url, requests):
        monkeypatch.setenv("TRAIN_WEBHOOK", url)
        with session(tmp_path, plan({"name": "a", "retries": retries}, command=command, notify=notify)) as rig:
            rig.start()
            rig.end()
            ends = [event.mono for event in rig.events if isinstance(event, AttemptEnded)]
            starts = [event.mono for event in rig.events if isinstance(event, AttemptStarting)]
            assert len(ends) == 3
            assert all(start - end < 3 for end, start in zip(ends, starts[1:], strict=False))
            wait_for(lambda: requests, "the message")
            assert len(requests) == 1
            assert "answered" not in rig.folder.runner_log.read_text()


@pytest.mark.process
def test_a_missing_variable_is_told_at_run_and_resume(tmp_path: Path) -> None:
    """`run` and `resume` name the variable that is not set, and the session runs all the same."""
    project = Project(tmp_path / "project")
    project.environment.pop("TRAIN_WEBHOOK", None)
    project.plan(head='notify = { to = ["TRAIN_WEBHOOK"] }', one="import sys; sys.exit(1)\n")
    words = "TRAIN_WEBHOOK is not set; no message is sent to it"
    first = project.run("run", "t", "--no-ui")
    assert words in first.stderr + first.stdout
    (folder,) = (path for path in project.sessions.iterdir() if path.is_dir())
    (project.root / "t-one.py").write_text("print('loss 0.5')\n")
    again = project.run("resume", folder.name, "--no-ui")
    assert again.returncode == 0, again.stderr
    assert words in again.stderr + again.stdout
    assert "TRAIN_WEBHOOK is not set" in (folder / "runner.log").read_text()
