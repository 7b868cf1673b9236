"""What happens to one rank of many on several nodes, or to the srun that has started them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from autotrain_tui.session.records.process_identity import is_alive
from autotrain_tui.session.records.rank_files import RankRecord, read_ranks
from tests.runner.rig import python, session, wait_for

from .rig import attempt_folder, job_of, record
from .test_slurm_ranks import RANKS, all_began, rank_log, ranks

LEAVES = RANKS.replace(
    "    if asked:\n        time", "    if rank == 3 and step == 5:\n        os._exit(0)\n    if asked:\n        time"
)


def registered(rig) -> list[RankRecord]:
    return read_ranks(attempt_folder(rig))


def nothing_is_left(rig, cluster, found) -> None:
    wait_for(lambda: not any(is_alive(rank.identity) for rank in found), "every rank has ended")
    wait_for(lambda: job_of(rig) not in cluster.jobs(), "the job has left the queue")


def test_a_killed_rank_of_another_node_is_named(cluster, tmp_path):
    """SIGKILL (the kernel's, out of memory): srun ends the others, and the reason has the rank and the signal."""
    with session(tmp_path, ranks()) as rig:
        rig.start()
        all_began(rig)
        found = registered(rig)
        os.kill(found[3].pid, signal.SIGKILL)
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.stage("a").state, end.failed_rank) == ("failed", 3)
        assert "rank 3 failed first: ended by signal 9" in end.reason
        nothing_is_left(rig, cluster, found)


def test_a_pause_reaches_a_frozen_rank(cluster, tmp_path):
    """A rank that something else has stopped (SIGSTOP) keeps no other from training, and saves with them at a pause."""
    with session(tmp_path, ranks()) as rig:
        rig.start()
        all_began(rig)
        found = registered(rig)
        os.kill(found[2].pid, signal.SIGSTOP)
        length = len(rank_log(rig, 0))
        wait_for(lambda: len(rank_log(rig, 0)) > length + 100, "rank 0 goes on")
        assert rig.stage("a").state == "running"
        rig.ask("pause", "a")
        rig.until("a", "paused")
        assert all("saved" in rank_log(rig, number) for number in range(4))
        nothing_is_left(rig, cluster, found)


def test_a_rank_that_ends_early_with_0_ends_nothing(cluster, tmp_path):
    """The others train on, and the stage has succeeded when all of them have ended with 0."""
    with session(tmp_path, ranks(command=python(LEAVES))) as rig:
        rig.start()
        wait_for(lambda: (found := registered(rig))[3:] and not is_alive(found[3].identity), "rank 3 has left")
        rig.until("a", "running")
        length = len(rank_log(rig, 0))
        wait_for(lambda: len(rank_log(rig, 0)) > length + 100, "rank 0 goes on")
        assert rig.stage("a").state == "running"
        (rig.folder.path / "go").touch()
        rig.end()
        assert (rig.outcome(), rig.stage("a").attempt.end.failed_rank) == ("succeeded", None)


def test_a_killed_srun_leaves_no_rank(cluster, tmp_path):
    """Its tasks are no children of it: Slurm ends them with the job, and the attempt has failed."""
    with session(tmp_path, ranks()) as rig:
        rig.start()
        all_began(rig)
        found = registered(rig)
        os.kill(srun_of(record(rig, "running.json")["pid"]), signal.SIGKILL)
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.stage("a").state, end.exit_code) == ("failed", 128 + signal.SIGKILL)
        nothing_is_left(rig, cluster, found)


def srun_of(pid: int) -> int:
    """The child of `steps.py`."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)
