"""Fixtures of the classic API's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.projects import Project


@pytest.fixture(autouse=True)
def _own_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions go where the project is, whatever the environment of the tests says."""
    monkeypatch.delenv("AUTOTRAIN_SESSIONS_DIR", raising=False)


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
