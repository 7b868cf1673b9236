"""One kill at one system call of the runner, of shim A or of shim B, in a real session, which must come through it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.transitions import Outcome
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import owner_alive, read_owner
from tests.faults.ledger import Short, find_faults, plan_of, processes_of
from tests.runner.rig import Rig

TRACER = Path(__file__).with_name("tracer.py")
STAGES = (Short("one", lines=4, pause=0.005, child=True), Short("two", lines=2, pause=0.005, code=3))
END_SECONDS = 120.0

RUNNER = """
import sys
from pathlib import Path
from autotrain_tui.runner.launchers import local
from autotrain_tui.runner.__main__ import main
if sys.argv[2] != "-":
    local.SHIM = Path(sys.argv[2])
    if hasattr(local, "compiled"):
        local.compiled = lambda path: path
sys.exit(main([sys.argv[1]]))
"""
"""A runner whose shims are started through another program."""

SHIM = """
import os, sys
os.execv(sys.executable, [sys.executable, "-I", "-S", {tracer!r}, {who!r}, "{number}", {report!r},
                          sys.executable, "-I", "-S", {shim!r}, sys.argv[1]])
"""


@dataclass(slots=True)
class Point:
    """What came of one kill: the call it hit ("" when there was no such call), and what is wrong (nothing: survived)."""

    who: str
    number: int
    call: str = ""
    count: int = 0
    faults: list[str] = field(default_factory=list)


def kill_at(root: Path, who: str, number: int) -> Point:
    """Run a session of two stages, killing `who` at its `number`-th call: the runner, the next runner after one that was
    killed while the first stage ran, or shim a or b of the first attempt.

    With number 0 nobody is killed, and the point's `count` says how many calls there are. Leaves no process.
    """
    root.mkdir(parents=True)
    rig = Rig(root, plan_of(STAGES))
    report = root / "report"
    point = Point(who, number)
    try:
        if who == "next":
            _killed_runner(rig.folder)
        _first_runner(rig.folder, root, report, who, number)
        _to_the_end(rig.folder)
        word, _, what = _wait_for(report).partition(" ")
        if word == "killed":
            point.call = what.strip()
        elif word == "finished":
            point.count = int(what)
        else:
            raise AssertionError(f"the tracer said {word} {what}")
        point.faults += find_faults(rig.folder, STAGES, set())
    except (AssertionError, AutotrainError) as error:
        point.faults.append(f"{type(error).__name__}: {error}")
    finally:
        for pid in processes_of(rig.folder):
            with suppress(ProcessLookupError):  # it may end at any time
                os.kill(pid, signal.SIGKILL)
        rig.close()
    if not point.faults:
        shutil.rmtree(root)
    return point


def _killed_runner(folder: SessionFolder) -> None:
    """A runner that is killed while the first stage runs."""
    runner = spawn_runner(folder)
    deadline = time.monotonic() + END_SECONDS
    while not (folder.path / "ledger").exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    runner.kill()
    runner.wait()


def _first_runner(folder: SessionFolder, root: Path, report: Path, who: str, number: int) -> None:
    """Start a runner that is traced, or whose first shim is; wait until it has ended."""
    shim = "-"
    command = [sys.executable, "-P", "-c", RUNNER, str(folder.path)]
    if who in ("runner", "next"):
        command = [sys.executable, "-I", "-S", str(TRACER), "self", str(number), str(report), *command]
    else:
        from autotrain_tui.runner.launchers.local import SHIM as REAL

        shim = str(root / "shim.py")
        Path(shim).write_text(
            SHIM.format(
                tracer=str(TRACER),
                who="self" if who == "a" else "child",
                number=number,
                report=str(report),
                shim=str(REAL),
            )
        )
    with open(folder.runner_log, "ab") as log:
        runner = subprocess.Popen(
            [*command, shim], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
        )
    try:
        runner.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        runner.kill()
        runner.wait()
        raise AssertionError("the runner hung") from None


def _to_the_end(folder: SessionFolder) -> None:
    """Resume until the session is done."""
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        view = load_view(folder)
        if view.session.outcome is Outcome.SUCCEEDED and not owner_alive(read_owner(folder)):
            return
        if view.alive:
            time.sleep(0.01)
            continue
        spawn_runner(folder).wait(END_SECONDS)
    view = load_view(folder)
    raise AssertionError(f"never came to its end: {view.state} {view.session.reason}")


def _wait_for(report: Path) -> str:
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        if report.exists() and (text := report.read_text()):
            return text
        time.sleep(0.01)
    raise AssertionError("the tracer left no report: nobody was traced")
