"""Stages as jobs of a cluster that answers as Ray does: submitted once, stopped with their checkpoint, found again."""

from __future__ import annotations

import json
import os

import psutil
import pytest
import tomli_w

from autotrain_tui.errors import PlanError
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.records.attempt_files import RunningRecord, Spec, read_record
from autotrain_tui.session.records.job_files import JobRecord
from autotrain_tui.tui.panes.stage_text import state_sentence
from tests.ray.fake_ray import FakeRay
from tests.runner.rig import Rig, plan, python, session, wait_for

pytestmark = pytest.mark.process

TRAINER = """
import os, pathlib, signal, sys, time
home = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"])
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"checkpoint\\n"))
print("training", os.environ.get("FROM_PLAN"), os.environ["AUTOTRAIN_RESUME"], flush=True)
step = 0
while not (home / "go").exists():
    if asked:
        time.sleep(0.3); print("saved", flush=True); sys.exit(0)
    if (home / "fail").exists():
        raise RuntimeError("boom")
    step += 1
    print("step", step, "loss", 1 / step, flush=True)
    time.sleep(0.05)
pathlib.Path(os.environ["AUTOTRAIN_RESULT"]).write_text('{"accuracy": 0.5}')
"""


@pytest.fixture
def ray(monkeypatch):
    """A cluster, named by the environment as Ray's own tools take it."""
    for name in ("RAY_AUTH_TOKEN", "RAY_API_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    cluster = FakeRay()
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", cluster.address)
    yield cluster
    cluster.close()


def stage(code: str = TRAINER, **keys: object) -> dict[str, object]:
    return {"name": "a", "command": python(code), "launcher": "ray", **keys}


def trains(rig: Rig, attempt: int = 1) -> None:
    rig.start()
    rig.said("a", "step 3", attempt)
    rig.until("a", "running")


def attempt_of(rig: Rig, number: int = 1):
    return rig.folder.attempt(1, "a", number).path


def test_a_stage_is_one_job(tmp_path, ray):
    """It is submitted once, under an id that is written down before; its end is its own record, its metrics are read."""
    keys = {"env": {"FROM_PLAN": "yes"}, "ray": {"resources": {"num_cpus": 2, "trn": 1}, "runtime_env": {"pip": ["x"]}}}
    with session(tmp_path, plan(stage(**keys))) as rig:
        trains(rig)
        assert rig.stage("a").attempt.job == ray.submitted[0]["submission_id"]
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        (request,) = ray.submitted
        job = read_record(attempt_of(rig), JobRecord).record
        document = show(rig.view())["stages"][0]["attempts"][0]
        assert (document["launcher"], document["job"]) == ("ray", job.id)
        assert document["place"] == os.uname().nodename
        assert (job.engine, job.id, job.state) == ("ray", request["submission_id"], "submitted")
        assert (request["entrypoint_num_cpus"], request["entrypoint_resources"]) == (2, {"trn": 1})
        assert request["runtime_env"]["pip"] == ["x"]
        assert "training yes 0" in rig.log("a")
        assert rig.stage("a").attempt.metrics["loss"] < 1


def test_the_clusters_environment_is_its_own(tmp_path, ray, monkeypatch):
    """Ray shows variables to whoever asks: it gets those of the stage and none of the runner's; nor do records."""
    monkeypatch.setenv("WANDB_API_KEY", "secret-of-the-runner")
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        (rig.folder.path / "go").touch()
        rig.end()
    assert "secret-of-the-runner" not in repr(ray.submitted)
    assert "AUTOTRAIN_SESSION_DIR" in ray.submitted[0]["runtime_env"]["env_vars"]
    assert not [path for path in attempt_of(rig).rglob("*.json") if "secret-of-the-runner" in path.read_text()]


def test_a_pause_saves_and_a_resume_goes_on(tmp_path, ray):
    """Stop orders go through files: the program saves, the next attempt is another job that resumes."""
    with session(tmp_path, plan(stage(resumable=True, checkpoint_signal="USR1"))) as rig:
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
        assert rig.outcome() == "succeeded"
        assert len({request["submission_id"] for request in ray.submitted}) == 2


def test_freeze_thaw_and_kill(tmp_path, ray):
    """Freeze answers when all is stopped, thaw lets it go on, and kill leaves nothing."""
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        pid = read_record(attempt_of(rig), RunningRecord).record.pid
        assert rig.ask("freeze").accepted
        assert psutil.Process(pid).status() == psutil.STATUS_STOPPED
        assert rig.ask("resume").accepted
        wait_for(lambda: psutil.Process(pid).status() != psutil.STATUS_STOPPED, "the thaw")
        assert rig.ask("kill").accepted
        rig.end()
        assert not psutil.pid_exists(pid)


def test_who_fails_has_the_programs_own_reason(tmp_path, ray):
    """Ray only says exit code 1; the reason is the traceback of the log."""
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        (rig.folder.path / "fail").touch()
        rig.end()
        assert rig.stage("a").state == "failed"
        assert any("RuntimeError: boom" in line for line in rig.stage("a").attempt.end.lines)


def test_somebody_stops_the_job(tmp_path, ray):
    """`ray job stop` sends TERM to every process: the program saves in peace, and the end says who it was."""
    with session(tmp_path, plan(stage(resumable=True))) as rig:
        trains(rig)
        (job,) = ray.jobs.values()
        job.stop()
        rig.end()
        assert "saved" in rig.log("a")
        end = rig.stage("a").attempt.end
        assert (rig.stage("a").state, end.sent_by) == ("failed", "ray")
        assert "was stopped (ray job stop)" in end.reason


def test_a_submission_whose_answer_is_lost_is_not_repeated(tmp_path, ray):
    """HTTP 500 after the job was taken: it is found by its id, and runs once."""
    ray.swallows = 1
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert len(ray.jobs) == 1
        assert rig.log("a").count("training") == 1


def test_a_refusal_is_the_end_with_rays_words(tmp_path, ray):
    """HTTP 400: the stage has failed, and the reason is what Ray says."""
    ray.refuses = "num_gpus must be non-negative"
    with session(tmp_path, plan(stage())) as rig:
        rig.start()
        rig.end()
        assert rig.stage("a").state == "failed"
        assert "num_gpus must be non-negative" in rig.stage("a").reason


def test_a_cluster_that_is_away_ends_nothing(tmp_path, ray):
    """While Ray can't be asked the stage trains on, and what it wrote is its end."""
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        ray.away = True
        before = len(ray.calls)
        wait_for(lambda: len(ray.calls) > before, "a question that gets no answer")
        assert rig.stage("a").state == "running"
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"


def test_a_pending_job_waits_and_a_stop_keeps_it_from_starting(tmp_path, ray):
    """It says what it waits for; Ray starts a pending job after its stop: it finds that it may not."""
    ray.holds = True
    with session(tmp_path, plan(stage())) as rig:
        rig.start()
        wait_for(lambda: "Job has not started yet" in rig.stage("a").waiting, "the reason")
        assert rig.stage("a").waiting.startswith("Ray a.1.")
        assert "Job has not started yet" in state_sentence(rig.view(), rig.stage("a"))
        assert show(rig.view())["stages"][0]["reason"] == rig.stage("a").waiting
        assert rig.ask("stop").accepted
        rig.end()
        assert rig.stage("a").state == "stopped"
        ray.release()
        (job,) = ray.jobs.values()
        job.process.wait(60)
        assert "training" not in rig.log("a")


@pytest.mark.parametrize("pending", [False, True])
def test_a_runner_that_was_killed_finds_its_job(tmp_path, ray, pending):
    """The next runner goes on with the same job, whether it trains or waits."""
    ray.holds = pending
    with session(tmp_path, plan(stage())) as rig:
        rig.start()
        wait_for(lambda: ray.jobs, "the submission")
        wait_for(lambda: "waiting" in rig.tell() or read_record(attempt_of(rig), JobRecord).record.id, "its record")
        rig.kill_runner()
        rig.start()
        ray.release()
        rig.said("a", "step 3")
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert len(ray.submitted) == 1


def test_a_job_whose_shims_were_killed_is_lost(tmp_path, ray, monkeypatch):
    """Ray says it has failed and there is no record: when the time for one is over it is lost, never a success."""
    monkeypatch.setenv("AUTOTRAIN_RECORD_SECONDS", "3")
    with session(tmp_path, plan(stage())) as rig:
        trains(rig)
        (job,) = ray.jobs.values()
        job.end()
        wait_for(lambda: rig.view().finished, "the end", 150)
        assert rig.stage("a").state == "lost"
        assert "Ray says" in rig.stage("a").reason


def test_the_token_is_sent_and_written_nowhere(tmp_path, monkeypatch):
    """A cluster with a token: it is in the request's header, in no record and no log."""
    cluster = FakeRay(token="t0ken-of-the-cluster")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "t0ken-of-the-cluster")
    try:
        with session(tmp_path, plan(stage(ray={"address": cluster.address}))) as rig:
            trains(rig)
            (rig.folder.path / "go").touch()
            rig.end()
            assert rig.outcome() == "succeeded"
            files = [path for path in rig.folder.path.rglob("*") if path.is_file()]
            assert not [path for path in files if b"t0ken-of-the-cluster" in path.read_bytes()]
        assert "t0ken" not in repr(cluster.submitted)
    finally:
        cluster.close()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "no address of a Ray cluster: start one here .*--set launcher=local"),
        (
            {"ray": {"address": "http://127.0.0.1:9"}},
            "no Ray cluster answers at http://127.0.0.1:9: .*ray start --head",
        ),
        ({"ray": {"address": "http://cluster.example:8265"}}, "is another machine: set RAY_AUTH_TOKEN"),
        ({"ray": {"runtime_env": {"working_dir": "."}}}, "what is written there is lost"),
        ({"env_from": ["WANDB_API_KEY"]}, "Ray shows a job's variables"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_made(tmp_path, monkeypatch, keys, words):
    """One sentence with the way out, and no session."""
    for name in ("RAY_AUTH_TOKEN", "RAY_API_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(PlanError, match=words):
        Rig(tmp_path, plan(stage(**keys)))
    assert not (tmp_path / "sessions").exists()


def test_ranks_on_a_node_of_ray(tmp_path, ray):
    """A stage of several ranks is one job; its ranks have their logs, and a stop reaches each of them."""
    from tests.ranks.test_ranks import rank_logs, starter

    with session(tmp_path, plan(starter(launcher="ray", resumable=True))) as rig:
        rig.start()
        wait_for(lambda: [log for log in rank_logs(rig) if "step 3" in log][1:], "both ranks to train")
        assert rig.ask("pause").accepted
        rig.until("a", "paused")
        assert all("saved" in log for log in rank_logs(rig))
        assert rig.ask("stop").accepted
        rig.end()


def test_old_records_have_no_request_of_ray(tmp_path):
    """A spec.json of before loads."""
    (tmp_path / "spec.json").write_text('{"stage": "a", "attempt": 1, "command": ["x"], "cwd": "/"}')
    assert read_record(tmp_path, Spec).record.ray is None


def test_doctor_submits_a_short_job(tmp_path, ray, capsys, monkeypatch):
    """It says where the job ran and that the disk is shared; a cluster that is away is a failure with the way out."""
    from autotrain_tui.cli.main import main

    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "p.toml").write_text(tomli_w.dumps(plan(stage())))
    monkeypatch.chdir(tmp_path)
    main(["doctor", "p", "--submit", "--json"])
    found = {each["check"]: (each["verdict"], each["text"]) for each in json.loads(capsys.readouterr().out)["findings"]}
    assert found["Ray"] == ("good", f"2.60.0 at {ray.address}")
    assert found["submit"][0] == "good"
    assert found["shared disk"][0] == "good"
    assert not list(tmp_path.glob(".probe-*"))
    ray.away = True
    assert main(["doctor", "p", "--submit", "--json"]) == 2
    found = {each["check"]: (each["verdict"], each["text"]) for each in json.loads(capsys.readouterr().out)["findings"]}
    assert found["engine"][0] == "fail"
    assert "no Ray cluster answers at" in found["engine"][1]


def test_the_command_line_refuses_without_a_cluster(tmp_path, monkeypatch, capsys):
    """`run` exits with status 2, and there is no folder of sessions."""
    from autotrain_tui.cli.main import main

    monkeypatch.delenv("RAY_API_SERVER_ADDRESS", raising=False)
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "p.toml").write_text(tomli_w.dumps(plan(stage())))
    monkeypatch.chdir(tmp_path)
    assert main(["run", "p", "--no-ui"]) == 2
    assert "no address of a Ray cluster" in capsys.readouterr().err
    assert not (tmp_path / "sessions").exists()


def test_a_runner_without_the_address_says_so(tmp_path, ray, monkeypatch):
    """A later runner whose environment does not name the cluster: the attempt fails with what to set."""
    with session(tmp_path, plan(stage())) as rig:
        monkeypatch.delenv("RAY_API_SERVER_ADDRESS")
        rig.start()
        rig.end()
        assert "set RAY_API_SERVER_ADDRESS and resume" in rig.stage("a").reason
        assert ray.submitted == []
