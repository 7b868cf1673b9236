"""docs/classic-api.md: its examples run, and its figures are the real ones."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from autotrain_tui import ProgressiveConfigManager
from tests.api.projects import REPOSITORY, Project, environment
from tests.runner.rig import PATIENCE

TEXT = (REPOSITORY / "docs" / "classic-api.md").read_text()


@pytest.mark.process
def test_the_examples_run_one_after_the_other(project: Project) -> None:
    """As one program, in a project whose third stage fails."""
    project.order(fail_at=3)
    program = "\n".join(re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
    assert program.count("import") >= 4
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project.root,
        text=True,
        capture_output=True,
        env=environment(PYTHONPATH=str(REPOSITORY)),
        timeout=4 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SessionSummary(total_stages=2" in done.stdout
    assert "Stage 5: Perfection (massive data, minimal epochs) (dataset: 500) 10.0" in done.stdout
    assert "0.54 after" in done.stdout


def test_the_table_of_stages_is_the_ladder() -> None:
    """Number, words, examples, epochs, batch and minutes of each row."""
    rows = re.findall(r"^\| (\d) (.+?) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) min \|$", TEXT, re.MULTILINE)
    stages = ProgressiveConfigManager().get_all_stages_info()
    assert [
        (int(number), words, int(limit), int(epochs), int(batch), float(minutes))
        for number, words, limit, epochs, batch, minutes in rows
    ] == [
        (
            config.stage,
            config.description,
            config.dataset_limit,
            config.epochs,
            config.batch_size,
            round(info["estimated_time_minutes"], 6),
        )
        for info in stages.values()
        for config in [info["config"]]
    ]
