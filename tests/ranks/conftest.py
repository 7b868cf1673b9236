"""What the tests of ranks share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

STUB = Path(__file__).parent / "stub_torchrun.py"


@pytest.fixture
def torchrun(tmp_path, monkeypatch):
    """A program `torchrun` on PATH, and none beside the interpreter."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "torchrun"
    program.write_text(f"#!{sys.executable}\n{STUB.read_text()}")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return program
