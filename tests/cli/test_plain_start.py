"""The programs as a person starts them: a new interpreter, nothing imported before.

The other tests start forks of a process that has imported everything (`tests/support/fork_server.py`): there no module
is missing, and the stand-ins of `cli.fast_imports` never take effect.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from autotrain_tui.session.journal.events import RunnerStarted
from autotrain_tui.session.journal.journal_file import JournalReader
from autotrain_tui.session.records.folder import SessionFolder
from tests.cli.project import PATIENCE, Project

READING = {
    "help": ["--help"],
    "ls": ["ls", "--json"],
    "show": ["show"],
    "show --json": ["show", "--json"],
    "logs": ["logs"],
    "metrics": ["metrics", "--json"],
    "export": ["export", "--format", "csv"],
    "note": ["note", "latest"],
    "trials": ["trials"],
    "plan": ["plan", "t"],
    "wait": ["wait"],
    "unknown session": ["show", "nosuch"],
}


def plainly(project: Project, *words: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of a command in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "autotrain_tui", *words],
        cwd=project.root,
        env=project.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.process
def test_a_plan_runs_and_is_read_as_when_everything_was_imported(project: Project) -> None:
    """A command line and the runner that it starts carry a plan out, and every reading command says of it what a fork
    of the tests' server says.
    """
    project.plan()
    status, _, errors = plainly(project, "run", "t", "--no-ui")
    assert status == 0, errors
    (path,) = project.sessions.iterdir()
    assert any(isinstance(event, RunnerStarted) for event in JournalReader(SessionFolder(path).journal).poll().events)
    assert json.loads(plainly(project, "show", "--json")[1])["outcome"] == "succeeded"
    assert project.run("run", "t", "--no-ui").returncode == 0
    compare = {"compare": ["compare", *(each.name for each in project.sessions.iterdir())]}
    for name, words in (READING | compare).items():
        forked = project.run(*words)
        assert plainly(project, *words) == (forked.returncode, forked.stdout, forked.stderr), name
