"""For tests of the command line: a project in a temporary folder, the program as a child, sessions made by hand."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autotrain_tui.cli import main as cli
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.folder import SessionFolder, make_private_dir
from autotrain_tui.session.records.lock import owner_alive, read_owner
from tests.support.fork_server import ForkedPopen

PATIENCE = 120.0
"""Seconds until a condition that should come true in a moment counts as never coming true."""

HAND = "20260101-120000-hand"


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until `condition()` is true; its value."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.01)
    return value


class Project:
    """A project whose stages are Python programs, and the command line on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sessions = root / "sessions"
        (root / "stages").mkdir(parents=True)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AUTOTRAIN_", "COLUMNS"))
        }
        self.environment |= {"NO_COLOR": "", "PWD": str(root)}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def plan(self, name: str = "t", stages: Sequence[str] = ("one",), head: str = "", **programs: str) -> None:
        """A plan whose stages run `programs[stage]`, or print a line and end well."""
        lines = [f'name = "{name}"', "max_hours = 1", head]
        for stage in stages:
            path = self.root / f"{name}-{stage}.py"
            path.write_text(programs.get(stage, "print('loss 0.5')\n"))
            lines += ["[[stage]]", f'name = "{stage}"', f'command = ["{{python}}", "{path.name}"]']
        (self.root / "stages" / f"{name}.toml").write_text("\n".join(lines) + "\n")

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """The program as a child that is not waited for."""
        defaults: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "cwd": self.root,
            "env": self.environment,
        }
        return ForkedPopen([sys.executable, "-m", "autotrain_tui", *words], **(defaults | options))

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """The program, to its end."""
        with self.start(*words, **options) as child:
            try:
                out, err = child.communicate(timeout=PATIENCE * 2)
            except subprocess.TimeoutExpired:
                child.kill()  # else leaving the block would wait for it without end
                raise
        assert "Traceback" not in (err or ""), err
        return subprocess.CompletedProcess(words, child.returncode, out, err)

    def json(self, *words: str, status: int = 0) -> Any:
        """The one document on stdout. In this process, which is faster, but for what starts a runner."""
        if words[0] == "retry":
            done = self.run(*words, "--json")
            assert done.returncode == status, done.stderr
            return json.loads(done.stdout)
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
        where = () if "--sessions-dir" in words else ("--sessions-dir", str(self.sessions))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main([*words, "--json", "--project", str(self.root), *where])
        assert code == status, err.getvalue()
        out.seek(0)
        return json.loads(out.read())

    def folders(self) -> list[SessionFolder]:
        """Every session's folder, oldest first."""
        if not self.sessions.is_dir():
            return []
        return [SessionFolder(path) for path in sorted(self.sessions.iterdir()) if path.name[0] != "."]

    def states(self) -> dict[str, str]:
        """The newest session's stages: name to state."""
        return {stage["name"]: stage["state"] for stage in self.json("show", "latest")["stages"]}

    def log(self, stage: str) -> str:
        """What the newest session's stage has printed in its latest attempt."""
        folders = self.folders()
        found = sorted(folders[-1].path.glob(f"stages/*-{stage}/attempt-*/log")) if folders else []
        return found[-1].read_text() if found else ""

    def said(self, stage: str, word: str) -> None:
        """Wait until the stage has printed `word`."""
        until(lambda: word in self.log(stage), f"{word!r} in the log of {stage}")

    @contextmanager
    def cleaned(self) -> Iterator[Project]:
        """Ends what a failed test leaves running."""
        try:
            yield self
        finally:
            for folder in self.folders():
                owner = read_owner(folder)
                if owner is not None and owner_alive(owner):
                    for number in (signal.SIGTERM, signal.SIGINT):  # both kill
                        with contextlib.suppress(ProcessLookupError):  # it may end at any time
                            os.kill(owner.pid, number)
                    until(lambda owner=owner: not owner_alive(owner), "the end of a runner")


def hand_made(sessions: Path, events: Sequence[ev.Event], name: str = HAND) -> SessionFolder:
    """A session's folder with a journal of these events and nothing else."""
    sessions.mkdir(exist_ok=True)
    folder = SessionFolder(sessions / name)
    for path in (folder.path, folder.control, folder.done, folder.path / "stages"):
        make_private_dir(path)
    writer = JournalWriter(folder.journal)
    for event in events:
        writer.append(writer.stamp(event), sync=False)
    writer.close()
    return folder


def created(*stages: str, **fields: Any) -> ev.SessionCreated:
    """The first event."""
    infos = [
        ev.StageDefinition(
            name=name, index=index, params={"epochs": index}, estimate_seconds=60.0, estimate_source="classic guess"
        )
        for index, name in enumerate(stages or ("one",), 1)
    ]
    defaults: dict[str, Any] = {
        "id": HAND,
        "plan": "hand",
        "stages": infos,
        "budget_seconds": 3600.0,
        "metric_name": "accuracy",
        "host": identity.host(),
        "boot_id": identity.boot_id() or "",
    }
    return ev.SessionCreated(**(defaults | fields))


def runner_started() -> ev.RunnerStarted:
    """Some runner that is long gone."""
    return ev.RunnerStarted(pid=2**22 + 7, boot_id=identity.boot_id() or "", host=identity.host())


def ran(
    stage: str, index: int = 1, attempt: int = 1, *, log: str = "", folder: SessionFolder | None = None, **end: Any
) -> list[ev.Event]:
    """An attempt from start to end; with `folder` its log is written too."""
    relative = f"stages/{index}-{stage}/attempt-{attempt}"
    if folder is not None:
        (folder.path / relative).mkdir(parents=True)
        (folder.path / relative / "log").write_text(log)
    fields: dict[str, Any] = {"state": "succeeded", "exit_code": 0, "metrics": {"accuracy": 0.9}, "best": 0.9}
    return [
        ev.AttemptStarting(stage=stage, attempt=attempt, folder=relative, params={"epochs": 3}),
        ev.AttemptRunning(stage=stage, attempt=attempt, pid=2**22 + 8),
        ev.AttemptEnded(stage=stage, attempt=attempt, **(fields | end)),
    ]


def finished(outcome: str = "succeeded") -> ev.SessionFinished:
    """The last event."""
    return ev.SessionFinished(outcome=outcome)  # type: ignore[arg-type]
