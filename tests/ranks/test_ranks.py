"""Stages of several ranks with the real runner: torchrun's stub, a program that starts its own ranks, real torchrun."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.errors import PlanError
from autotrain_tui.session.records.process_identity import is_alive
from autotrain_tui.session.records.rank_files import logged_ranks, read_ranks
from tests.runner.rig import Rig, plan, python, session, wait_for

pytestmark = pytest.mark.process

TORCH = os.environ.get("AUTOTRAIN_TEST_TORCH", sys.executable)

TRAINER = """
import os, pathlib, signal, sys, time
rank = os.environ["RANK"]
home = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"])
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"checkpoint\\n"))
print("rank", rank, "of", os.environ["WORLD_SIZE"], "threads", os.environ["OMP_NUM_THREADS"], flush=True)
step = 0
while not (home / "go").exists():
    if asked:
        time.sleep(0.3); print("saved", flush=True); sys.exit(0)
    if (home / ("fail" + rank)).exists():
        raise RuntimeError("boom of rank " + rank)
    step += 1
    print("step", step, "loss", 1 / step + int(rank), flush=True)
    time.sleep(0.02)
print("done", flush=True)
"""

STARTER = """
import os, subprocess, sys
count = int(os.environ["AUTOTRAIN_NPROC_PER_NODE"])
ranks = [subprocess.Popen(
    [sys.executable, "-I", "-S", os.environ["AUTOTRAIN_RANK_PY"], os.environ["AUTOTRAIN_ATTEMPT_DIR"],
     sys.executable, "-c", PROGRAM],
    env=dict(os.environ, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(count)), start_new_session=True)
    for rank in range(count)]
