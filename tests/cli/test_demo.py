"""`demo`: a training that needs no project, and leaves nothing behind."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from tests.cli.project import until
from tests.support.processes import command_lines


def test_without_its_extra_the_demo_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 4 and the line for pip."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert cli.main(["demo"]) == 4
    assert "pip install 'autotrain-tui[demo]'" in capsys.readouterr().err


@pytest.mark.process
def test_a_demo_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    """Its processes and its folder are gone even after a SIGKILL, and the working directory stays empty."""
    here, temporary = tmp_path / "here", tmp_path / "tmp"
    here.mkdir()
    temporary.mkdir()
    demo = subprocess.Popen(
        [sys.executable, "-m", "autotrain_tui", "demo", "--no-ui", "-q"],
        cwd=here,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
    )
    try:
        pattern = "*/sessions/*/stages/*/attempt-*/running.json"
        until(lambda: list(temporary.glob(pattern)), "the first stage runs")
    finally:
        demo.kill()
        demo.wait()
    until(lambda: not list(temporary.iterdir()), "its folder is removed")
    assert list(here.iterdir()) == []
    until(lambda: not _processes_that_name(temporary), "its processes are gone")  # the last one removed the folder


def _processes_that_name(folder: Path) -> list[bytes]:
    """The command lines of this machine that name a folder."""
    return [line for words in command_lines().values() if os.fsencode(folder) in (line := b" ".join(words))]
