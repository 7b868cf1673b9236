"""`AutomatedTrainer`: the whole ladder, as one session or by parts of one's own."""

from __future__ import annotations

import itertools
import json
import os
import signal
import threading
from pathlib import Path

import pytest

from autotrain_tui import (
    AutomatedTrainer,
    ProgressiveConfigManager,
    SessionManager,
    StageConfig,
    StageResult,
    TrainingStageRunner,
)
from autotrain_tui.errors import UsageError
from autotrain_tui.session.launch.send_command import send_command
from tests.api.projects import Project
from tests.runner.rig import wait_for


@pytest.mark.process
def test_the_ladder_goes_on_with_the_fifth_until_a_stage_fails(project: Project) -> None:
    """Five stages, then the fifth again and again; the failed one is in the history with its error. One session."""
    project.order(fail_at=7)
    trainer = AutomatedTrainer(batch_size_override=4)
    trainer.run_automated_training()
    history = trainer.session_manager.training_history
    assert [result.stage for result in history] == [1, 2, 3, 4, 5, 6, 7]
    assert [result.success for result in history] == [True] * 6 + [False]
    assert "exit code 3" in (history[-1].error or "")
    assert [call["dataset_limit"] for call in project.calls] == [2000, 5000, 10000, 20000, 50000, 50000, 50000]
    assert [call["additional_epochs"] for call in project.calls] == [20, 15, 12, 8, 5, 5, 5]
    assert {call["batch_size"] for call in project.calls} == {4}
    assert [result.config for result in history] == [trainer.config_manager.get_stage_config(n) for n in range(1, 8)]
    assert [result.estimated_time_minutes for result in history] == [8.0, 15.0, 24.0, 32.0, 50.0, 50.0, 50.0]
    assert trainer.session_manager.get_session_summary().similarity_trend == [0.54, 0.55, 0.56]
    session = project.view().session
    assert [stage.name for stage in session.stages] == [
        "foundation",
        "consolidation",
        "refinement",
        "mastery",
        "perfection",
        "perfection-2",
        "perfection-3",
    ]
    assert (str(session.outcome), session.budget_seconds) == ("failed", 8 * 3600)
    written = json.loads(trainer.session_manager.session_log.read_text())
    assert [entry["success"] for entry in written["training_history"]] == [True] * 6 + [False]


@pytest.mark.process
def test_the_session_s_own_summary_is_a_session_log_too(project: Project) -> None:
    """`session.json` of the session loads as history, with the same results."""
    project.order(fail_at=3)
    trainer = AutomatedTrainer()
    trainer.run_automated_training()
    (folder,) = project.sessions
    other = SessionManager()
    assert other.load_session_history(folder.summary) is True
    ours = trainer.session_manager
    assert other.get_session_summary() == ours.get_session_summary()
    assert [result.config for result in other.training_history] == [result.config for result in ours.training_history]
    assert [result.success for result in other.training_history] == [True, True, False]


@pytest.mark.process
def test_time_ends_it_before_a_stage_that_does_not_fit(project: Project) -> None:
    """The first stage's 8 minutes fit 10, the second's 10.5 don't."""
    trainer = AutomatedTrainer(max_total_time_hours=10 / 60)
    trainer.run_automated_training()
    assert [result.stage for result in trainer.session_manager.training_history] == [1]
    session = project.view().session
    assert str(session.outcome) == "budget"
    assert len(project.calls) == 1