codes = [rank.wait() for rank in ranks]
print("ranks ended with", codes, flush=True)
sys.exit(max(map(abs, codes)))
"""


def stage(code=TRAINER, engine="torchrun", **keys):
    settings = {"engine": engine, "nproc_per_node": 2} | keys.pop("distributed", {})
    return {"name": "a", "command": python(code), "distributed": settings, **keys}


def starter(**keys):
    return stage(f"PROGRAM = {TRAINER!r}\n{STARTER}", "none", **keys)


def mpi_stage():
    """The same ranks by mpirun."""
    env = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    code = TRAINER.replace('"RANK"', '"OMPI_COMM_WORLD_RANK"').replace('"WORLD_SIZE"', '"OMPI_COMM_WORLD_SIZE"')
    # Open MPI waits twice the grace period after a rank has failed, whether any rank is left or not
    return stage(code, "mpirun", env=env, stop={"grace_seconds": 2})


def open_mpi() -> bool:
    """Is the mpirun on PATH that of Open MPI?"""
    if shutil.which("mpirun") is None:
        return False
    return "Open MPI" in subprocess.run(["mpirun", "--version"], capture_output=True, text=True, check=False).stdout


def rank_logs(rig: Rig, attempt: int = 1) -> list[str]:
    folder = rig.folder.attempt(1, "a", attempt)
    return [folder.rank_log(rank).read_text() for rank in logged_ranks(folder.path)]


def trains(rig: Rig) -> None:
    rig.start()
    wait_for(lambda: [log for log in rank_logs(rig) if "step 3" in log][1:], "both ranks to train")


@pytest.mark.parametrize("make", [stage, starter])
def test_each_rank_has_its_log_and_record(tmp_path, torchrun, make):
    """Two ranks write to two logs, metrics are read from rank 0, and the stage succeeds when both have ended."""
    with session(tmp_path, plan(make())) as rig:
        trains(rig)
        folder = rig.folder.attempt(1, "a", 1).path
        assert [(rank.rank, rank.world_size, rank.restart) for rank in read_ranks(folder)] == [(0, 2, 0), (1, 2, 0)]
        threads = max(1, len(os.sched_getaffinity(0)) // 2)
        assert f"rank 1 of 2 threads {threads}" in rank_logs(rig)[1]
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        attempt = rig.stage("a").attempt
        assert attempt.ranks == 2
        assert attempt.metrics["loss"] <= 1.0, "rank 1's loss is above 1"


@pytest.mark.parametrize("make", [stage, starter])
def test_the_rank_that_failed_first_is_named(tmp_path, torchrun, make):
    """The end names the rank, its error, and the last lines of its own log."""
    with session(tmp_path, plan(make())) as rig:
        trains(rig)
        (rig.folder.path / "fail1").touch()
        if make is starter:  # it waits for all of them
            wait_for(lambda: "boom" in rank_logs(rig)[1], "rank 1 to fail")
            (rig.folder.path / "go").touch()
        rig.end()
        end = rig.stage("a").attempt.end
        assert end.failed_rank == 1
        assert end.reason.startswith("rank 1 failed first: RuntimeError: boom of rank 1")
        assert any("boom of rank 1" in line for line in end.lines)


@pytest.mark.parametrize("make", [stage, starter])
@pytest.mark.parametrize("grace", [30, 60])
def test_a_pause_lets_every_rank_save(tmp_path, torchrun, make, grace):
    """A stop reaches each rank, through the agent or past it; every rank saves, and none is left."""
    with session(tmp_path, plan(make(resumable=True, stop={"grace_seconds": grace}))) as rig:
        trains(rig)
        assert rig.ask("stop").accepted
        rig.end()
        assert rig.stage("a").state == "stopped"
        assert rig.stage("a").attempt.end.failed_rank is None, "ranks ended by our TERM are no failures"
        assert all("saved" in log for log in rank_logs(rig))
        assert not any(is_alive(rank.identity) for rank in read_ranks(rig.folder.attempt(1, "a", 1).path))


@pytest.mark.parametrize("make", [stage, starter])
def test_a_checkpoint_reaches_every_rank_and_no_agent(tmp_path, torchrun, make):
    """USR1 would end torchrun: only the ranks get it, and training goes on."""
    with session(tmp_path, plan(make(checkpoint_signal="USR1"))) as rig:
        trains(rig)
        assert rig.ask("checkpoint").accepted
        wait_for(lambda: all("checkpoint" in log for log in rank_logs(rig)), "both ranks to save")
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"


def test_freeze_and_kill_reach_every_rank(tmp_path, torchrun):
    """Ranks lead sessions of their own: all are stopped, and all are killed."""
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        ranks = [rank.identity for rank in read_ranks(rig.folder.attempt(1, "a", 1).path)]
        assert rig.ask("freeze").accepted
        states = [Path(f"/proc/{rank.pid}/stat").read_text().rpartition(")")[2].split()[0] for rank in ranks]
        assert states == ["T", "T"]
        assert rig.ask("kill").accepted
        rig.end()
        assert not any(map(is_alive, ranks))


def test_a_restart_of_the_engine_is_told(tmp_path, torchrun):
    """torchrun starts the ranks again: an alert says so, logs go on, records count."""
    once = TRAINER.replace("if (home", 'if os.environ["TORCHELASTIC_RESTART_COUNT"] == "0" and (home')
    with session(tmp_path, plan(stage(once, distributed={"max_restarts": 2}))) as rig:
        trains(rig)
        (rig.folder.path / "fail1").touch()
        folder = rig.folder.attempt(1, "a", 1).path
        wait_for(lambda: [rank.restart for rank in read_ranks(folder)] == [1, 1], "the restart")
        wait_for(lambda: [e for e in rig.events if getattr(e, "kind", "") == "restart"] or rig.view() is None, "alert")
        text = next(event.text for event in rig.events if getattr(event, "kind", "") == "restart")
        assert text.startswith("torchrun started the ranks again (1 of 2): rank 1 failed first")
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"


def test_a_runner_that_was_killed_adopts_the_ranks(tmp_path, torchrun):
    """The ranks live on, and a stop by the next runner reaches them."""
    with session(tmp_path, plan(stage(stop={"grace_seconds": 60}))) as rig:
        trains(rig)
        rig.kill_runner()
        rig.start()
        rig.until("a", "running")
        assert rig.ask("stop").accepted
        rig.end()
        assert all("saved" in log for log in rank_logs(rig))


def test_metrics_of_all_ranks(tmp_path, torchrun):
    """With metrics_from = "all" the other ranks' values are series of their own."""
    with session(tmp_path, plan(stage(distributed={"metrics_from": "all"}))) as rig:
        trains(rig)
        (rig.folder.path / "go").touch()
        rig.end()
        metrics = rig.stage("a").attempt.metrics
        assert metrics["loss"] <= 1.0 < metrics["rank1/loss"]


