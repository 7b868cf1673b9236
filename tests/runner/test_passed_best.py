"""What the runner says of curves: live once, at the end with the checkpoint that belongs to the best value."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from autotrain_tui.runner.attempt.nearest_checkpoint import BestMoment, nearest_checkpoint
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.events import Alert, AttemptEnded

from .rig import python, session

PROGRAM = """
import os, pathlib
folder = pathlib.Path(os.environ["AUTOTRAIN_CHECKPOINT_DIR"])
folder.mkdir(parents=True, exist_ok=True)
values = [1.1, 0.9, 0.75, 0.66, 0.6, 0.55, 0.52, 0.514, 0.53, 0.56, 0.59, 0.612]
for epoch, value in enumerate(values, 1):
    print(f"epoch {epoch}/12 train_loss {1 / epoch:.4f} val_loss {value}", flush=True)
    (folder / f"epoch-{epoch}.pt").touch()
"""


@pytest.mark.process
def test_a_stage_that_passed_its_best_ends_with_the_sentence(tmp_path: Path) -> None:
    """One notice while it runs or none, one sentence at its end, and it names the file of that epoch."""
    plan = {"name": "t", "stage": [{"name": "a", "command": python(PROGRAM)}]}
    with session(tmp_path, plan) as rig:
        rig.start()
        view = rig.end()
    said = show(view)["stages"][0]["attempts"][0]["past_best"]
    assert said["text"] == (
        "val_loss was best at epoch 8 of 12 (0.514) and has risen by 19 % since, while train_loss fell: "
        "the last checkpoint is not the best; the one written nearest to it is epoch-8.pt"
    )
    assert (said["metric"], said["best"], said["best_epoch"]) == ("val_loss", 0.514, 8.0)
    assert Path(said["checkpoint"]).name == "epoch-8.pt"
    assert sum(isinstance(event, Alert) and event.kind == "past_best" for event in rig.events) == 1
    assert sum(isinstance(event, AttemptEnded) for event in rig.events) == 1


def nearest(folder: Path, moment: BestMoment) -> str | None:
    found = asyncio.run(nearest_checkpoint([folder, folder / "missing"], 1000.0, moment))
    return found.name if found is not None else None


def checkpoint(folder: Path, name: str, written: float) -> None:
    (folder / name).touch()
    os.utime(folder / name, (written, written))


def test_the_file_must_be_nearer_to_the_best_than_to_any_other_reading(tmp_path: Path) -> None:
    """A file that was written after a later reading is not the best one's; nor is one of an earlier training."""
    moment = BestMoment(2000.0, 1900.0, 2100.0, 800, 8.0)
    checkpoint(tmp_path, "last.pt", 2400.0)
    checkpoint(tmp_path, "old.pt", 900.0)
    checkpoint(tmp_path, "notes.txt", 2001.0)
    assert nearest(tmp_path, moment) is None
    checkpoint(tmp_path, "best.pt", 2004.0)
    assert nearest(tmp_path, moment) == "best.pt"


def test_names_decide_where_times_can_not(tmp_path: Path) -> None:
    """Epochs of less than seconds: the only file with the epoch in its name, or none."""
    moment = BestMoment(2000.0, 1999.5, 2000.5, None, 8.0)
    for epoch in (7, 8, 80):
        checkpoint(tmp_path, f"epoch={epoch}.ckpt", 2000.0)
    assert nearest(tmp_path, moment) == "epoch=8.ckpt"
    checkpoint(tmp_path, "model-epoch08.pt", 2000.0)
    assert nearest(tmp_path, moment) is None
    assert nearest(tmp_path, moment._replace(epoch=9.0)) is None
