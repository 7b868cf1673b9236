"""Messages of real sessions to a receiver on this machine."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.runner.rig import plan, python, session, wait_for
from tests.support.processes import command_lines

pytestmark = pytest.mark.process

SECRET = "s3cret-path-of-the-url"


class Receiver:
    """A web server that keeps the bodies it gets; `statuses` are its answers in order, then 200; 0 = never."""

    def __init__(self, statuses: list[int]) -> None:
        self.bodies: list[dict[str, object]] = []
        self.over = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status = statuses.pop(0) if statuses else 200
                if status == 0:
                    receiver.over.wait(60)
                    return
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/{SECRET}"

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def statuses() -> list[int]:
    return []


@pytest.fixture
def receiver(statuses: list[int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    found = Receiver(statuses)
    monkeypatch.setenv("TRAIN_WEBHOOK", found.url)
    monkeypatch.setenv("NO_PROXY", "*")
    yield found
    found.close()


def test_a_failure_is_told_without_secrets(tmp_path: Path, receiver: Receiver) -> None:
    """Stage and session end as two messages; the URL is hidden in the lines, and in no record of ours."""
    command = python("import sys; print('the', 'end'); sys.exit(3)")
    with session(tmp_path, plan({"name": "a"}, command=command, notify={"to": ["TRAIN_WEBHOOK"]})) as rig:
        rig.start()
        rig.end()
        wait_for(lambda: len(receiver.bodies) == 2, "two messages")
        failed, finished = sorted(receiver.bodies, key=lambda body: str(body["kind"]))
        assert (failed["kind"], failed["stage"], failed["attempt"], failed["state"]) == ("failed", "a", 1, "failed")
        assert "the end" in failed["lines"]
        assert (finished["kind"], finished["state"]) == ("finished", "failed")
        wait_for(lambda: rig.folder.runner_log.read_text().count("answered 200") == 2, "both answers in runner.log")
        for path in (rig.folder.runner_log, rig.folder.journal, rig.folder.plan):
            assert SECRET not in path.read_text()


def test_a_receiver_that_never_answers_delays_nothing(tmp_path: Path, receiver: Receiver, statuses: list[int]) -> None:
    """The session ends and its runner exits while the receiver still has the message; no argument has the URL."""
    statuses += [0] * 6
    command = python("print(1)")
    with session(tmp_path, plan({"name": "a"}, command=command, notify={"to": ["TRAIN_WEBHOOK"]})) as rig:
        rig.start()
        rig.end()
        wait_for(lambda: receiver.bodies, "the message")
        if sys.platform == "linux":
            ours = [words for words in command_lines().values() if b"autotrain_tui.notify" in words]
            assert ours
            assert not any(SECRET.encode() in word for words in ours for word in words)
        assert "answered" not in rig.folder.runner_log.read_text()


def test_errors_of_a_server_are_tried_again(tmp_path: Path, receiver: Receiver, statuses: list[int]) -> None:
    """After two answers of 500 the third try delivers."""
    statuses += [500, 503]
    command = python("print(1)")
    with session(tmp_path, plan({"name": "a"}, command=command, notify={"to": ["TRAIN_WEBHOOK"]})) as rig:
        rig.start()
        rig.end()
        wait_for(lambda: "answered 200; 3 tries" in rig.folder.runner_log.read_text(), "the third try")
        assert len(receiver.bodies) == 3


@pytest.mark.parametrize(("given", "status", "word"), [([], 0, "ok"), ([403], 4, "FAIL")])
def test_doctor_sends_a_test_message(
    tmp_path: Path, receiver: Receiver, statuses: list[int], given: list[int], status: int, word: str
) -> None:
    """`doctor --notify` says what each receiver of the plan answered, and never its URL; without the flag it sends none."""
    statuses += given
    project = Project(tmp_path / "project")
    project.environment |= {"TRAIN_WEBHOOK": receiver.url, "NO_PROXY": "*"}
    project.plan(head='notify = { to = ["TRAIN_WEBHOOK"] }')
    assert project.run("doctor").returncode == 0
    assert receiver.bodies == []
    done = project.run("doctor", "--notify")
    assert done.returncode == status, done.stdout
    assert any(line.startswith(word) and "TRAIN_WEBHOOK" in line for line in done.stdout.splitlines())
    assert [body["kind"] for body in receiver.bodies] == ["test"]
    assert SECRET not in done.stdout + done.stderr
