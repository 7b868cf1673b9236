"""Faults of nodes: one that dies, a copy that runs twice, one without python3. Attempts are started without a runner."""

# ruff: noqa: ASYNC110, ASYNC221, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

import pytest

from autotrain_tui.runner.launchers import FoundAlive, FoundCancelled, FoundEnded
from autotrain_tui.runner.slurm import submission
from autotrain_tui.runner.slurm.slurm_launcher import SlurmLauncher
from autotrain_tui.session.records.attempt_files import Exit, Spec, Started, read_record
from autotrain_tui.session.records.job_request import SlurmRequest
from autotrain_tui.session.records.process_identity import is_alive

COUNTS = "import time\nwhile True: print('tick', flush=True); time.sleep(0.2)"


async def until(condition, what, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never came true: {what}"
        await asyncio.sleep(0.05)
    return value


@pytest.fixture
async def launch(cluster, tmp_path):
    """Starts attempts; every handle is closed."""
    attempts = []

    async def start(code, **request):
        folder = tmp_path / f"attempt-{len(attempts) + 1}"
        folder.mkdir()
        command = [sys.executable, "-c", code]
        spec = Spec("a", 1, command, str(tmp_path), linger_seconds=0.1, launcher="slurm", slurm=SlurmRequest(**request))
        attempt = await SlurmLauncher().start(
            folder, spec, {**os.environ, "AUTOTRAIN_RESULT": str(folder / "result.json")}
        )
        attempts.append(attempt)
        return attempt

    yield start
    for attempt in attempts:
        attempt.close()


def log_of(attempt):
    log = attempt.folder / "log"
    return log.read_text() if log.exists() else ""


async def test_a_node_that_dies_is_lost_and_its_copy_ends_itself(cluster, launch, monkeypatch):
    """Slurm gives the node up while the command lives on it: the record says lost, and the shim ends the tree by it."""
    monkeypatch.setenv("AUTOTRAIN_RECORD_SECONDS", "2")
    attempt = await launch(COUNTS, extra=["--nodelist=n2"])
    process = await attempt.running()
    assert attempt.place == "n2"
    with cluster.setting(SlurmdTimeout=2):
        cluster.kill("n2")
        end = await asyncio.wait_for(attempt.wait(), 120)
    try:
        assert (end.exit_code, end.signal, end.engine.state, end.engine.ran) == (None, None, "NODE_FAIL", True)
        await until(lambda: not is_alive(process), "the copy has ended")
        assert read_record(attempt.folder, Exit).record == end  # the first record stays
    finally:
        cluster.node("n2")
        await until(lambda: "idle" in cluster.tool("sinfo", "-h", "-n", "n2", "-p", "main", "-o", "%T"), "n2 is back")


async def test_a_second_copy_of_a_job_starts_nothing(cluster, launch):
    """As after a requeue, when the first copy lives on: the second finds started.json, and leaves all as it is."""
    attempt = await launch(COUNTS)
    process = await attempt.running()
    spec = read_record(attempt.folder, Spec).record
    words = submission.sbatch_words(attempt.folder, spec, "copy")
    copy = attempt._submitter.run(words, text=submission.batch_script(spec.slurm), environment=os.environ)
    assert copy.good
    log = attempt.folder / submission.ENGINE_LOG
    await until(lambda: "was started or cancelled before" in log.read_text(), "the copy has ended")
    assert is_alive(process)
    await attempt.kill("kill")
    assert (await asyncio.wait_for(attempt.wait(), 120)).signal == 9


async def test_a_node_without_python_starts_nothing_and_is_said(cluster, launch, monkeypatch):
    """The batch script says it; the attempt is known to have never started, at once."""
    monkeypatch.setattr(submission.sys, "executable", "/nowhere/python")
    monkeypatch.setattr(submission, "FALLBACK", "python-that-is-not-there")
    attempt = await launch(COUNTS)
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert (end.engine.state, end.engine.ran) == ("FAILED", False)
    assert "127:0" in end.engine.code
    assert "no python3 on" in end.engine.code


async def test_processes_that_are_killed_with_their_shims_are_lost(cluster, launch, monkeypatch):
    """Slurm says that the job is over and there is no record: lost after the wait, whatever Slurm's exit code."""
    monkeypatch.setenv("AUTOTRAIN_RECORD_SECONDS", "2")
    attempt = await launch(COUNTS)
    process, started = await attempt.running(), read_record(attempt.folder, Started).record
    for each in (started.a, started.b, process):
        os.kill(each.pid, signal.SIGKILL)
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert (end.known, end.engine.ran) == (False, True)
    assert end.engine.state == "FAILED"


async def test_adoption_finds_what_is_there(cluster, launch):
    """A living job is adopted, an ended one has its end, and one that was never submitted is fenced."""
    attempt = await launch("import time; time.sleep(3)")
    await attempt.running()
    attempt.close()
    visit = await SlurmLauncher().adopt(attempt.folder)
    assert isinstance(visit, FoundAlive)
    assert await visit.attempt.running() is not None
    assert (await asyncio.wait_for(visit.attempt.wait(), 120)).exit_code == 0
    visit.attempt.close()
    assert isinstance(await SlurmLauncher().adopt(attempt.folder), FoundEnded)
    empty = attempt.folder.parent / "attempt-9"
    empty.mkdir()
    assert isinstance(await SlurmLauncher().adopt(empty), FoundCancelled)
