"""Faults, each made for real: nothing runs twice, nothing is called a success without its record, nothing stays behind."""

from __future__ import annotations

import os
import signal

import pytest

from autotrain_tui.errors import PlanError
from tests.runner.rig import Rig, python, session, wait_for

from .rig import SLOW_SAVE, Fault, attempt_folder, begun, go, job_of, record, slurm_plan, trainer

BLOCKED = """
cat >DIR/script
: >DIR/began
while [ ! -e DIR/free ]; do sleep 0.1; done
exec TOOL "$@" <DIR/script
"""

LATE = """
TOOL "$@" >DIR/said
: >DIR/taken
while [ ! -e DIR/free ]; do sleep 0.1; done
cat DIR/said
"""

TAKEN_AND_FAILED = """
[ -e DIR/once ] && exec TOOL "$@"
: >DIR/once
TOOL "$@" >/dev/null
echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2
exit 1
"""


def starts(rig, name="a"):
    """How many attempts' commands have been started."""
    return sum("from " in rig.log(name, number) for number in range(1, 5))


def test_a_runner_killed_before_sbatch_took_the_job(cluster, tmp_path, monkeypatch):
    """The next runner fences the attempt; a job that is submitted later all the same runs nothing."""
    fault = Fault(tmp_path / "fault", monkeypatch)
    fault.put("sbatch", BLOCKED)
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        wait_for(lambda: fault.told("began"), "sbatch is called")
        rig.kill_runner()
        assert record(rig, "job.json")["id"] is None
        real = os.environ["PATH"].partition(":")[2]
        monkeypatch.setenv("PATH", real)
        rig.start()
        begun(rig, attempt=2)
        assert record(rig, "started.json")["cancelled"]
        fault.tell("free")  # now the first job is submitted, too
        wait_for(lambda: "was started or cancelled before" in said(rig), "the late job has ended")
        go(rig)
        rig.end()
        assert (rig.outcome(), starts(rig)) == ("succeeded", 1)


def said(rig):
    """What the late job's shim says of why it starts nothing."""
    log = attempt_folder(rig) / "engine.log"
    return log.read_text() if log.exists() else ""


def test_a_runner_killed_after_sbatch_took_the_job(cluster, tmp_path, monkeypatch):
    """The number is not written yet: the next runner finds the job by its name, and adopts it."""
    fault = Fault(tmp_path / "fault", monkeypatch)
    fault.put("sbatch", LATE)
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        wait_for(lambda: fault.told("taken"), "sbatch has submitted")
        rig.kill_runner()
        assert record(rig, "job.json")["id"] is None
        rig.start()
        begun(rig)
        wait_for(lambda: record(rig, "job.json")["id"], "the number is known")
        go(rig)
        rig.end()
        fault.tell("free")
        assert (rig.outcome(), starts(rig), len(rig.stage("a").attempts)) == ("succeeded", 1, 1)


def test_sbatch_that_fails_after_the_job_was_taken(cluster, tmp_path, monkeypatch):
    """Nothing is submitted again before the queue was searched for the name."""
    fault = Fault(tmp_path / "fault", monkeypatch)
    fault.put("sbatch", TAKEN_AND_FAILED)
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        wait_for(lambda: record(rig, "job.json")["id"], "the number is known")
        assert cluster.jobs() == [job_of(rig)]
        go(rig)
        rig.end()
        assert (rig.outcome(), starts(rig)) == ("succeeded", 1)


def test_a_runner_killed_while_the_job_waits_and_while_it_runs(cluster, tmp_path):
    """Each time the next runner adopts it: one attempt, one job, one continuous line of metrics."""
    blocker = cluster.tool(
        "sbatch", "--parsable", "-N3", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 600"
    ).strip()
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        wait_for(lambda: "Resources" in rig.stage("a").reason, "a reason")
        rig.kill_runner()
        rig.start()
        wait_for(lambda: "AttemptAdopted" in rig.kinds(), "the adoption")
        assert rig.stage("a").state == "starting"
        cluster.tool("scancel", blocker)
        begun(rig)
        rig.kill_runner()
        rig.start()
        wait_for(lambda: rig.kinds().count("AttemptAdopted") == 2, "the second adoption")
        go(rig)
        rig.end()
        assert (rig.outcome(), starts(rig), len(rig.stage("a").attempts)) == ("succeeded", 1, 1)
        steps = [
            line for line in (attempt_folder(rig) / "readings.jsonl").read_text().splitlines() if '"accuracy"' in line
        ]
        assert len(steps) == len(set(steps))


def test_a_job_that_sbatch_refuses_fails_at_once(cluster, tmp_path):
    """The refusal is the reason, word for word, and the class is `start`."""
    with session(tmp_path, slurm_plan(trainer(slurm={"partition": "nowhere"}))) as rig:
        rig.start()
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.outcome(), end.failure) == ("failed", "start")
        assert "invalid partition specified: nowhere" in end.reason


def test_a_queue_that_answers_nonsense_decides_nothing(cluster, tmp_path, monkeypatch):
    """The stage says since when the queue can't be asked, goes on, and ends by its record."""
    fault = Fault(tmp_path / "fault", monkeypatch)
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        fault.put("squeue", "echo '<html>busy</html>'\n")
        alert = wait_for(lambda: [one for one in rig.view().session.alerts if one.kind == "records"], "an alert")
        assert "no list of jobs: '<html>busy</html>'" in alert[0].text
        assert rig.stage("a").state == "running"
        fault.lift("squeue")
        go(rig)
        rig.end()
        assert (rig.outcome(), len(rig.stage("a").attempts)) == ("succeeded", 1)


