"""A session from its start to its end, with real stages."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest

from tests.runner.rig import plan, python, session

pytestmark = pytest.mark.process

HELLO = python("print('hello')")


def test_stages_run_in_order_and_end_well(tmp_path: Path) -> None:
    """Three stages run one after the other, each after the one before, and the session succeeds."""
    with session(tmp_path, plan({"name": "a"}, {"name": "b"}, {"name": "c"}, command=HELLO)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert [str(stage.state) for stage in view.session.stages] == ["succeeded"] * 3
        assert [rig.log(name) for name in "abc"] == ["hello\n"] * 3
        starts = [event.stage for event in rig.events if type(event).__name__ == "AttemptStarting"]
        assert starts == ["a", "b", "c"]
        assert rig.runners[0].returncode == 0


def test_a_failed_stage_stops_the_plan_with_its_last_lines(tmp_path: Path) -> None:
    """After a failure nothing new starts; the last lines and the exit code are kept."""
    command = python("print('first'); print('the end is near'); raise SystemExit(3)")
    with session(tmp_path, plan({"name": "a", "command": command}, {"name": "b"}, command=HELLO)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "failed"
        a, b = view.session.stages
        assert str(a.state) == "failed"
        assert a.status.end.exit_code == 3
        assert "the end is near" in a.status.end.lines
        assert str(b.state) == "pending"
        assert rig.runners[0].returncode == 1


def test_needs_and_jobs_run_side_by_side(tmp_path: Path) -> None:
    """Two stages that need nothing of each other run at the same time; the third waits for both."""
    meet = python(
        "import os,time,pathlib\n"
        "here = pathlib.Path(os.environ['AUTOTRAIN_SESSION_DIR'])\n"
        "(here / ('met-' + os.environ['AUTOTRAIN_STAGE'])).touch()\n"
        "deadline = time.monotonic() + 120\n"
        "while len(list(here.glob('met-*'))) < 2:\n"
        "    assert time.monotonic() < deadline\n"
        "    time.sleep(0.01)\n"
    )
    stages = [
        {"name": "a", "command": meet, "needs": []},
        {"name": "b", "command": meet, "needs": []},
        {"name": "c", "needs": ["a", "b"]},
    ]
    with session(tmp_path, plan(*stages, command=HELLO, jobs=2)) as rig:
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded"
        order = [
            (type(event).__name__, event.stage)
            for event in rig.events
            if type(event).__name__ in ("AttemptStarting", "AttemptEnded")
        ]
        assert order.index(("AttemptStarting", "c")) > max(
            order.index(("AttemptEnded", "a")), order.index(("AttemptEnded", "b"))
        )


def test_a_timeout_that_a_person_gave_ends_a_stage(tmp_path: Path) -> None:
    """`timeout_minutes` ends the stage; its class is timeout and the session fails."""
    slow = python("import time; time.sleep(600)")
    with session(tmp_path, plan({"name": "a", "timeout_minutes": 0.01}, command=slow)) as rig:
        rig.start()
        view = rig.end()
        end = view.session.stages[0].status.end
        assert (rig.outcome(), end.failure, end.sent_by) == ("failed", "timeout", "timeout")
        assert "limit" in end.reason


def test_the_budget_decides_what_is_started_and_ends_nothing(tmp_path: Path) -> None:
    """A stage whose estimate doesn't fit what is left is not started, and the session ends as planned."""
    stages = [{"name": "a", "estimate_minutes": 0.5}, {"name": "b", "estimate_minutes": 120}]
    with session(tmp_path, plan(*stages, command=HELLO, max_hours=1)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "budget"
        assert [str(stage.state) for stage in view.session.stages] == ["succeeded", "pending"]
        assert "b" in view.session.reason
        assert rig.runners[0].returncode == 0


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [(["./no-such-program"], 127, "no-such-program"), (["/etc/hostname"], 126, "/etc/hostname")],
)
def test_a_command_that_cannot_start_says_why(tmp_path: Path, command: list[str], code: int, words: str) -> None:
    """No such program and not executable end with 127 and 126, the path named in state and log."""
    with session(tmp_path, plan({"name": "a"}, command=command)) as rig:
        rig.start()
        view = rig.end()
        end = view.session.stages[0].status.end
        assert (end.exit_code, end.failure) == (code, "start")
        assert words in end.reason
        assert words in rig.log("a")


