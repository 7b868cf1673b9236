"""The demo: every state can be made, is what it says, and is painted without a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.journal.journal_file import JournalReader
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import RunnerLock
from tests.support import demo
from tests.support.states import DEMOS, ENDED

REPOSITORY = Path(__file__).parents[2]


def test_every_state_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--list` has one line a state, at least the seventeen of a session."""
    assert demo.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(DEMOS)
    assert len(lines) >= 17
    assert all(len(line.split()) > 1 for line in lines)


@pytest.mark.parametrize("name", [name for name, each in DEMOS.items() if name not in ("home", "history")])
def test_a_state_is_a_session_that_loads(tmp_path: Path, name: str) -> None:
    """The folder is one that a runner could have written, and a runner carries it where the state says so."""
    folder, lock = demo.make(name, tmp_path)
    assert folder is not None
    view = load_view(folder)
    assert view.problems == ()
    assert DEMOS[name].living == (name not in {*ENDED, "ranks"}) == (lock is not None)
    if lock is not None:
        assert view.alive
        with pytest.raises(RefusedError):
            RunnerLock(folder).take("1")
        os.close(lock)


def test_the_names_are_those_of_the_stages(tmp_path: Path) -> None:
    """The states about many stages, long names and alerts hold what they say."""
    forty, long_names, alerts = (DEMOS[name].make(tmp_path / name) for name in ("forty", "long-names", "alerts"))
    assert len(load_view(forty).session.stages) == 40
    session = load_view(long_names).session
    assert {len(stage.name) for stage in session.stages} == {64}
    assert len(session.plan) == 64
    kinds = {event.kind for event in JournalReader(alerts.journal).poll().events if isinstance(event, Alert)}
    assert kinds == {"stall", "nan", "gpu_memory", "disk"}


def test_history_holds_every_way_to_end(tmp_path: Path) -> None:
    """Eighteen sessions, each of its own name, in every state that is over."""
    assert demo.make("history", tmp_path) == (None, None)
    states = [load_view(SessionFolder(path)).session.outcome for path in tmp_path.iterdir()]
    assert len(states) == 18
    assert {str(state) for state in states} == {"failed", "succeeded", "stopped", "budget", "None"}


@pytest.mark.parametrize(
    ("name", "keys", "word"), [("alerts", "", "refinement"), ("long-names", "2", "loss"), ("home", "", "digits")]
)
def test_a_picture_needs_no_terminal(tmp_path: Path, name: str, keys: str, word: str) -> None:
    """`--picture` writes the screen as SVG, after the keys."""
    path = tmp_path / "screen.svg"
    assert demo.main([name, "--picture", str(path), "--keys", keys, "--size", "100x30"]) == 0
    assert word in path.read_text()


@pytest.mark.process
def test_made_and_held(tmp_path: Path) -> None:
    """`--make` writes a session; with `--hold` the process is its runner until a signal, afterwards it is interrupted."""
    command = [sys.executable, "-m", "tests.support.demo", "running", "--make", str(tmp_path), "--hold"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as child:
        folder = SessionFolder(Path(child.stdout.readline().strip()))
        view = load_view(folder)
        assert (view.state, view.owner.pid) == (SessionState.RUNNING, child.pid)
        child.send_signal(signal.SIGTERM)
        assert child.wait() == 0
    assert load_view(folder).state is SessionState.INTERRUPTED
