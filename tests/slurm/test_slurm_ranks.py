"""Ranks on several nodes: two nodes with two ranks each, through srun."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from autotrain_tui.gauges.node_gauges import read_nodes
from autotrain_tui.session.records.rank_files import read_ranks
from tests.runner.rig import python, session, wait_for

from .rig import attempt_folder, job_of, record, slurm_plan

RANKS = """
import json, os, pathlib, signal, sys, time
rank = int(os.environ["SLURM_PROCID"])
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"checkpoint\\n"))
print("node", os.environ["SLURMD_NODENAME"], "rank", rank, flush=True)
go = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"]) / "go"
step = 0
while not go.exists():
    if asked:
        time.sleep(1.0); print("saved", flush=True); sys.exit(0)
    step += 1
    print("step", step, "loss", 1 / step, flush=True)
    time.sleep(0.05)
if go.read_text() == str(rank):
    raise RuntimeError("boom")
if go.read_text() == "quiet" and rank == 2:
    os._exit(9)
if go.read_text():
    for _ in range(1200):
        if asked:
            sys.exit(143)
        time.sleep(0.05)
if rank == 0:
    json.dump({"accuracy": 0.9}, open(os.environ["AUTOTRAIN_RESULT"], "w"))
"""

TWO_BY_TWO = {"engine": "srun", "nnodes": 2, "nproc_per_node": 2}


def ranks(**keys):
    return slurm_plan({"name": "a", "command": python(RANKS), "distributed": TWO_BY_TWO, "resumable": True, **keys})


def rank_log(rig, number):
    log = attempt_folder(rig) / "ranks" / f"{number}.log"
    return log.read_text() if log.exists() else ""


def all_began(rig):
    wait_for(lambda: all("step 3" in rank_log(rig, number) for number in range(4)), "four ranks")
    rig.until("a", "running")


def test_two_nodes_with_two_ranks_each(cluster, tmp_path):
    """Each rank has its own log and record; the signals of checkpoint and pause reach all, and all of them save."""
    with session(tmp_path, ranks(checkpoint_signal="USR1")) as rig:
        rig.start()
        all_began(rig)
        nodes = [rank_log(rig, number).split()[1] for number in range(4)]
        assert nodes == ["n1", "n1", "n2", "n2"]
        assert rig.stage("a").attempt.place == "n[1-2]"
        assert [record(rig, f"ranks/{number}.json")["local_rank"] for number in range(4)] == [0, 1, 0, 1]
        gauges = nodes_of(rig)
        assert list(gauges) == ["n1", "n2"]
        # both nodes are this machine; the ranks are those that srun has started on each
        pids = [record(rig, f"ranks/{number}.json")["pid"] for number in range(4)]
        assert set(pids[:2]) <= gauges["n1"]
        assert set(pids[2:]) == gauges["n2"]
        rig.ask("checkpoint", "a")
        wait_for(lambda: all("checkpoint" in rank_log(rig, number) for number in range(4)), "four checkpoints")
        rig.ask("pause", "a")
        rig.until("a", "paused")
        assert all("saved" in rank_log(rig, number) for number in range(4))
        assert rig.stage("a").attempt.end.exit_code == 0
        wait_for(lambda: job_of(rig) not in cluster.jobs(), "the job has left the queue")
        wait_for(lambda: not writers(rig), "what wrote the gauges has ended")


def nodes_of(rig):
    """The processes of the stage's share, of each node, once all have some."""

    def found():
        nodes = {node.node: node.sample for node in read_nodes(attempt_folder(rig))}
        shares = {name: sample.stages.get("a") for name, sample in nodes.items() if sample is not None}
        return (
            shares
            if len(shares) == 2 and all(share is not None and share.processes for share in shares.values())
            else {}
        )

    shares = wait_for(found, "the gauges of both nodes")
    return {name: {process.pid for process in share.processes} for name, share in shares.items()}


def writers(rig):
    """The processes that write gauges of the attempt's nodes."""
    folder, found = str(attempt_folder(rig)).encode(), []
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if folder + b"/gauges.py" in words.read_bytes():
                found.append(words.parent.name)
    return found


def test_the_rank_that_failed_first_is_named(cluster, tmp_path):
    """One rank of another node raises; srun ends the rest, and the reason names the cause and not a victim."""
    with session(tmp_path, ranks()) as rig:
        rig.start()
        all_began(rig)
        (rig.folder.path / "go").write_text("3")
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.outcome(), end.failed_rank) == ("failed", 3)
        assert "rank 3 failed first" in end.reason
        assert "boom" in end.reason
        assert end.lines[-1] == "RuntimeError: boom"


def test_a_rank_that_says_nothing_is_named_by_srun(cluster, tmp_path):
    """Without a traceback srun's own words say which task was the first."""
    with session(tmp_path, ranks()) as rig:
        rig.start()
        all_began(rig)
        (rig.folder.path / "go").write_text("quiet")
        rig.end()
        assert rig.stage("a").attempt.end.failed_rank == 2


def test_ranks_that_all_end_well_succeed(cluster, tmp_path):
    """The result of rank 0 is the stage's, and its log the metrics'."""
    with session(tmp_path, ranks()) as rig:
        rig.start()
        all_began(rig)
        (rig.folder.path / "go").touch()
        rig.end()
        assert (rig.outcome(), rig.stage("a").attempt.metrics["accuracy"]) == ("succeeded", 0.9)
        assert "loss" in json.dumps(dict(rig.stage("a").attempt.metrics))


@pytest.mark.skipif(shutil.which("mpirun") is None, reason="no mpirun here")
def test_ranks_of_mpirun_in_a_job_have_their_own_numbers(cluster, tmp_path):
    """Slurm says 0 to all that a batch script starts; mpirun says which rank each is."""
    env = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    env |= {"OMPI_MCA_ras": "^slurm", "OMPI_MCA_plm": "isolated"}  # n1 is no name of this machine that it could know
    code = "import os; print('rank', os.environ['OMPI_COMM_WORLD_RANK'], flush=True)"
    keys = {"distributed": {"engine": "mpirun", "nproc_per_node": 2}, "env": env}
    with session(tmp_path, slurm_plan({"name": "a", "command": python(code), **keys})) as rig:
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded", rig.log("a")
        assert [rank_log(rig, number) for number in range(2)] == ["rank 0\n", "rank 1\n"]
        assert [(rank.rank, rank.world_size) for rank in read_ranks(attempt_folder(rig))] == [(0, 2), (1, 2)]
