"""`TrainingStageRunner` alone: one stage over the real engine."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from autotrain_tui import ProgressiveConfigManager, StageConfig, TrainingStageRunner
from autotrain_tui.classic.engine import TAIL_BYTES
from tests.api.projects import PLAN, Project

CONFIG = StageConfig(300, 4, 16, "a stage", 3)


@pytest.mark.process
def test_a_stage_runs_with_what_it_was_given(project: Project) -> None:
    """The default plan's command gets the figures, mode and scale; the result tells what came of it."""
    result = TrainingStageRunner("research", 1.5).run_stage(CONFIG, 8.0)
    assert result is not None
    assert (result.stage, result.config, result.success, result.error) == (3, CONFIG, True, None)
    assert (result.final_similarity, result.estimated_time_minutes) == (0.51, 8.0)
    assert 0 < result.actual_time_minutes < 1
    assert "call 1 of 300" in result.stdout
    assert result.timestamp.endswith("Z")
    (call,) = project.calls
    assert (call["mode"], call["dataset_limit"], call["additional_epochs"], call["batch_size"], call["scale"]) == (
        "research",
        300,
        4,
        16,
        1.5,
    )


@pytest.mark.process
def test_each_call_is_a_session_of_the_project(project: Project) -> None:
    """Named after the plan, with one stage whose limit is the estimate times the multiplier."""
    runner = TrainingStageRunner(timeout_multiplier=3.0)
    assert runner.run_stage(CONFIG, 5.0) is not None
    session = project.view().session
    (stage,) = session.stages
    assert (session.plan, stage.name, stage.info.description) == ("quick", "refinement", "a stage")
    assert stage.attempts[0].timeout_seconds == 900.0
    assert (str(session.outcome), session.budget_seconds) == ("succeeded", None)


@pytest.mark.process
def test_a_failed_stage_is_a_result_with_its_error(project: Project) -> None:
    """Not None: how it ended, its last line, and what it printed."""
    project.order(fail_at=1)
    result = TrainingStageRunner().run_stage(CONFIG, 8.0)
    assert result is not None
    assert (result.success, result.final_similarity) == (False, None)
    assert result.error == "exit code 3; last line: out of ideas"
    assert "out of ideas" in result.stdout


@pytest.mark.process
def test_the_estimate_times_the_multiplier_ends_a_stage(project: Project) -> None:
    """With its tree; the result says that its limit was reached."""
    project.order(wait_at=1)
    result = TrainingStageRunner(timeout_multiplier=0.5).run_stage(CONFIG, 0.02)
    assert result is not None
    assert not result.success
    assert (result.error or "").startswith("timeout: ran past its limit")
    # not by what the program wrote: where it starts slowly the limit is reached before
    assert not os.path.exists(f"/proc/{project.view().session.stages[0].attempts[0].pid}/stat")


@pytest.mark.process
def test_only_the_end_of_the_output_is_kept(project: Project) -> None:
    """At most 64 KiB, from the start of a line on; the log has everything."""
    project.order(flood=5000)
    result = TrainingStageRunner().run_stage(CONFIG, 8.0)
    assert result is not None
    assert TAIL_BYTES - 100 < len(result.stdout) <= TAIL_BYTES
    assert result.stdout.startswith("line 0000")
    assert result.stdout.endswith("the last line\n")
    (folder,) = project.sessions
    assert (folder.path / "stages" / "1-refinement" / "attempt-1" / "log").stat().st_size > 5000 * 60


