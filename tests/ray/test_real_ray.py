"""The same stages on a real Ray: `AUTOTRAIN_TEST_RAY` names an interpreter that has `ray[default]`.

The cluster is started for this module alone, on ports of its own, and ended with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from autotrain_tui.ray.job_client import JobClient, RayNotAsked
from autotrain_tui.session.records.attempt_files import RunningRecord, read_record
from tests.ray.fake_ray import until
from tests.ray.test_ray_run import attempt_of, stage, trains
from tests.runner.rig import plan, session, wait_for

pytestmark = [pytest.mark.process, pytest.mark.service]

RAY = Path(os.environ.get("AUTOTRAIN_TEST_RAY", sys.executable)).parent / "ray"
START_SECONDS = 300.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def address():
    """The dashboard of a cluster of one node."""
    if not RAY.exists():
        pytest.skip(f"no ray beside {RAY.parent}: AUTOTRAIN_TEST_RAY names an interpreter that has it")
    place, port = tempfile.mkdtemp(prefix="ray"), free_port()
    words = [
        str(RAY), "start", "--head", "--block", f"--port={free_port()}", f"--dashboard-port={port}",
        "--dashboard-host=127.0.0.1", "--num-cpus=2", "--object-store-memory=100000000", f"--temp-dir={place}/t",
        "--disable-usage-stats", "--min-worker-port=0", "--max-worker-port=0", f"--ray-client-server-port={free_port()}",
    ]  # fmt: skip
    variables = {**os.environ, "RAY_raylet_start_wait_time_s": "240", "RAY_USAGE_STATS_ENABLED": "0"}
    with open(f"{place}/log", "wb") as log:
        head = subprocess.Popen(words, env=variables, stdout=log, stderr=log, start_new_session=True, cwd=place)
    client = JobClient(f"http://127.0.0.1:{port}")

    def answers() -> bool:
        assert head.poll() is None, Path(f"{place}/log").read_text()
        try:
            return bool(client.jobs() is not None and client.version())
        except RayNotAsked:
            return False

    try:
        until(answers, "an answer of Ray", START_SECONDS)
        yield client.address
    finally:
        tree = psutil.Process(head.pid).children(recursive=True) if head.poll() is None else []
        head.send_signal(signal.SIGTERM)
        _, living = psutil.wait_procs(tree, 20)
        for process in living:
            process.kill()
        head.wait()
        shutil.rmtree(place, ignore_errors=True)


def on_ray(address: str, **keys: object) -> dict[str, object]:
    return plan(stage(ray={"address": address, "resources": {"num_cpus": 1}}, **keys))


def test_a_stage_trains_saves_and_goes_on(tmp_path, address):
    """A job of a real Ray: metrics, checkpoint, pause with its save, a second job that resumes and succeeds."""
    with session(tmp_path, on_ray(address, resumable=True, checkpoint_signal="USR1")) as rig:
        trains(rig)
        assert rig.ask("checkpoint").accepted
        rig.said("a", "checkpoint")
        assert rig.ask("pause").accepted
        rig.until("a", "paused")
        assert "saved" in rig.log("a")
        assert rig.ask("resume").accepted
        rig.said("a", "training None 1", 2)
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert JobClient(address).jobs()[rig.stage("a").attempt.job].status in ("RUNNING", "SUCCEEDED")


def test_ray_job_stop_lets_the_program_save(tmp_path, address):
    """`ray job stop` by hand: the program saves, and the end says who it was."""
    with session(tmp_path, on_ray(address, resumable=True)) as rig:
        trains(rig)
        JobClient(address).stop(rig.stage("a").attempt.job)
        rig.end()
        assert "saved" in rig.log("a")
        assert rig.stage("a").attempt.end.sent_by == "ray"


def test_a_job_that_waits_is_told_and_never_starts_after_its_stop(tmp_path, address):
    """More CPUs than there are: it waits with Ray's words, and a stop ends it."""
    waits = plan(stage(ray={"address": address, "resources": {"num_cpus": 64}}))
    with session(tmp_path, waits) as rig:
        rig.start()
        wait_for(lambda: "Job has not started yet" in rig.stage("a").waiting, "the reason")
        assert rig.ask("stop").accepted
        rig.end()
        assert rig.stage("a").state == "stopped"
        assert rig.log("a") == ""


def test_the_supervisor_of_ray_is_killed(tmp_path, address):
    """Ray's own process of the job dies: the attempt is lost, never a success, and its program does not outlive it."""
    with session(tmp_path, on_ray(address)) as rig:
        trains(rig)
        running = read_record(attempt_of(rig), RunningRecord).record
        program = psutil.Process(running.pid)
        supervisor = next(each for each in program.parents() if "JobSupervisor" in " ".join(each.cmdline()))
        supervisor.kill()
        wait_for(lambda: rig.view().finished, "the end", 200)
        assert rig.stage("a").state == "lost", rig.tell()
        wait_for(lambda: not program.is_running(), "the end of the program")


def test_the_runner_is_killed(tmp_path, address):
    """The job trains on, and the next runner goes on with it."""
    with session(tmp_path, on_ray(address)) as rig:
        trains(rig)
        rig.kill_runner()
        rig.start()
        rig.until("a", "running")
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert len(rig.stage("a").attempts) == 1