def test_a_working_folder_that_is_gone_says_why(tmp_path: Path) -> None:
    """A stage whose cwd isn't there fails with the folder named."""
    with session(tmp_path, plan({"name": "a", "cwd": "nowhere"}, command=HELLO)) as rig:
        rig.start()
        view = rig.end()
        assert view.session.stages[0].status.end.failure == "start"
        assert "nowhere" in view.session.stages[0].status.end.reason


def test_an_environment_too_large_says_so(tmp_path: Path) -> None:
    """E2BIG (Linux takes 128 KiB a variable at most) is a start failure, not a crash of the runner."""
    env = {"BIG": "x" * 200_000}
    with session(tmp_path, plan({"name": "a", "command": HELLO, "env": env})) as rig:
        rig.start()
        view = rig.end()
        end = view.session.stages[0].status.end
        assert end.failure == "start"
        assert "too long" in end.reason.lower() or "too large" in end.reason.lower()


def test_the_stage_sees_its_environment_and_placeholders(tmp_path: Path) -> None:
    """DESIGN section 7's variables and section 6's placeholders reach the program."""
    show = python(
        "import json,os,sys; json.dump([sys.argv[1:], dict(os.environ), os.getcwd()], open(sys.argv[1], 'w'))"
    )
    command = [
        *show,
        "{stage_dir}/seen.json",
        "{attempt}",
        "{stage_index}",
        "{mode}",
        "{resume}",
        "{dataset_limit}",
        ["--scale", "{scale}"],
        ["--previous", "{previous_checkpoint_dir}"],
        "{{literal}}",
    ]
    env = {"MINE": "1", "PYTHONUNBUFFERED": "0"}
    stages = [{"name": "a", "dataset_limit": 100}, {"name": "b", "dataset_limit": 200}]
    with session(tmp_path, plan(*stages, command=command, env=env)) as rig:
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        first = json.loads((rig.folder.stage(1, "a") / "seen.json").read_text())
        second = json.loads((rig.folder.stage(2, "b") / "seen.json").read_text())
        assert first[0][1:] == ["1", "1", "development", "0", "100", "{literal}"]
        assert second[0][1:] == [
            "1",
            "2",
            "development",
            "0",
            "200",
            "--previous",
            str(rig.folder.stage(1, "a") / "checkpoints"),
            "{literal}",
        ]
        seen = second[1]
        assert seen["AUTOTRAIN_STAGE"] == "b"
        assert seen["AUTOTRAIN_PREVIOUS_CHECKPOINT_DIR"] == str(rig.folder.stage(1, "a") / "checkpoints")
        assert (seen["MINE"], seen["PYTHONUNBUFFERED"]) == ("1", "0")
        assert first[2] == str(tmp_path)


def test_metrics_come_from_lines_and_the_result_file(tmp_path: Path) -> None:
    """Metric lines and result.json end up in the readings, the end's metrics and the best value."""
    code = (
        "import json,os\n"
        "lines = open(os.environ['AUTOTRAIN_METRICS'], 'a')\n"
        "for step, value in enumerate([0.5, 0.9, 0.7]):\n"
        "    lines.write(json.dumps({'step': step, 'accuracy': value, 'note': 'x', 'flag': True}) + '\\n')\n"
        "json.dump({'accuracy': 0.7, 'f1': 0.6, 'name': 'digits'}, open(os.environ['AUTOTRAIN_RESULT'], 'w'))\n"
    )
    with session(tmp_path, plan({"name": "a"}, command=python(code))) as rig:
        rig.start()
        view = rig.end()
        attempt = view.session.stages[0].attempt
        assert dict(attempt.metrics) == {"accuracy": 0.7, "f1": 0.6}
        assert attempt.best == 0.9
        rows = [json.loads(line) for line in rig.folder.attempt(1, "a", 1).readings.read_text().splitlines()]
        assert [(row[1], row[2], row[3]) for row in rows if row[1] != "@"] == [
            ("accuracy", 0.5, 0),
            ("accuracy", 0.9, 1),
            ("accuracy", 0.7, 2),
        ]