def test_a_controller_that_is_away_decides_nothing(cluster, tmp_path):
    """A running stage goes on and ends; a stage that is to be submitted meanwhile waits, and says what for."""
    with session(tmp_path, slurm_plan(trainer(), {"name": "b", "command": python("print('b ran')")})) as rig:
        rig.start()
        begun(rig)
        cluster.end("slurmctld")
        try:
            go(rig)
            rig.until("a", "succeeded")
            wait_for(lambda: "not submitted yet" in rig.stage("b").reason, "b says that it waits")
            assert "not submitted yet: s" in rig.stage("b").reason  # the words of sbatch or of sinfo
            with pytest.raises(PlanError, match="no Slurm controller answers .* is DOWN"):
                Rig(tmp_path / "new", slurm_plan(trainer()))  # another session is not started meanwhile
            assert not (tmp_path / "new" / "sessions").exists()
        finally:
            cluster.controller()
        cluster.untold.add(job_of(rig))  # the session's end would wait for it
        rig.until("b", "succeeded")
        assert (len(rig.stage("a").attempts), len(rig.stage("b").attempts)) == (1, 1)
        assert rig.log("b") == "b ran\n"


def test_scancel_by_hand_is_said_and_the_stage_saves(cluster, tmp_path):
    """The shim turns Slurm's signal into a stop; the attempt fails as cancelled and is not submitted again."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        cluster.tool("scancel", job_of(rig))
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.outcome(), end.exit_code, end.sent_by, end.failure) == ("failed", 0, "slurm", "signal")
        assert f"Slurm job {job_of(rig)} was cancelled (scancel)" in end.reason
        assert "saved at" in rig.log("a")


def test_a_save_longer_than_killwait_has_a_record(cluster, tmp_path):
    """The shim ends the stage a second before Slurm would kill both, so that the attempt is not lost."""
    with session(tmp_path, slurm_plan({"name": "a", "command": python(SLOW_SAVE)})) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.until("a", "running")
        cluster.tool("scancel", job_of(rig))
        rig.end()
        end = rig.stage("a").attempt.end
        assert (rig.stage("a").state, end.signal, end.sent_by) == ("failed", 9, "slurm")
        assert "saving" in rig.log("a")
        assert "saved" not in rig.log("a")


def test_scancel_of_a_waiting_job_stops_the_stage(cluster, tmp_path):
    """It never started, and never will: that is said, and costs no time."""
    with session(tmp_path, slurm_plan(trainer(slurm={"extra": ["--begin=now+1hour"]}))) as rig:
        rig.start()
        wait_for(lambda: "BeginTime" in rig.stage("a").reason, "a reason")
        cluster.tool("scancel", job_of(rig))
        rig.end()
        assert (rig.stage("a").state, rig.stage("a").attempt.run_seconds) == ("stopped", 0)
        assert "was cancelled before it started" in rig.stage("a").reason


def test_the_limits_warning_saves_and_a_new_job_goes_on(cluster, tmp_path):
    """Slurm's warning signal is a stop with a checkpoint; the next attempt continues, which is no failure."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        cluster.tool("scancel", "--signal=USR1", "--batch", job_of(rig))
        rig.said("a", "from ", attempt=2)
        assert "from 0" not in rig.log("a", 2)
        assert rig.stage("a").attempts[0].end.failure == "limit"
        go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_a_preempted_job_is_submitted_again(cluster, tmp_path):
    """A job of a partition of higher priority takes the nodes; the stage waits, and goes on when they are free."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        first = cluster.tool(
            "sbatch", "--parsable", "-p", "first", "-N3", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 600"
        ).strip()
        wait_for(lambda: len(rig.stage("a").attempts) == 2, "a new attempt")
        end = rig.stage("a").attempts[0].end
        assert end.failure == "preempted", end
        cluster.tool("scancel", first)
        rig.said("a", "from ", attempt=2)
        go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_a_requeue_by_an_administrator_runs_nothing_twice(cluster, tmp_path):
    """The requeued job is cancelled; the stage goes on in a job of its own."""
    with session(tmp_path, slurm_plan(trainer())) as rig:
        rig.start()
        begun(rig)
        job = job_of(rig)
        cluster.act("scontrol", "update", f"job={job}", "Requeue=1")
        cluster.act("scontrol", "requeue", job)
        rig.said("a", "from ", attempt=2)
        assert rig.stage("a").attempts[0].end.failure == "preempted"
        wait_for(lambda: job not in cluster.jobs(), "the requeued job is cancelled")
        go(rig)
        rig.end()
        assert (rig.outcome(), starts(rig)) == ("succeeded", 2)


def test_a_stage_whose_limit_the_partition_refuses_says_what_helps(cluster, tmp_path):
    """A reason that never ends by itself is an alert with the cure."""
    with session(tmp_path, slurm_plan(trainer(slurm={"partition": "brief", "time": "30"}))) as rig:
        rig.start()
        alert = wait_for(lambda: [one for one in rig.view().session.alerts if one.kind == "queue"], "an alert")
        assert "PartitionTimeLimit: its time is more than the partition allows" in alert[0].text
        os.kill(rig.runners[-1].pid, signal.SIGTERM)
        rig.end()
        assert rig.stage("a").state == "stopped"
