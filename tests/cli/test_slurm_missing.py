"""What a person sees where Slurm is not installed or its controller is away: status 2, nothing created, the way out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from autotrain_tui import AutomatedTrainer
from autotrain_tui.errors import PlanError
from tests.cli.project import Project

pytestmark = pytest.mark.process


@pytest.fixture
def elsewhere(project: Project, tmp_path: Path) -> Project:
    """A project with a stage for Slurm, on a machine without it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("env", "sh", "git"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    project.environment["PATH"] = os.fspath(tools)
    project.plan(head='launcher = "slurm"')
    return project


@pytest.fixture
def away(elsewhere: Project, tmp_path: Path) -> Project:
    """The same on a login node whose controller does not answer: every tool but the ping would try for a long time."""
    down = "echo 'Slurmctld(primary) at head is DOWN'; exit 1"
    for name, script in {"sbatch": "sleep 9", "sinfo": "sleep 9", "scontrol": down}.items():
        tool = tmp_path / "tools" / name
        tool.write_text(f'#!/bin/sh\necho {name} "$@" >>{tmp_path}/asked\n{script}\n')
        tool.chmod(0o755)
    return elsewhere


COMMANDS = [("run", "--no-ui"), ("plan",), ("doctor", "--submit")]


@pytest.mark.parametrize("words", COMMANDS)
def test_without_sbatch_nothing_is_created(elsewhere: Project, words: tuple[str, ...]) -> None:
    """Each command says the same sentence, which names the way out."""
    done = elsewhere.run(*words)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "sbatch is not on PATH" in said
    assert "--set launcher=local" in said
    assert not elsewhere.sessions.exists()


def test_the_way_out_is_one(elsewhere: Project) -> None:
    """`--set launcher=local` runs the same plan here."""
    done = elsewhere.run("run", "--no-ui", "--set", "launcher=local")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("words", COMMANDS)
def test_a_controller_that_is_away_is_told_at_once(away: Project, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Each command says one sentence with the way out, and asks nothing but the ping."""
    done = away.run(*words)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert said.count("no Slurm controller answers (Slurmctld(primary) at head is DOWN)") == 1, said
    assert "--set launcher=local" in said
    assert not away.sessions.exists()
    assert set((tmp_path / "asked").read_text().splitlines()) == {"scontrol ping"}


def test_the_classic_api_says_it_too(away: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises before there is a session, and waits for nothing."""
    monkeypatch.setenv("PATH", away.environment["PATH"])
    monkeypatch.chdir(away.root)
    with pytest.raises(PlanError, match="no Slurm controller answers"):
        AutomatedTrainer().run_automated_training()
    assert not away.sessions.exists()
