"""`python automated_training.py …` and `CLIInterface().main(…)`: the classic flags, checks and exit codes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from autotrain_tui import CLIInterface
from autotrain_tui.session.history.store import Store
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.send_command import send_command
from tests.api.projects import REPOSITORY, Project, classic, classic_running
from tests.runner.rig import PATIENCE, wait_for


@pytest.mark.process
def test_config_shows_the_stages_and_runs_nothing(nowhere: Path) -> None:
    """`--test-config` needs no project; it says that nothing could be run there."""
    done = classic("--test-config", cwd=nowhere)
    assert done.returncode == 0, done.stderr
    assert (
        "Stage 1: Foundation Learning (small data, many epochs): 2,000 examples, 20 epochs, batch size 32, 8.0 min"
        in done.stdout
    )
    assert [line.split(", ")[-1] for line in done.stdout.splitlines() if line.startswith("Stage")] == [
        "8.0 min",
        "10.5 min",
        "16.8 min",
        "16.0 min",
        "25.0 min",
    ]
    assert "Total: 76.3 min (1.3 h); fits the limit of 8 hours" in done.stdout
    assert "no plan to run" in done.stdout
    assert "autotrain-tui init" in done.stdout
    assert os.listdir(nowhere) == []


def test_config_follows_the_flags(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Overrides, mode and limit change what is shown."""
    words = [
        "--test-config",
        "--mode",
        "production",
        "--dataset-limit",
        "100",
        "--batch-size",
        "16",
        "--max-hours",
        "0.5",
    ]
    assert CLIInterface().main(words) == 0
    shown = capsys.readouterr().out
    assert "mode production, at most 0.5 h; stages run as in plan quick" in shown
    assert "(dataset: 100) (batch: 16): 100 examples, 5 epochs, batch size 16, 12.0 min" in shown
    assert "does not fit the limit of 0.5 hours" in shown
    assert project.sessions == []


@pytest.mark.process
def test_the_readme_s_quick_test_runs_until_its_hour_is_used(project: Project) -> None:
    """`--dataset-limit 100 --max-hours 1`: the ladder, then the fifth stage again; here somebody shortens the hour."""
    project.order(wait_at=7)
    with classic_running("--dataset-limit", "100", "--max-hours", "1", cwd=project.root) as process:
        project.called(7)
        (folder,) = project.sessions
        assert load_view(folder).session.budget_seconds == 3600
        assert send_command(folder, "budget", args={"seconds": 100.0}).accepted
        (project.root / "go").touch()
        out, err = process.communicate(timeout=4 * PATIENCE)
    assert process.returncode == 0, err
    assert out == ""
    assert [call["dataset_limit"] for call in project.calls] == [100] * 7
    assert "7 stages succeeded" in err
    assert str(project.view().session.outcome) == "budget"


@pytest.mark.process
def test_this_repository_trains_something_real(tmp_path: Path) -> None:
    """The digits program learns 100 digits: its 12 minutes fit the limit only in the first few seconds."""
    pytest.importorskip("sklearn")
    done = classic(
        "--dataset-limit",
        "100",
        "--max-hours",
        "0.2015",
        "-v",
        cwd=REPOSITORY,
        AUTOTRAIN_SESSIONS_DIR=str(tmp_path / "sessions"),
    )
    assert done.returncode == 0, done.stderr
    (folder,) = Store(tmp_path / "sessions").folders()
    session = load_view(folder).session
    assert (session.plan, str(session.outcome)) == ("digits", "budget")
    first = session.stages[0]
    assert (str(first.state), first.attempts[0].params["dataset_limit"]) == ("succeeded", 100)
    assert first.attempts[0].metrics["accuracy"] > 0.15
    assert "foundation | " in done.stderr
    assert " succeeded, " in done.stderr


