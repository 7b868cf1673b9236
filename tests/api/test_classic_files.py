"""`init --classic`: the entry points of the old system, each of its lines as it was written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from tests.api.projects import REPOSITORY, Project, environment
from tests.runner.rig import PATIENCE

COMMANDS = [
    "automated_training_refactored.py",
    "automated_training_refactored.py --dataset-limit 100 --max-hours 1",
    "automated_training_refactored.py --test-config",
    "automated_training_refactored.py --mode production --max-hours 24",
    "automated_training.py --test-config",
    "automated_training.py --dataset-limit 50 --max-hours 0.5",
    "automated_training.py --timeout-multiplier 3.0",
    "automated_training.py --max-hours 12 --dataset-limit 1000",
    "automated_training.py --verbose",
]
"""The command lines of the old system's text."""

PROGRAM = """
from training.automated_training import AutomatedTrainer
from training.automated_training import ProgressiveConfigManager
from training.automated_training import TrainingStageRunner
from training.automated_training import SessionManager, CLIInterface, StageConfig, StageResult, SessionSummary
from training.automated_training.automated_trainer import AutomatedTrainer as Same
from training.automated_training.progressive_config import ProgressiveConfigManager as Configs
from training.automated_training.stage_runner import TrainingStageRunner as Runner
from training.automated_training.session_manager import SessionManager as Manager
from training.automated_training.cli_interface import CLIInterface as Interface
from training.automated_training.types import StageConfig as Config
from automated_training import AutomatedTrainer as Old
assert Old is Same is AutomatedTrainer and Config is StageConfig

config_manager = ProgressiveConfigManager()
stages = config_manager.get_all_stages_info()
print(f"stages: {len(stages)}")
config_manager = ProgressiveConfigManager(dataset_limit_override=100)
for stage in range(1, 6):
    config = config_manager.get_stage_config(stage)
    print(f"Stage {stage}: {config.description}")

stage_config = config_manager.get_stage_config(1)
runner = TrainingStageRunner(mode="development")
result = runner.run_stage(stage_config, 8.0)
print(result.success, result.final_similarity)
trainer = AutomatedTrainer(mode="development")
print(trainer.session_manager.get_session_summary())
"""
"""The Python lines of the old system's text."""


@pytest.fixture
def classic(project: Project) -> Project:
    """A project with the entry points."""
    assert cli.main(["init", "--classic", "--project", str(project.root)]) == 0
    return project


def run(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=project.root,
        text=True,
        capture_output=True,
        env=environment(PYTHONPATH=str(REPOSITORY)),
        timeout=4 * PATIENCE,
        check=False,
    )


@pytest.mark.process
def test_each_command_line_runs(classic: Project) -> None:
    """They train with the classic figures; a stage that fails ends each after its first, with exit status 1."""
    for line in COMMANDS:
        classic.order(fail_at=len(classic.calls) + 1)
        before = len(classic.calls)
        done = run(classic, *line.split())
        if "--test-config" in line:
            assert (done.returncode, len(classic.calls)) == (0, before), done.stderr
            assert "Stage 5: Perfection" in done.stdout
        else:
            assert (done.returncode, len(classic.calls)) == (1, before + 1), done.stderr
            words = line.split()
            limit = int(words[words.index("--dataset-limit") + 1]) if "--dataset-limit" in words else 2000
            assert classic.calls[-1]["dataset_limit"] == limit


@pytest.mark.process
def test_each_import_works(classic: Project) -> None:
    """The package, its modules and the old single module have the same classes, and they train."""
    done = run(classic, "-c", PROGRAM)
    assert done.returncode == 0, done.stderr
    assert "stages: 5" in done.stdout
    assert "Stage 5: Perfection" in done.stdout
    assert "True 0.51" in done.stdout


def test_nothing_is_overwritten(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Files that are there stay, and a folder `training` that is there is made no package."""
    mine = project.root / "automated_training.py"
    mine.write_text("mine")
    (project.root / "training").mkdir()
    assert cli.main(["init", "--classic", "--project", str(project.root)]) == 0
    assert mine.read_text() == "mine"
    assert "kept 1 existing file" in capsys.readouterr().out
    assert not (project.root / "training" / "__init__.py").exists()
    assert not (project.root / "stages" / "classic.toml").exists(), "there is a plan already"


def test_a_project_without_a_plan_gets_the_classic_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan for a smart_resume_training.py, so that the commands have something to run."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init", "--classic"]) == 0
    capsys.readouterr()
    assert cli.main(["plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"] == "classic"
