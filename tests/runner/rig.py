"""A rig for tests with the real runner: plans of short real stages, sessions in a temporary folder, waits on conditions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

import tomli_w

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import owner_alive, read_owner
from tests.support.fork_server import ForkedPopen

PATIENCE = 120.0
"""Seconds until a condition that should come true in a moment counts as never coming true."""


def python(code: str) -> list[str]:
    """A command that runs Python code as a stage; braces are literal."""
    return [sys.executable, "-c", code.replace("{", "{{").replace("}", "}}")]


def wait_for(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> object:
    """Wait until `condition()` is true; its value."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.01)
    return value


class Rig:
    """One session of a plan given as a table."""

    def __init__(self, root: Path, plan: dict[str, object], **overrides: object) -> None:
        self.root = root
        text = tomli_w.dumps(plan)
        parsed = parse_plan(text, "test.toml")
        prepared = prepare(parsed, Overrides(**overrides), root=root, sessions=root / "sessions")
        self.folder: SessionFolder = create(prepared, root=root, sessions=root / "sessions")
        self.runners: list[subprocess.Popen[bytes]] = []
        self._follower = SessionFollower(self.folder)
        self.events: list[Event] = []

    def start(self, **options: object) -> subprocess.Popen[bytes]:
        """A runner that has taken the session."""
        with patch.object(subprocess, "Popen", ForkedPopen):
            runner = spawn_runner(self.folder, **options)
        self.runners.append(runner)
        return runner

    def view(self) -> View:
        view, events = self._follower.poll()
        self.events += events
        return view

    def stage(self, name: str) -> Stage:
        stage = self.view().session.stage(name)
        assert stage is not None
        return stage

    def until(self, name: str, *states: str) -> Stage:
        wait_for(lambda: self.stage(name).state in states, f"stage {name} {'/'.join(states)} (is {self.stage(name)})")
        return self.stage(name)

    def end(self, patience: float = PATIENCE) -> View:
        """Wait for the session's end and for its runner."""
        wait_for(lambda: self.view().finished, f"the end of the session: {self.tell()}", patience)
        for runner in self.runners:
            runner.wait(PATIENCE)
        return self.view()

    def tell(self) -> str:
        view = self.view()
        return f"{view.state} {[(s.name, str(s.state), s.reason) for s in view.session.stages]}"

    def ask(self, verb: str, stage: str | None = None, **options: object) -> object:
        return send_command(self.folder, verb, stage=stage, **options)

    def log(self, name: str, attempt: int = 1) -> str:
        index = self.stage(name).info.index
        log = self.folder.attempt(index, name, attempt).log
        return log.read_text(errors="replace") if log.exists() else ""

    def said(self, name: str, word: str, attempt: int = 1) -> None:
        """Wait until the stage's log holds `word`."""
        wait_for(lambda: word in self.log(name, attempt), f"{word!r} in the log of {name}: {self.tell()}")

    def pid(self, name: str) -> int:
        """The running command's pid."""
        self.until(name, "running", "frozen")
        attempt = self.stage(name).attempt
        assert attempt is not None
        assert attempt.pid is not None
        return attempt.pid

    def outcome(self) -> str | None:
        outcome = self.view().session.outcome
        return None if outcome is None else str(outcome)

    def kinds(self) -> list[str]:
        self.view()
        return [type(event).__name__ for event in self.events]

    def kill_runner(self) -> None:
        runner = self.runners[-1]
        os.kill(runner.pid, signal.SIGKILL)
        runner.wait(PATIENCE)

    def close(self) -> None:
        """Leave no process behind, whatever the test did."""
        owner = read_owner(self.folder)
        if owner is not None and owner_alive(owner):
            with suppress(ProcessLookupError):  # it may end at any time
                os.kill(owner.pid, signal.SIGKILL)
        for runner in self.runners:
            if runner.poll() is None:
                runner.kill()
            runner.wait(PATIENCE)
        for started in self.folder.path.glob("stages/*/attempt-*/"):
            kill_tree(started)


def kill_tree(attempt: Path) -> None:
    """Kill what an attempt's records name, shims last."""
    from autotrain_tui.runner.processes.process_handle import send
    from autotrain_tui.runner.processes.process_scan import descendants, scan
    from autotrain_tui.session.records.attempt_files import RunningRecord, Started, read_record

    started = read_record(attempt, Started).record
    running = read_record(attempt, RunningRecord).record
    if started is None or started.cancelled or started.boot_id != identity.boot_id():
        return
    shims = [shim for shim in (started.a, started.b) if shim is not None]
    alive = [shim.pid for shim in shims if identity.is_alive(shim)]
    for row in descendants(alive, scan()).values():
        if row.pid not in alive:
            send(row.identity, signal.SIGKILL)
    if running is not None:
        send(running.identity, signal.SIGKILL)
    for shim in shims:
        send(shim, signal.SIGKILL)


@contextmanager
def session(root: Path, plan: dict[str, object], **overrides: object) -> Iterator[Rig]:
    """A session that leaves no process behind."""
    rig = Rig(root, plan, **overrides)
    try:
        yield rig
    finally:
        rig.close()


def plan(*stages: dict[str, object], **keys: object) -> dict[str, object]:
    """A plan as a table; `command` and the like in `keys`."""
    return {"name": "test", "metric": {"name": "accuracy", "goal": "max"}, **keys, "stage": list(stages)}
