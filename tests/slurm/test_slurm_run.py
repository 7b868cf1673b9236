"""Stages as jobs of a real Slurm: submitted, watched, ordered through files, ended by their records."""

from __future__ import annotations

import os
from pathlib import Path

from autotrain_tui.gauges.node_gauges import read_nodes
from tests.runner.rig import plan, python, session, wait_for
from tests.runner.stages import STUBBORN

from .rig import Fault, attempt_folder, begun, go, job_of, record, slurm_plan, trainer


def test_a_stage_runs_as_a_job_and_ends_by_its_record(cluster, tmp_path):
    """The job has its node and number in the journal, its log and metrics are read while it runs, its record ends it."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        running = rig.stage("a").attempt
        assert (running.launcher, running.place, running.job) == ("slurm", "n1", job_of(rig))
        (node,) = wait_for(lambda: list(read_nodes(attempt_folder(rig))), "the node's gauges")
        assert (node.node, node.sample.stages["a"].processes[0].pid) == ("n1", record(rig, "running.json")["pid"])
        go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"
        attempt = rig.stage("a").attempt
        assert (attempt.end.exit_code, attempt.metrics["accuracy"]) == (0, 0.99)
        assert 0 < attempt.run_seconds < 30
        assert [path.name for path in attempt_folder(rig).iterdir() if path.stat().st_mode & 0o077] == []
    assert cluster.jobs() == []


def test_a_failing_command_fails_with_its_own_exit_code(cluster, tmp_path):
    """Slurm's exit codes are not read: the shim's record has the command's."""
    with session(
        tmp_path, slurm_plan({"name": "a", "command": python("import sys; print('boom'); sys.exit(7)")})
    ) as rig:
        rig.start()
        rig.end()
        assert (rig.outcome(), rig.stage("a").attempt.end.exit_code) == ("failed", 7)
        assert rig.stage("a").attempt.end.lines == ("boom",)


def test_what_the_plan_and_the_profile_set(cluster, tmp_path, monkeypatch):
    """`env`, `cwd` and `setup` reach the command; Slurm's variables of the submitting profile change nothing."""
    monkeypatch.setenv("SBATCH_TIMELIMIT", "1")
    monkeypatch.setenv("SLURM_JOB_NAME", "outer")
    (tmp_path / "here").mkdir()
    tell = "import os; print([os.environ.get(n) for n in ('OWN', 'MODULE')], os.getcwd(), os.environ['SLURM_JOB_NAME'])"
    stage = {"name": "a", "command": python(tell), "env": {"OWN": "1"}, "cwd": "here"}
    with session(tmp_path, slurm_plan(stage, slurm={"setup": ["export MODULE=cuda"], "time": "0:07:00"})) as rig:
        rig.start()
        rig.end()
        assert f"['1', 'cuda'] {tmp_path}/here a.1." in rig.log("a")
        asked = record(rig, "spec.json")["slurm"]
        assert (asked["limit_seconds"], asked["partition"]) == (420.0, "")


def test_pause_saves_and_resume_goes_on_in_a_new_job(cluster, tmp_path):
    """The stop order travels as a file; the next attempt is another job and continues from the checkpoint."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        rig.ask("pause", "a")
        rig.until("a", "paused")
        assert "saved at" in rig.log("a")
        rig.ask("resume", "a")
        rig.said("a", "from ", attempt=2)
        assert "from 0" not in rig.log("a", 2)
        assert job_of(rig, attempt=2) != job_of(rig)
        go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_checkpoint_freeze_and_thaw_are_answered_by_the_shim(cluster, tmp_path):
    """Each order is a numbered file that the shim executes and answers."""
    with session(tmp_path, slurm_plan(trainer(checkpoint_signal="USR1"))) as rig:
        rig.start()
        begun(rig)
        rig.ask("checkpoint", "a")
        rig.said("a", "saved on request")
        rig.ask("freeze", "a")
        rig.until("a", "frozen")
        assert state_of(record(rig, "running.json")["pid"]) == "T"
        rig.ask("resume", "a")
        rig.until("a", "running")
        go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"
        answers = [record(rig, f"order-{n}.done.json") for n in (1, 2, 3)]
        assert [(one["verb"], one["accepted"]) for one in answers] == [
            ("checkpoint", True),
            ("freeze", True),
            ("thaw", True),
        ]


def state_of(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_kill_ends_a_command_that_ignores_signals(cluster, tmp_path):
    """The kill is the shim's, with a record; nothing is left in the queue."""
    with session(tmp_path, slurm_plan({"name": "a", "command": python(STUBBORN)})) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.until("a", "running")
        pid = record(rig, "running.json")["pid"]
        rig.ask("kill")
        rig.end()
        assert (rig.stage("a").state, rig.stage("a").attempt.end.signal) == ("stopped", 9)
        assert not os.path.exists(f"/proc/{pid}")


