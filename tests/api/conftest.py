"""Fixtures of the classic API's tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.projects import Project
from tests.support.fork_server import ForkedPopen


@pytest.fixture(autouse=True)
def _own_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions go where the project is, whatever the environment of the tests says."""
    monkeypatch.delenv("AUTOTRAIN_SESSIONS_DIR", raising=False)


@pytest.fixture(autouse=True)
def _forked_runners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runners that a test starts in its own process need not import the package."""
    monkeypatch.setattr(subprocess, "Popen", ForkedPopen)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project that is the working directory."""
    made = Project(tmp_path / "project")
    monkeypatch.chdir(made.root)
    yield made
    made.close()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory outside of any project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
