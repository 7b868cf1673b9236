"""The course of a digits training, within this process: starts, resumes, and what it learns."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.stages.digits_program import program_modules


@pytest.fixture(scope="module")
def course():
    with program_modules("course") as [module]:
        yield module


class Stage:
    """One stage's folder; `run` trains in it and returns the exit code."""

    def __init__(self, course, folder: Path) -> None:
        self.course, self.folder, self.checkpoints = course, folder, folder / "checkpoints"

    def run(self, limit=160, epochs=2, batch=32, *, resume=False, previous=None, stop_after=None) -> int:
        flags = SimpleNamespace(stop=False, checkpoint=False)
        if stop_after is not None:
            flags = StopsAfter(stop_after)
        given = Namespace(
            dataset_limit=limit,
            epochs=epochs,
            batch_size=batch,
            scale=1.0,
            seed=0,
            lr=None,
            resume=resume,
            checkpoint_dir=str(self.checkpoints),
            previous_checkpoint_dir=str(previous) if previous else None,
            metrics=None,
            results=[str(self.folder / "result.json")],
        )
        return self.course.train(given, flags)

    @property
    def result(self) -> dict[str, float]:
        return json.loads((self.folder / "result.json").read_text())


class StopsAfter:
    """A request to stop that comes after a number of batches."""

    checkpoint = False

    def __init__(self, batches: int) -> None:
        self.left = batches

    @property
    def stop(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture
def stage(course, tmp_path):
    return Stage(course, tmp_path)


@pytest.fixture(scope="module")
def straight_result(course, tmp_path_factory):
    """The figures of an undisturbed training."""
    straight = Stage(course, tmp_path_factory.mktemp("straight"))
    assert straight.run() == 0
    return straight.result


@pytest.mark.parametrize("batches", [0, 1, 5, 6, 9])
def test_stop_at_any_batch_and_resume(course, straight_result, tmp_path, batches):
    """Wherever the stop comes, the resumed training has the same figures as an undisturbed one."""
    broken = Stage(course, tmp_path)
    assert broken.run(stop_after=batches) == 143
    assert not (broken.folder / "result.json").exists()
    assert broken.run(resume=True) == 0
    assert broken.result == straight_result


def test_stop_after_the_last_batch(stage):
    """A stop that finds nothing left to learn doesn't throw the result away."""
    assert stage.run(stop_after=10) == 0
    assert stage.result


def test_resume_when_only_the_result_was_missing(stage, capsys):
    """A resume after the last epoch trains nothing and writes the same result."""
    assert stage.run() == 0
    first = stage.result
    (stage.folder / "result.json").unlink()
    capsys.readouterr()
    assert stage.run(resume=True) == 0
    assert stage.result == first
    assert "accuracy" not in capsys.readouterr().out


def test_resume_with_another_batch_size(stage, capsys):
    """A retry with changed parameters keeps the weights and begins the epoch again, and says so."""
    assert stage.run(stop_after=7) == 143
    assert stage.run(batch=16, resume=True) == 0
    assert "epoch 2 begins again" in capsys.readouterr().out


def test_resume_without_a_checkpoint(stage, capsys):
    """There is nothing to go on from: it says so and begins."""
    assert stage.run(resume=True) == 0
    assert "no checkpoint to go on from" in capsys.readouterr().out


def test_start_without_resume_begins_anew(stage, straight_result):
    """A checkpoint that lies there is of no interest unless a resume is asked for."""
    assert stage.run(stop_after=7) == 143
    assert stage.run() == 0
    assert stage.result == straight_result


def test_later_stage_starts_warm_and_is_better(course, tmp_path, capsys):
    """A stage with more data goes on from the earlier weights: held-out accuracy rises clearly."""
    first, second = Stage(course, tmp_path / "first"), Stage(course, tmp_path / "second")
    assert first.run(320, 4) == 0
    assert second.run(1600, 2, 64, previous=first.checkpoints) == 0
    assert "warm start" in capsys.readouterr().out
    assert second.result["accuracy"] > first.result["accuracy"] + 0.05


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"not a checkpoint"])
def test_checkpoint_that_is_none(stage, capsys, content):
    """A file that is no checkpoint ends the program with 1 and its path, instead of losing a training silently."""
    stage.checkpoints.mkdir()
    (stage.checkpoints / "latest.npz").write_bytes(content)
    assert stage.run(resume=True) == 1
    assert f"error: {stage.checkpoints / 'latest.npz'}" in capsys.readouterr().out


def test_checkpoint_folder_that_cannot_be_written(stage, capsys):
    """A checkpoint that can't be saved ends the program with 1 and the path: training on would lose everything."""
    stage.checkpoints.write_text("in the way")
    assert stage.run() == 1
    assert str(stage.checkpoints) in capsys.readouterr().out
