"""A cluster that tracks processes by cgroup: an ending signal reaches the shim alone, which passes it on."""

from __future__ import annotations

import pytest

from tests.runner.rig import python, session
from tests.support.slurm_cluster import SlurmCluster, missing, no_cgroup, search_path

from .rig import SLOW_SAVE, begun, go, job_of, record, slurm_plan, trainer


@pytest.fixture(scope="module")
def whole_cluster(tmp_path_factory):
    if why := missing() or no_cgroup():
        pytest.skip(why)
    cluster = SlurmCluster(tmp_path_factory.mktemp("cgroup"), "cgroup")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cgroup_cluster(whole_cluster, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", str(whole_cluster.config))
    monkeypatch.setenv("PATH", search_path())
    monkeypatch.setenv("AUTOTRAIN_QUEUE_SECONDS", "1")
    yield whole_cluster
    whole_cluster.clear()


def test_scancel_reaches_the_stage_through_its_shim(cgroup_cluster, tmp_path):
    """The stage is sent its signal once, saves, and its record says who asked."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        assert not record(rig, "spec.json")["relay"]["term_reaches_all"]
        cgroup_cluster.tool("scancel", job_of(rig))
        rig.end()
        end = rig.stage("a").attempt.end
        assert (end.exit_code, end.sent_by, end.failure) == (0, "slurm", "signal")
        assert rig.log("a").count("saved at") == 1


def test_a_save_longer_than_killwait_has_a_record(cgroup_cluster, tmp_path):
    """The shim ends the stage before Slurm does, so that the attempt is not lost: the reason says what happened."""
    with session(tmp_path, slurm_plan({"name": "a", "command": python(SLOW_SAVE)})) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.until("a", "running")
        cgroup_cluster.tool("scancel", job_of(rig))
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.stage("a").state, end.signal, end.sent_by) == ("failed", 9, "slurm")
        assert "saving" in rig.log("a")
        assert "saved" not in rig.log("a")


def test_a_stage_runs_and_ends(cgroup_cluster, tmp_path):
    """As under any other tracking."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"