@pytest.mark.process
def test_verbose_logs_what_the_stage_prints(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    """Each line once, with the stage's name."""
    project.order(flood=3)
    with caplog.at_level(logging.INFO, "autotrain_tui.classic"):
        assert TrainingStageRunner(verbose=True).run_stage(CONFIG, 8.0) is not None
    texts = [record.getMessage() for record in caplog.records]
    assert texts.count("refinement | call 1 of 300") == 1
    assert texts.count("refinement | the last line") == 1


@pytest.mark.process
def test_the_headline_metric_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`final_similarity` is its value."""
    made = Project(tmp_path / "p", PLAN.replace('name = "final_similarity"', 'name = "bleu"'), metric="bleu")
    monkeypatch.chdir(made.root)
    result = TrainingStageRunner().run_stage(CONFIG, 8.0)
    assert result is not None
    assert result.final_similarity == 0.51


@pytest.mark.process
def test_the_ladder_wins_over_the_plan_s_own_figures(project: Project) -> None:
    """A mode's scale counts, its epochs don't; a gate of the plan is left out."""
    result = TrainingStageRunner("nightly").run_stage(CONFIG, 8.0)
    assert result is not None
    assert result.success
    assert (project.calls[0]["scale"], project.calls[0]["additional_epochs"]) == (0.25, 4)


PREPARED = """
command = ["{python}", "prepare.py"]
metric = { name = "final_similarity", goal = "max" }
[[stage]]
name = "prepare"
[[stage]]
name = "train"
command = ["{python}", "train.py", "--dataset-limit", "{dataset_limit}", "--output-json-path", "{result_path}"]
gate = { min = 0.9 }
dataset_limit = 7
"""


@pytest.mark.process
def test_the_first_training_stage_of_the_plan_gives_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage that takes none of the figures is passed over; a gate is not the ladder's."""
    made = Project(tmp_path / "p", PREPARED)
    monkeypatch.chdir(made.root)
    result = TrainingStageRunner().run_stage(CONFIG, 8.0)
    assert result is not None
    assert (result.success, result.final_similarity) == (True, 0.51)
    assert made.calls[0]["dataset_limit"] == 300


@pytest.mark.process
def test_the_readme_s_example_of_one_stage_runs(project: Project) -> None:
    """A configuration and an estimate from the ladder, handed to a runner."""
    config_manager = ProgressiveConfigManager(dataset_limit_override=500)
    stage_config = config_manager.get_stage_config(1)
    estimated_time = config_manager.estimate_stage_time(stage_config, "development")
    runner = TrainingStageRunner(mode="development", timeout_multiplier=2.0)
    result = runner.run_stage(stage_config, estimated_time)
    assert result is not None
    assert result.success
    assert project.calls[0]["dataset_limit"] == 500


def test_outside_of_a_project_it_says_what_to_do(nowhere: Path, caplog: pytest.LogCaptureFixture) -> None:
    """None, with one sentence in the log; nothing is made."""
    assert TrainingStageRunner().run_stage(CONFIG, 8.0) is None
    assert "no stages/ folder here or above; create one with: autotrain-tui init" in caplog.text
    assert os.listdir(nowhere) == []


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("name = 'x'", "at least one stage"),
        ("command = ['x', '{epcos}']\n[[stage]]\nname = 'a'", 'did you mean "epochs"'),
        ("launcher = 'lsf'\ncommand = ['x']\n[[stage]]\nname = 'a'", "launcher"),
        ("command = ['x', '{previous_checkpoint_dir}']\n[[stage]]\nname = 'a'", "previous_checkpoint_dir"),
    ],
)
def test_a_plan_that_cannot_be_used_is_none(
    plan: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With what is wrong with it in the log, and without a session."""
    made = Project(tmp_path / "p", plan)
    monkeypatch.chdir(made.root)
    assert TrainingStageRunner().run_stage(CONFIG, 8.0) is None
    assert words in caplog.text
    assert made.sessions == []


def test_without_a_default_plan_it_says_which_there_are(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    """Several plans, none marked default."""
    (project.root / "stages" / "other.toml").write_text(PLAN)
    assert TrainingStageRunner().run_stage(CONFIG, 8.0) is None
    assert "no plan is marked default" in caplog.text
    assert "default = true" in caplog.text


@pytest.mark.process
def test_a_program_that_is_not_there_fails_its_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempt was made, so that there is a result, and it says what could not be started."""
    made = Project(tmp_path / "p", "command = ['./none', '{epochs}']\n[[stage]]\nname = 'a'\n")
    monkeypatch.chdir(made.root)
    result = TrainingStageRunner().run_stage(CONFIG, 8.0)
    assert result is not None
    assert not result.success
    assert "none" in (result.error or "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mode": "developement"}, 'there is no mode "developement" .did you mean "development"'),
        ({"mode": "nightly!"}, "invalid name"),
        ({"mode": None}, "mode: expected a string"),
        ({"scale": 0}, "scale: "),
        ({"scale": float("inf")}, "scale: "),
        ({"timeout_multiplier": 0}, "timeout_multiplier: "),
        ({"timeout_multiplier": -2.0}, "timeout_multiplier: "),
        ({"timeout_multiplier": float("nan")}, "timeout_multiplier: "),
        ({"timeout_multiplier": 1e9}, "timeout_multiplier: "),
        ({"timeout_multiplier": "2"}, "timeout_multiplier: "),
        ({"verbose": "yes"}, "verbose: "),
    ],
)
def test_what_cannot_be_meant_is_refused(project: Project, arguments: dict[str, object], words: str) -> None:
    """A ValueError names the parameter; a mode of the plan's own is one."""
    with pytest.raises(ValueError, match=words):
        TrainingStageRunner(**arguments)  # type: ignore[arg-type]
    assert TrainingStageRunner("nightly").mode == "nightly"


@pytest.mark.parametrize("minutes", [0, -8.0, float("nan"), float("inf"), 1e9, "8", None, True])
def test_an_estimate_is_a_positive_number_of_minutes(project: Project, minutes: object) -> None:
    """Anything else is a ValueError, and nothing is started."""
    with pytest.raises(ValueError, match="estimated_time: expected a number above 0"):
        TrainingStageRunner().run_stage(CONFIG, minutes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dataset_limit: expected a whole number"):
        TrainingStageRunner().run_stage(StageConfig(0, 1, 1, "", 1), 8.0)
    assert project.sessions == []
