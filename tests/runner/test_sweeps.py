"""Searches with the real runner: trials as stages, rungs, the winner, and what kills and failures make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.session.history.documents import row, show
from tests.runner.rig import session
from tests.runner.sweeps import RATES, search, search_plan

pytestmark = pytest.mark.process


def test_a_grid_runs_each_trial_as_a_stage_of_its_own_and_names_the_best(tmp_path: Path) -> None:
    """A grid search is one stage to whoever counts, its trials run as stages, and the session goes on with the best."""
    after = {"name": "after", "epochs": 2, "command": ["echo", "{best_lr}", "{lr}", "{previous_checkpoint_dir}"]}
    grid = {"name": "search", "epochs": 3, "sweep": {"method": "grid", "params": {"lr": [0.1, 0.32, 0.9]}}}
    with session(tmp_path, search_plan(grid, after, jobs=2)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        document = show(view)
        assert [stage["name"] for stage in document["stages"]] == ["search", "after"]
        found = document["stages"][0]
        assert (found["state"], found["sweep"]["winner"], found["sweep"]["trials"]) == ("succeeded", "search.02", 3)
        assert found["sweep"]["params"] == {"lr": 0.32}
        assert [trial["state"] for trial in found["trials"]] == ["succeeded"] * 3
        assert (row(view)["stages_done"], row(view)["stages_total"]) == (2, 2)
        folder = rig.folder.path / "stages" / "1-search.02" / "checkpoints"
        assert folder.is_dir()
        assert rig.log("after").split() == ["0.32", "0.32", str(folder)]


def test_halving_lets_losers_rest_and_goes_on_with_the_best(tmp_path: Path) -> None:
    """A trial that is not promoted is paused at its rung; at the end those that rest are stopped, and the best wins."""
    with session(tmp_path, search_plan(search(), env={"PACE": "0.12"})) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        found = show(view)["stages"][0]
        assert found["sweep"]["winner"] == "search.03", found["trials"]
        assert found["sweep"]["params"] == {"lr": RATES[2]}
        pruned = [trial for trial in found["trials"] if trial["reason"].startswith("pruned at rung ")]
        assert len(pruned) >= 4, found["trials"]
        assert {trial["state"] for trial in pruned} == {"stopped"}
