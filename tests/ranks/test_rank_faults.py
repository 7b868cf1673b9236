"""What happens to one process of many: a rank is killed, frozen or ends early, the engine is killed, a second runner."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.records.process_identity import is_alive
from autotrain_tui.session.records.rank_files import RankRecord, read_ranks
from tests.ranks.test_ranks import TORCH, TRAINER, mpi_stage, open_mpi, rank_logs, stage, starter, trains
from tests.runner.rig import Rig, plan, session, wait_for

pytestmark = pytest.mark.process

EARLY = TRAINER.replace(
    "if asked:", 'if (home / ("leave" + rank)).exists(): print("left", flush=True); sys.exit(0)\n    if asked:'
)


@pytest.fixture(params=["stub", pytest.param("torch", marks=pytest.mark.service)])
def engine(request, monkeypatch) -> dict[str, object]:
    """The plan's keys for a torchrun: our stub, and the real one where it is installed."""
    if request.param == "stub":
        request.getfixturevalue("torchrun")
        return {}
    if not (Path(TORCH).parent / "torchrun").exists():
        pytest.skip(f"no torchrun beside {TORCH}")
    return {"python": TORCH}


def ranks(rig: Rig) -> list[RankRecord]:
    return read_ranks(rig.folder.attempt(1, "a", 1).path)


def state_of(pid: int) -> str:
    """The process's state letter, as proc_pid_stat(5) has it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def nothing_is_left(rig: Rig, found: list[RankRecord]) -> bool:
    return bool(found) and not any(is_alive(rank.identity) for rank in found)


def test_a_killed_rank_is_named_and_the_others_end(tmp_path, engine):
    """SIGKILL (the kernel's, out of memory): the reason names rank and signal, and no rank is left."""
    with session(tmp_path, plan(stage() | engine)) as rig:
        trains(rig)
        found = ranks(rig)
        os.kill(found[1].pid, signal.SIGKILL)
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.stage("a").state, end.failed_rank) == ("failed", 1)
        assert end.reason.startswith("rank 1 failed first: ended by signal 9")
        assert nothing_is_left(rig, found)


def test_a_stop_reaches_a_frozen_rank(tmp_path, engine):
    """A rank that something stopped (SIGSTOP) does not keep the others, nor a stop: it continues, saves and ends."""
    with session(tmp_path, plan(stage(resumable=True) | engine)) as rig:
        trains(rig)
        found = ranks(rig)
        os.kill(found[1].pid, signal.SIGSTOP)
        wait_for(lambda: state_of(found[1].pid) == "T", "rank 1 to be stopped")
        length = len(rank_logs(rig)[0])
        wait_for(lambda: len(rank_logs(rig)[0]) > length, "rank 0 to go on")
        assert rig.stage("a").state == "running"
        assert rig.ask("stop").accepted
        rig.end()
        assert rig.stage("a").state == "stopped"
        assert all("saved" in log for log in rank_logs(rig))
        assert nothing_is_left(rig, found)


def test_a_rank_that_ends_early_with_0_ends_nothing(tmp_path, engine):
    """The others train on, and the stage has succeeded only when all of them have ended with 0."""
    with session(tmp_path, plan(stage(EARLY) | engine)) as rig:
        trains(rig)
        found = ranks(rig)
        (rig.folder.path / "leave1").touch()
        wait_for(lambda: not is_alive(found[1].identity), "rank 1 to leave")
        length = len(rank_logs(rig)[0])
        wait_for(lambda: len(rank_logs(rig)[0]) > length + 500, "rank 0 to go on")
        assert rig.stage("a").state == "running"
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert rig.stage("a").attempt.end.failed_rank is None


@pytest.mark.parametrize("rest", ["go", "fail0"])
def test_a_rank_that_left_is_not_the_one_that_failed(tmp_path, torchrun, rest):
    """Rank 1 has left with 0: if rank 0 then fails, rank 0 is named."""
    with session(tmp_path, plan(stage(EARLY))) as rig:
        trains(rig)
        (rig.folder.path / "leave1").touch()
        wait_for(lambda: "left" in rank_logs(rig)[1], "rank 1 to leave")
        (rig.folder.path / rest).touch()
        rig.end()
        assert rig.stage("a").attempt.end.failed_rank == (None if rest == "go" else 0)


def test_a_killed_engine_leaves_no_rank(tmp_path, engine):
    """SIGKILL to torchrun leaves its ranks alive, each in a session of its own: they are swept, and the end says so."""
    with session(tmp_path, plan(stage() | engine)) as rig:
        trains(rig)
        found = ranks(rig)
        os.kill(rig.pid("a"), signal.SIGKILL)
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.stage("a").state, end.signal, end.failed_rank) == ("failed", 9, None)
        assert {rank.pid for rank in found} <= {one.pid for one in end.swept}
        assert nothing_is_left(rig, found)


def test_killed_ranks_of_a_program_are_swept_with_it(tmp_path):
    """The same for a program that starts its own ranks."""
    with session(tmp_path, plan(starter())) as rig:
        trains(rig)
        found = ranks(rig)
        os.kill(rig.pid("a"), signal.SIGKILL)
        rig.end()
        assert {rank.pid for rank in found} <= {one.pid for one in rig.stage("a").attempt.end.swept}
        assert nothing_is_left(rig, found)


def test_a_second_runner_touches_no_rank(tmp_path, torchrun):
    """It is refused while the first one lives; the ranks train on and are the same processes."""
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        found = ranks(rig)
        with pytest.raises(RefusedError, match="already has a runner"):
            rig.start()
        assert [rank.identity for rank in ranks(rig)] == [rank.identity for rank in found]
        assert all(is_alive(rank.identity) for rank in found)
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert len(rig.stage("a").attempts) == 1


@pytest.mark.service
@pytest.mark.parametrize("victim", ["rank", "mpirun"])
def test_a_kill_under_mpirun_leaves_no_rank(tmp_path, victim):
    """A killed rank is named by mpirun's own words; a killed mpirun leaves its ranks alive, and they are swept."""
    if not open_mpi():
        pytest.skip("no mpirun of Open MPI on PATH")
    with session(tmp_path, plan(mpi_stage())) as rig:
        trains(rig)
        found = ranks(rig)
        os.kill(found[1].pid if victim == "rank" else rig.pid("a"), signal.SIGKILL)
        rig.end()
        end = rig.stage("a").attempt.end
        assert rig.stage("a").state == "failed"
        if victim == "rank":
            assert end.reason.startswith("rank 1 failed first: ended by signal 9")
        else:
            assert (end.signal, end.failed_rank) == (9, None)
        assert nothing_is_left(rig, found)