def test_a_plan_may_mix_launchers(cluster, tmp_path):
    """One stage runs here, the next in Slurm, each by its own key."""
    here = {
        "name": "here",
        "command": python("import os; print('job', os.environ.get('SLURM_JOB_ID'))"),
        "launcher": "local",
    }
    there = {"name": "there", "command": here["command"], "launcher": "slurm", "needs": ["here"]}
    with session(tmp_path, plan(here, there)) as rig:
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert "job None" in rig.log("here")
        assert f"job {job_of(rig, 'there')}" in rig.log("there")


def test_a_queued_stage_says_why_and_costs_no_time(cluster, tmp_path):
    """The reason is in the journal and the stage's clock stands; stop cancels the job, and it never starts."""
    cluster.tool("sbatch", "--parsable", "-N3", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 600")
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        wait_for(lambda: "Resources" in rig.stage("a").reason or "Priority" in rig.stage("a").reason, "a reason")
        assert rig.stage("a").reason.startswith(f"Slurm {job_of(rig)}: ")
        rig.ask("stop")
        rig.end()
        assert (rig.stage("a").state, rig.outcome()) == ("stopped", "stopped")
        assert rig.stage("a").attempt.run_seconds == 0
        assert rig.view().session.used_seconds == 0
        assert rig.log("a") == ""
        wait_for(lambda: job_of(rig) not in cluster.jobs(), "the job has left the queue")


def test_hold_and_release_of_a_queued_stage_are_slurms(cluster, tmp_path):
    """A stage whose job waits is held there, says so, and runs when it is released."""
    blocker = cluster.tool(
        "sbatch", "--parsable", "-N3", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 600"
    ).strip()
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        wait_for(lambda: "Resources" in rig.stage("a").reason, "a reason")
        rig.ask("hold", "a")
        wait_for(lambda: "JobHeldUser" in rig.stage("a").reason, "it says that it is held")
        cluster.tool("scancel", blocker)
        rig.ask("release", "a")
        begun(rig)
        go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_one_squeue_at_a_time_serves_all_jobs(cluster, tmp_path, monkeypatch):
    """However many stages wait, the controller is asked once for all of them, and not before it is time again."""
    fault = Fault(tmp_path / "fault", monkeypatch)
    fault.put("squeue", 'date +%s.%N >>DIR/calls\nexec TOOL "$@"\n')
    stages = [{"name": f"s{number}", "command": python("pass"), "needs": []} for number in range(12)]
    keys = {"jobs": 12, "slurm": {"extra": ["--begin=now+1hour"]}}
    with session(tmp_path, slurm_plan(*stages, **keys)) as rig:
        rig.start()
        wait_for(lambda: all("BeginTime" in rig.stage(stage["name"]).reason for stage in stages), "twelve reasons")
        calls = fault.folder / "calls"
        wait_for(lambda: len(calls.read_text().split()) >= 4, "four questions")
        times = [float(line) for line in calls.read_text().split()]
        assert (times[-1] - times[0]) / (len(times) - 1) > 0.9  # as the fixture sets it
        rig.ask("stop")
        rig.end()
    wait_for(lambda: not cluster.jobs(), "an empty queue")
