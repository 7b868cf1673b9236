"""`metric_files` with the writers that people use: every point that they wrote, live, each once.

All but `csv` need the writer in this interpreter, or in the one that AUTOTRAIN_TENSORBOARD_PYTHON names.
"""

from __future__ import annotations

import functools
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.metrics.files.metric_files import MetricFiles
from tests.runner.rig import plan, session, wait_for
from tests.runner.test_metric_files import rows

PYTHON = os.environ.get("AUTOTRAIN_TENSORBOARD_PYTHON") or sys.executable
SCRIPT = Path(__file__).with_name("write_with_real.py")
RECORDED = Path(__file__).with_name("recorded_files")
PACKAGES = {
    "torch": "torch.utils.tensorboard",
    "tensorboardX": "tensorboardX",
    "tensorboard": "tensorboard",
    "lightning": "lightning.pytorch.loggers",
    "csv": "csv",
}


@functools.cache
def has(package: str) -> bool:
    return subprocess.run([PYTHON, "-c", f"import {package}"], capture_output=True).returncode == 0


@pytest.mark.service
@pytest.mark.process
@pytest.mark.parametrize("writer", PACKAGES)
def test_every_point_of_a_real_writer_is_read_live(tmp_path: Path, writer: str) -> None:
    """Half of them while the program runs, the others by its end, with the digits that the file has."""
    if not has(PACKAGES[writer]):
        pytest.skip(f"needs {PACKAGES[writer]}, here or in the interpreter of AUTOTRAIN_TENSORBOARD_PYTHON")
    stage = {
        "name": "a",
        "command": [PYTHON, str(SCRIPT), writer, str(tmp_path / "out")],
        "metric_files": ["out/**/*.csv", "out/**/events.out.tfevents.*"],
    }
    with session(tmp_path, plan(stage)) as rig:
        rig.start()
        wait_for(
            lambda: len([row for row in rows(rig) if row[1] == "train/loss"]) == 5, f"the first half: {rig.tell()}"
        )
        (tmp_path / "out" / "go").touch()
        rig.end()
        found: dict[str, list[list[float]]] = {}
        for _, name, value, step, epoch in rows(rig):
            found.setdefault(name, []).append([step if step is not None else epoch, value])
        assert found == json.loads((tmp_path / "out" / "truth.json").read_text())


@pytest.mark.parametrize("writer", [folder.name for folder in sorted(RECORDED.iterdir())])
def test_recorded_files_of_real_writers(tmp_path: Path, writer: str) -> None:
    """What `write_with_real.py` made with tensorboard 2.21.0, tensorboardX 2.6.5, torch 2.13.0 and lightning 2.6.6."""
    shutil.copytree(RECORDED / writer, tmp_path / "out")
    files = MetricFiles(["out/**/*.csv", "out/**/*tfevents*"], tmp_path, {})
    found: dict[str, list[list[float]]] = {}
    for batch in files.look():
        for name, value, step, epoch, _ in batch.points:
            if math.isfinite(value):
                found.setdefault(name, []).append([step if step is not None else epoch, value])
    assert found == json.loads((tmp_path / "out" / "truth.json").read_text())
    assert files.troubles() == []
