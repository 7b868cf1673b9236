"""What a person sees where Slurm is not installed: status 2, nothing created, one sentence with the way out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("words", [("run", "--no-ui"), ("plan",), ("doctor",)])
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