def test_a_gate_fails_a_stage_below_it(tmp_path: Path) -> None:
    """A stage that exits 0 below its gate counts as failed, and says by how much."""
    code = "import json,os; json.dump({'accuracy': 0.5}, open(os.environ['AUTOTRAIN_RESULT'], 'w'))"
    stage = {"name": "a", "gate": {"metric": "accuracy", "min": 0.9}}
    with session(tmp_path, plan(stage, command=python(code))) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "failed"
        assert "0.5" in view.session.stages[0].reason


def test_records_are_private_whatever_the_umask(tmp_path: Path) -> None:
    """Folders are 0700 and our files 0600 even with umask 0; the stage gets the person's umask."""
    code = "open('by-stage', 'w')"
    before = os.umask(0)
    try:
        with session(tmp_path, plan({"name": "a", "cwd": str(tmp_path)}, command=python(code))) as rig:
            rig.start()
            rig.end()
            for path in [rig.folder.path, *rig.folder.path.rglob("*")]:
                mode = stat.S_IMODE(path.stat().st_mode)
                assert mode == (0o700 if path.is_dir() else 0o600), path
            assert stat.S_IMODE((tmp_path / "by-stage").stat().st_mode) == 0o666
    finally:
        os.umask(before)


def test_secrets_of_the_environment_are_not_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret reaches the stage by `env_from` or inheritance, and stands in no record."""
    secret = "correct-horse-battery"
    monkeypatch.setenv("MY_API_KEY", secret)
    code = "import os; assert os.environ['MY_API_KEY'].startswith('correct')"
    with session(tmp_path, plan({"name": "a", "env_from": ["MY_API_KEY"]}, command=python(code))) as rig:
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        for path in rig.folder.path.rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path


def test_the_summary_stands_in_the_classic_form(tmp_path: Path) -> None:
    """session.json holds the old system's keys after the first stage's end."""
    with session(tmp_path, plan({"name": "a", "dataset_limit": 10, "epochs": 1}, command=HELLO)) as rig:
        rig.start()
        rig.end()
        summary = json.loads(rig.folder.summary.read_text())
        assert summary["training_history"][0]["success"] is True
        assert summary["training_history"][0]["config"]["dataset_limit"] == 10
        assert summary["summary"]["total_stages"] == 1


def test_sigterm_to_the_runner_ends_the_stage_cleanly(tmp_path: Path) -> None:
    """A runner that is told to end stops its stage with the stop signal and journals it."""
    code = (
        "import os,signal,time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'saved\\n'), os._exit(0)))\n"
        "print('ready', flush=True)\ntime.sleep(600)"
    )
    with session(tmp_path, plan({"name": "a"}, command=python(code))) as rig:
        runner = rig.start()
        rig.said("a", "ready")
        runner.terminate()
        rig.end()
        assert rig.outcome() == "stopped"
        assert "saved" in rig.log("a")
        assert runner.returncode == 5


def test_a_hundred_stages_of_true(tmp_path: Path) -> None:
    """A long plan of instant stages runs through, each with its record."""
    stages = [{"name": f"s{number}"} for number in range(100)]
    with session(tmp_path, plan(*stages, command=["true"])) as rig:
        began = time.monotonic()
        rig.start()
        view = rig.end(120)
        assert time.monotonic() > began
        assert all(str(stage.state) == "succeeded" for stage in view.session.stages)


def test_on_alert_is_told_of_ends(tmp_path: Path) -> None:
    """The plan's on_alert command hears of each stage's end and the session's, in its environment."""
    note = python(
        "import os; open('told', 'a').write(os.environ['AUTOTRAIN_ALERT_KIND'] + ' '"
        " + os.environ['AUTOTRAIN_ALERT_STAGE'] + '\\n')"
    )
    note = [word.replace("{{", "{").replace("}}", "}") for word in note]
    with session(tmp_path, plan({"name": "a"}, command=["false"], on_alert=note)) as rig:
        rig.start()
        rig.end()
        assert sorted((tmp_path / "told").read_text().splitlines()) == ["session_failed ", "stage_failed a"]
