"""What `plan` and `doctor` say of a cluster before the start, and what a trial job shows."""

from __future__ import annotations

import subprocess

import pytest

from autotrain_tui.cli import main as cli
from tests.cli.project import Project
from tests.support.slurm_cluster import wait_for

from .rig import Fault


@pytest.fixture
def project(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with Project(tmp_path / "project").cleaned() as made:
        yield made


@pytest.fixture
def tell(project, capsys):
    """Runs a command in this process, which is faster; its exit status and what it says."""

    def run(*words):
        status = cli.main([*words, "--project", str(project.root), "--sessions-dir", str(project.sessions)])
        return status, capsys.readouterr().out

    return run


def head(**keys):
    lines = [f"{name} = {value}" for name, value in keys.items()]
    return "\n".join(['launcher = "slurm"', "[slurm]", *lines])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"partition": '"nowhere"'}, "there is no partition nowhere; there are: main, brief, first"),
        ({"partition": '"brief"', "time": '"30"'}, "time 30 is more than the 5 min of partition brief"),
        ({"cpus_per_task": 64}, "64 CPUs, and a node of partition main has 4"),
        ({"gres": '"gpu:1"'}, "gres gpu:1, and partition main has none"),
    ],
)
def test_what_a_job_could_never_have_is_told_before(project, tell, keys, said):
    """`plan` shows it, and `doctor` fails."""
    project.plan(head=head(**keys))
    assert said in tell("plan")[1]
    status, text = tell("doctor")
    assert (status, said in text) == (2, True), text


def test_doctor_tells_how_the_cluster_ends_jobs(project, tell):
    """What tracks processes, the partition, and KillWait against the grace period."""
    project.plan(head=head())
    said = tell("doctor")[1]
    assert "processes are tracked by linuxproc" in said
    assert "stage one: main, 3 nodes, at most 1 h a job" in said
    assert "leave 3 s to save (KillWait), not its 30 s of grace" in said


def test_a_trial_job_shows_that_a_stage_can_run(project, cluster):
    """One short job: it ran, on which node, with which Python, on a disk that is the same there; nothing is left."""
    project.plan(head=head())
    done = project.run("doctor", "--submit")
    assert done.returncode == 0, done.stdout
    assert "ran on n1; first answer after" in done.stdout
    assert "is the same on n1" in done.stdout
    assert not [path.name for path in project.root.iterdir() if path.name.startswith(".probe")]
    wait_for(lambda: not cluster.jobs(), "an empty queue")


def test_a_trial_job_finds_a_folder_that_is_not_shared(project, cluster):
    """The node has another folder of that name: the sentence says so, and what to choose."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mount namespace")
    project.plan(head=head(partition='"brief"'))
    cluster.kill("n3")
    cluster.node("n3", without=project.root)
    try:
        wait_for(lambda: "idle" in cluster.tool("sinfo", "-h", "-p", "brief", "-o", "%T"), "n3 is back")
        done = project.run("doctor", "--submit")
        assert done.returncode == 2, done.stdout
        assert "that folder is not the same there; choose one on a shared disk with --sessions-dir" in done.stdout
    finally:
        cluster.kill("n3")
        cluster.node("n3")
        wait_for(lambda: "idle" in cluster.tool("sinfo", "-h", "-p", "brief", "-o", "%T"), "n3 is back")


def test_a_cluster_that_cannot_be_asked_is_told(project, tell, tmp_path, monkeypatch):
    """`doctor` fails with Slurm's own words; `plan` shows them and the plan."""
    project.plan(head=head())
    fault = Fault(tmp_path / "fault", monkeypatch)
    fault.put(
        "sinfo", "echo 'slurm_load_partitions: Unable to contact slurm controller (connect failure)' >&2; exit 1\n"
    )
    status, text = tell("doctor")
    assert status == 2, text
    assert "the cluster can't be asked: sinfo: slurm_load_partitions: Unable to contact slurm controller" in text
    assert "Unable to contact slurm controller" in tell("plan")[1]
