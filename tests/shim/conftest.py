"""Real attempts of real children, each ended and let go of when its test is over."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC230, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from autotrain_tui.runner.launchers.local import LocalLauncher
from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.session.records.attempt_files import Spec, Started, read_record
from autotrain_tui.session.records.process_identity import is_alive


def py(code: str) -> list[str]:
    """A command that runs Python code, started as fast as Python can be."""
    return [sys.executable, "-I", "-S", "-c", code]


async def until(condition, seconds: float = 120.0):
    """Wait until `condition()` is true, and return what it said."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.005)
    return value


def shims(folder: Path):
    """Identities of A and B."""
    started = read_record(folder, Started).record
    return started.a, started.b


class Attempts:
    """Starts attempts, each in a folder of its own, with cwd there."""

    def __init__(self, root: Path, *, server: bool = False) -> None:
        self.root, self.launcher, self.all, self.count = root, LocalLauncher(server=server), [], 0

    def folder(self) -> Path:
        self.count += 1
        folder = self.root / f"attempt-{self.count}"
        folder.mkdir(mode=0o700)
        return folder

    def environment(self, folder: Path, **more: str) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "AUTOTRAIN_RESULT": str(folder / "result.json"), **more}

    async def __call__(self, *command: str, linger=0.05, pty=False, cwd=None, umask=None, folder=None, env=None):
        folder = folder or self.folder()
        spec = Spec("s", 1, list(command), str(cwd or folder), pty, linger, umask=umask)
        attempt = await self.launcher.start(folder, spec, self.environment(folder) if env is None else env)
        self.all.append(attempt)
        return attempt

    async def run(self, *command: str, **options):
        """Start and wait: the attempt and its exit record."""
        attempt = await self(*command, **options)
        return attempt, await asyncio.wait_for(attempt.wait(), 120)

    async def adopt(self, folder: Path, **options):
        visit = await self.launcher.adopt(folder, **options)
        if hasattr(visit, "attempt"):
            self.all.append(visit.attempt)
        return visit

    async def end(self) -> None:
        for attempt in self.all:
            await attempt.kill("the test's end")
            started = read_record(attempt.folder, Started).record
            pair = [shim for shim in (started.a, started.b) if shim] if started else []
            deadline = time.monotonic() + 5
            while any(map(is_alive, pair)) and time.monotonic() < deadline:
                await asyncio.sleep(0.005)
            for shim in pair:
                send(shim, signal.SIGKILL)
            attempt.close()
        await self.launcher.settle()


@pytest.fixture
async def start(tmp_path, request):
    """Shims that are started by themselves, or with the parameter "served" by a launch server."""
    attempts = Attempts(tmp_path, server=getattr(request, "param", "alone") == "served")
    yield attempts
    await attempts.end()


def log_of(attempt) -> str:
    return (attempt.folder / "log").read_text()
