"""Estimates over sessions on disk: what counts as the same work."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from autotrain_tui.cli.main import main
from tests.api.projects import PLAN, Project, environment

pytestmark = pytest.mark.process


def trained(project: Project) -> None:
    """One more session, to its end."""
    subprocess.run(
        [sys.executable, "-m", "autotrain_tui", "run", "--no-ui", "-q"], cwd=project.root, check=True, env=environment()
    )


def source(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Where the estimate of the plan's only stage comes from."""
    capsys.readouterr()
    assert main(["plan", *words, "--json"]) == 0
    told: str = json.loads(capsys.readouterr().out)["stages"][0]["estimate_source"]
    return told


def test_earlier_sessions_count_where_the_program_did_the_same(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that is told the mode learns for each mode alone; one that is not learns for all of them."""
    assert source(capsys) == "classic guess"
    for _ in range(2):
        trained(project)
    assert source(capsys).startswith("2 earlier sessions, ±")
    assert source(capsys, "--mode", "research") == "classic guess"
    (project.root / "stages" / "quick.toml").write_text(PLAN.replace('"--mode", "{mode}", ', ""))
    assert source(capsys) == "classic guess", "another command is other work"
    trained(project)
    assert source(capsys, "--mode", "research") == "1 earlier session"