def test_nothing_runs_when_the_first_stage_does_not_fit(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    """That is said, and no session is made."""
    trainer = AutomatedTrainer(max_total_time_hours=0.1)
    trainer.run_automated_training()
    assert "no time for stage 1: it is expected to take 8.0 min, 6.0 min are left" in caplog.text
    assert (project.sessions, project.calls) == ([], [])
    huge = AutomatedTrainer(max_total_time_hours=10_000, dataset_limit_override=10**12)
    huge.run_automated_training()
    assert project.sessions == []


@pytest.mark.process
def test_the_budget_of_a_running_ladder_can_be_changed(project: Project) -> None:
    """As of any session: with less time it ends before the next stage."""
    project.order(wait_at=2)
    trainer = AutomatedTrainer()
    thread = threading.Thread(target=trainer.run_automated_training)
    thread.start()
    project.called(2)
    (folder,) = project.sessions
    assert send_command(folder, "budget", args={"seconds": 700.0}).accepted
    (project.root / "go").touch()
    thread.join(120)
    assert not thread.is_alive()
    assert [result.stage for result in trainer.session_manager.training_history] == [1, 2]
    assert str(project.view().session.outcome) == "budget"


@pytest.mark.process
def test_a_runner_that_dies_is_followed_by_another(project: Project) -> None:
    """What it had started is adopted, and the ladder goes on."""
    project.order(wait_at=1, fail_at=2)
    trainer = AutomatedTrainer()
    thread = threading.Thread(target=trainer.run_automated_training)
    thread.start()
    project.called(1)
    view = wait_for(lambda: project.view() if project.view().alive else None, "a runner")
    os.kill(view.owner.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    wait_for(lambda: project.view().session.runner_pid != view.owner.pid, "another runner")  # type: ignore[attr-defined]
    (project.root / "go").touch()
    thread.join(120)
    assert not thread.is_alive()
    assert [result.success for result in trainer.session_manager.training_history] == [True, False]
    assert len(project.calls) == 2


@pytest.mark.process
def test_a_stopped_session_ends_the_run(project: Project) -> None:
    """The stage's result says that it was asked to end."""
    project.order(wait_at=1)
    trainer = AutomatedTrainer()
    thread = threading.Thread(target=trainer.run_automated_training)
    thread.start()
    project.called(1)
    (folder,) = project.sessions
    assert send_command(folder, "stop").accepted
    thread.join(120)
    assert not thread.is_alive()
    (result,) = trainer.session_manager.training_history
    assert not result.success
    assert "on request" in (result.error or "")


@pytest.mark.process
def test_what_goes_wrong_in_the_caller_ends_the_session(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing trains on unseen when the program that runs the ladder stumbles."""
    trainer = AutomatedTrainer()

    def stumble(_result: StageResult) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(trainer.session_manager, "add_stage_result", stumble)
    project.order(wait_at=2)
    with pytest.raises(ZeroDivisionError):
        trainer.run_automated_training()
    assert str(project.view().session.outcome) == "stopped"


class Recorder(TrainingStageRunner):
    """A stage runner of one's own."""

    def __init__(self, succeed: int) -> None:
        super().__init__()
        self.asked: list[tuple[StageConfig, float]] = []
        self.succeed = succeed

    def run_stage(self, stage_config: StageConfig, estimated_time: float) -> StageResult | None:
        self.asked.append((stage_config, estimated_time))
        if len(self.asked) > self.succeed + 1:
            return None
        good = len(self.asked) <= self.succeed
        return StageResult(stage_config.stage, stage_config, good, 1.0, estimated_time, 0.5, None if good else "no")


def test_a_stage_runner_of_one_s_own_is_asked_stage_by_stage(nowhere: Path) -> None:
    """With the ladder's configurations and estimates, until one fails; no project is needed."""
    trainer = AutomatedTrainer("research")
    trainer.stage_runner = Recorder(7)
    trainer.run_automated_training()
    ladder = ProgressiveConfigManager()
    configs = [ladder.get_stage_config(number) for number in range(1, 9)]
    assert trainer.stage_runner.asked == [(each, ladder.estimate_stage_time(each, "research")) for each in configs]
    assert [result.success for result in trainer.session_manager.training_history] == [True] * 7 + [False]


def test_a_replaced_run_stage_is_asked(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the object or on the class; None ends the run."""
    numbers = itertools.count()

    def twice(config: StageConfig, minutes: float) -> StageResult | None:
        return StageResult(config.stage, config, True, 1.0, minutes) if next(numbers) % 3 < 2 else None

    trainer = AutomatedTrainer()
    monkeypatch.setattr(trainer.stage_runner, "run_stage", twice)
    trainer.run_automated_training()
    assert [result.stage for result in trainer.session_manager.training_history] == [1, 2]
    monkeypatch.setattr(TrainingStageRunner, "run_stage", lambda _self, config, minutes: twice(config, minutes))
    again = AutomatedTrainer()
    again.run_automated_training()
    assert [result.stage for result in again.session_manager.training_history] == [1, 2]


def test_stage_by_stage_time_ends_it_too(nowhere: Path) -> None:
    """The next estimate is held against the time that is left."""
    trainer = AutomatedTrainer(max_total_time_hours=20 / 60)
    trainer.stage_runner = Recorder(100)
    trainer.run_automated_training()
    assert [config.stage for config, _ in trainer.stage_runner.asked] == [1, 2, 3, 4]


def test_the_preview_is_the_ladder_s(nowhere: Path) -> None:
    """Five stages and their sum in hours, in the trainer's mode."""
    trainer = AutomatedTrainer()
    assert trainer.get_stages_preview() == ProgressiveConfigManager().get_all_stages_info()
    assert trainer.estimate_total_time() == pytest.approx(76.3 / 60)
    assert trainer.can_fit_in_time_limit() is True
    assert AutomatedTrainer(max_total_time_hours=1.27).can_fit_in_time_limit() is False
    research = AutomatedTrainer("research", dataset_limit_override=100, max_total_time_hours=1.0)
    assert research.estimate_total_time() == pytest.approx(1.0)
    assert research.can_fit_in_time_limit() is True


def test_the_parts_are_there(nowhere: Path) -> None:
    """With what the trainer was given."""
    trainer = AutomatedTrainer("production", 2.0, 24.0, 1000, 8, 3.0, verbose=True)
    assert isinstance(trainer.config_manager, ProgressiveConfigManager)
    assert isinstance(trainer.stage_runner, TrainingStageRunner)
    assert isinstance(trainer.session_manager, SessionManager)
    assert (trainer.config_manager.dataset_limit_override, trainer.config_manager.batch_size_override) == (1000, 8)
    runner, manager = trainer.stage_runner, trainer.session_manager
    assert (runner.mode, runner.scale, runner.timeout_multiplier, runner.verbose) == ("production", 2.0, 3.0, True)
    assert (manager.mode, manager.scale, manager.max_total_time_hours) == ("production", 2.0, 24.0)


def test_outside_of_a_project_it_says_what_to_do(nowhere: Path) -> None:
    """One clear error."""
    with pytest.raises(UsageError, match=r"no stages/ folder here or above; create one with: autotrain-tui init"):
        AutomatedTrainer().run_automated_training()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mode": "produktion"}, "production"),
        ({"scale": -1}, "scale: "),
        ({"max_total_time_hours": 0}, "max_total_time_hours: "),
        ({"max_total_time_hours": float("nan")}, "max_total_time_hours: "),
        ({"max_total_time_hours": 1e9}, "max_total_time_hours: .* up to 10000"),
        ({"dataset_limit_override": 0}, "dataset_limit_override: "),
        ({"batch_size_override": 1.5}, "batch_size_override: "),
        ({"timeout_multiplier": 0}, "timeout_multiplier: "),
        ({"verbose": 1}, "verbose: "),
    ],
)
def test_what_cannot_be_meant_is_refused(nowhere: Path, arguments: dict[str, object], words: str) -> None:
    """A ValueError names the parameter."""
    with pytest.raises(ValueError, match=words):
        AutomatedTrainer(**arguments)  # type: ignore[arg-type]
