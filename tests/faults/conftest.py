"""What all tests of faults share."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.fork_server import ForkedPopen


@pytest.fixture(autouse=True)
def _forked_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runners and commands need not import the package; those under strace or with a preloaded library still do."""
    monkeypatch.setattr(subprocess, "Popen", ForkedPopen)