@pytest.mark.parametrize("engine", ["torchrun", "mpirun"])
def test_a_missing_engine_is_told_before_anything_is_made(tmp_path, monkeypatch, engine):
    """Without the program no session is created, and one sentence says what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "env"))
    with pytest.raises(PlanError, match=f"{engine} is neither beside .* nor on PATH; install"):
        Rig(tmp_path, plan(stage(engine=engine)))
    assert not (tmp_path / "sessions").exists()


@pytest.mark.service
def test_real_torchrun(tmp_path, monkeypatch):
    """The real agent: ranks have their logs, and the one that failed first is named."""
    beside = Path(TORCH).parent / "torchrun"
    if not beside.exists():
        pytest.skip(f"no torchrun beside {TORCH}")
    with session(tmp_path, plan(stage() | {"python": TORCH})) as rig:
        trains(rig)
        (rig.folder.path / "fail1").touch()
        rig.end()
        assert rig.stage("a").attempt.end.reason.startswith("rank 1 failed first: RuntimeError: boom of rank 1")
    with session(tmp_path, plan(stage(resumable=True) | {"python": TORCH})) as rig:
        trains(rig)
        assert rig.ask("pause").accepted  # no grace: past the agent, to every rank
        rig.until("a", "paused")
        assert all("saved" in log for log in rank_logs(rig))
        assert rig.ask("stop").accepted
        rig.end()


@pytest.mark.service
def test_real_mpirun(tmp_path):
    """Open MPI: ranks have their logs, all save, and the first failure is named."""
    if not open_mpi():
        pytest.skip("no mpirun of Open MPI on PATH")
    with session(tmp_path, plan(mpi_stage())) as rig:
        trains(rig)
        (rig.folder.path / "fail1").touch()
        rig.end()
        assert rig.stage("a").attempt.end.reason.startswith("rank 1 failed first: RuntimeError: boom of rank 1")
    with session(tmp_path, plan(mpi_stage())) as rig:
        trains(rig)
        assert rig.ask("stop").accepted
        rig.end()
        assert all("saved" in log for log in rank_logs(rig))


def test_logs_of_ranks(tmp_path, torchrun, capfdbinary):
    """`logs` prints the rank that failed first, a chosen one, the agent's words, or all with their ranks in front."""
    from autotrain_tui.cli.main import main

    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        (rig.folder.path / "fail1").touch()
        rig.end()
    capfdbinary.readouterr()

    def logs(*words: str) -> str:
        assert main(["logs", "--sessions-dir", str(tmp_path / "sessions"), *words]) == 0
        return capfdbinary.readouterr().out.decode()

    assert "boom of rank 1" in logs()
    assert "rank 0 of 2" in logs("--rank", "0")
    assert "Root Cause" in logs("--rank", "agent")
    every = logs("--rank", "all").splitlines()
    assert {line[:4] for line in every} == {"0 | ", "1 | "}
    assert main(["logs", "--sessions-dir", str(tmp_path / "sessions"), "--rank", "7"]) == 3


def test_show_names_the_rank_that_failed_first(tmp_path, torchrun, capfdbinary):
    """`show` begins the attempt's end with the rank, and `show --json` has every rank with its record and log."""
    from autotrain_tui.cli.main import main

    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        (rig.folder.path / "fail1").touch()
        rig.end()
        records = read_ranks(rig.folder.attempt(1, "a", 1).path)
    capfdbinary.readouterr()
    assert main(["show", "--sessions-dir", str(tmp_path / "sessions")]) == 0
    assert "rank 1 failed first: RuntimeError: boom" in " ".join(capfdbinary.readouterr().out.decode().split())
    assert main(["show", "--sessions-dir", str(tmp_path / "sessions"), "--json"]) == 0
    attempt = json.loads(capfdbinary.readouterr().out)["stages"][0]["attempts"][0]
    assert (attempt["engine"], attempt["rank_count"], attempt["failed_rank"]) == ("torchrun", 2, 1)
    assert [(rank["rank"], rank["pid"], rank["restarts"]) for rank in attempt["ranks"]] == [
        (record.rank, record.pid, 0) for record in records
    ]
    assert "boom of rank 1" in Path(attempt["ranks"][1]["log"]).read_text()