@pytest.mark.process
def test_a_failed_stage_is_exit_code_1(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """And said as an error, with -q too, which says nothing else."""
    project.order(fail_at=1)
    assert CLIInterface().main(["-q"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "stage 1 failed (exit code 3; last line: out of ideas)" in lines[0]


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_the_session(project: Project, number: signal.Signals) -> None:
    """The stage and its tree are gone when the program ends, and the session can be resumed."""
    project.order(wait_at=1)
    with classic_running(cwd=project.root) as process:
        project.called(1)
        process.send_signal(number)
        _, err = process.communicate(timeout=4 * PATIENCE)
    assert process.returncode == 1, err
    assert "interrupted" in err
    assert str(project.view().session.outcome) == "stopped"
    assert not os.path.exists(f"/proc/{project.calls[0]['pid']}/stat")


@pytest.mark.process
def test_an_interrupt_stops_the_session_where_no_command_can_be_written(project: Project) -> None:
    """A full disk, here a folder for commands that is none, keeps nobody from stopping: the runner gets a signal."""
    project.order(wait_at=1)
    with classic_running(cwd=project.root) as process:
        project.called(1)
        control = project.view().folder.control
        control.rename(control.with_name("elsewhere"))
        control.touch()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=4 * PATIENCE)
    assert process.returncode == 1, err
    assert str(project.view().session.outcome) == "stopped"


@pytest.mark.process
def test_a_second_interrupt_kills(tmp_path: Path) -> None:
    """A stage that ignores the stop signal is killed at once."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w'); time.sleep(600)"
    made = Project(
        tmp_path / "p", f"command = ['{{python}}', '-c', \"{code}\", ['{{epochs}}']]\n[[stage]]\nname = 'a'\n"
    )
    with classic_running(cwd=made.root) as process:
        wait_for((made.root / "deaf").exists, "the stage")
        process.send_signal(signal.SIGINT)
        wait_for(lambda: made.view().session.stop_intent, "the stop")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=4 * PATIENCE)
    made.close()
    assert process.returncode == 1, err
    assert str(made.view().session.outcome) == "stopped"
    assert made.view().session.stages[0].attempts[0].end.signal == signal.SIGKILL  # type: ignore[union-attr]


BAD = [
    (["--max-hours", "0"], "--max-hours: expected a positive number, got '0'"),
    (["--max-hours", "-1"], "--max-hours: expected a positive number"),
    (["--max-hours", "nan"], "--max-hours: expected a positive number"),
    (["--max-hours", "inf"], "--max-hours: expected a positive number"),
    (["--max-hours", "1e9"], "max_total_time_hours: expected a number above 0 and up to 10000"),
    (["--max-hours", "eight"], "--max-hours: expected a positive number"),
    (["--max-hours"], "--max-hours: expected one argument"),
    (["--dataset-limit", "0"], "--dataset-limit: expected a positive whole number"),
    (["--dataset-limit", "-5"], "--dataset-limit: expected a positive whole number"),
    (["--dataset-limit", "2.5"], "--dataset-limit: expected a positive whole number"),
    (["--dataset-limit", "9" * 30], "dataset_limit_override: expected a whole number"),
    (["--batch-size", "0"], "--batch-size: expected a positive whole number"),
    (["--batch-size", ""], "--batch-size: expected a positive whole number"),
    (["--timeout-multiplier", "0"], "--timeout-multiplier: expected a positive number"),
    (["--timeout-multiplier", "1e6"], "timeout_multiplier: expected a number above 0 and up to 1000"),
    (["--scale", "-0.5"], "--scale: expected a positive number"),
    (["--scale", "nan"], "--scale: expected a positive number"),
    (["--mode", "developement"], 'there is no mode "developement" (did you mean "development"?)'),
    (["--mode", ""], "invalid name"),
    (["--dataset-limt", "5"], "unrecognized arguments: --dataset-limt"),
    (["--dataset", "5"], "unrecognized arguments: --dataset"),
    (["train"], "unrecognized arguments: train"),
    (["-v", "-q"], "not allowed with argument"),
]


@pytest.mark.parametrize(("words", "said"), BAD)
@pytest.mark.parametrize("preview", [True, False])
def test_bad_flags_are_one_sentence_and_exit_code_1(
    project: Project, words: list[str], said: str, preview: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Out of range, of the wrong type, misspelt or contradictory: nothing is shown or started."""
    assert CLIInterface().main([*words, *(["--test-config"] if preview else [])]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1
    assert (project.sessions, project.calls) == ([], [])


def test_more_than_72_hours_is_a_warning(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Not below, and no more than a warning."""
    assert CLIInterface().main(["--max-hours", "72", "--test-config"]) == 0
    assert "72" not in capsys.readouterr().err
    assert CLIInterface().main(["--max-hours", "73", "--test-config"]) == 0
    assert "--max-hours 73 is more than 72 hours" in capsys.readouterr().err


def test_help_is_exit_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    """And names every classic flag."""
    assert CLIInterface().main(["--help"]) == 0
    shown = capsys.readouterr().out
    for flag in (
        "--mode",
        "--scale",
        "--max-hours",
        "--dataset-limit",
        "--batch-size",
        "--timeout-multiplier",
        "--test-config",
        "--verbose",
        "--quiet",
    ):
        assert flag in shown


@pytest.mark.process
def test_outside_of_a_project_it_says_what_to_do(nowhere: Path) -> None:
    """Exit code 1 and one sentence, without a traceback."""
    done = classic(cwd=nowhere)
    assert done.returncode == 1
    assert "no stages/ folder here or above; create one with: autotrain-tui init" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.process
def test_in_a_project_with_only_the_classic_plan_that_one_is_run(tmp_path: Path) -> None:
    """`smart_resume_training.py` in the project's root gets the old command line."""
    made = Project(tmp_path / "p", (REPOSITORY / "stages" / "classic.toml").read_text(), fail_at=2)
    (made.root / "train.py").rename(made.root / "smart_resume_training.py")
    done = classic("--mode", "validation", "--scale", "0.5", "--max-hours", "12", cwd=made.root)
    assert done.returncode == 1
    assert [
        (call["mode"], call["dataset_limit"], call["additional_epochs"], call["batch_size"], call["scale"])
        for call in made.calls
    ] == [("validation", 2000, 20, 32, 0.5), ("validation", 5000, 15, 64, 0.5)]
    assert made.view().session.plan == "classic"
