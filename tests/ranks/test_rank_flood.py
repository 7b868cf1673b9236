"""A rank that prints faster than its log is read."""

from __future__ import annotations

import pytest

from autotrain_tui.session.history.metric_points import sampled_of, series_of
from autotrain_tui.session.journal.session_view import load_view
from tests.ranks.test_ranks import stage
from tests.runner.rig import plan, session, wait_for

pytestmark = pytest.mark.process

STEPS = 400_000
PRINTS = f"""
import os, sys
if os.environ["RANK"] == "0":
    sys.stdout.write("".join(f"step {{step}} loss 0.5 " + "x" * 60 + chr(10) for step in range({STEPS})))
else:
    print("step 7 loss 1.5", flush=True)
"""


def test_a_flood_of_one_rank_is_whole_after_the_end(tmp_path, torchrun):
    """The log of the rank that metrics are read from is read again, and the other rank's readings stay."""
    with session(tmp_path, plan(stage(PRINTS, distributed={"metrics_from": "all"}))) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        folder = view.folder.at(view.session.stages[0].attempts[0].folder)
        if not (folder.path / "readings.sampled.json").exists():
            pytest.skip("this machine read all of it while it was printed")
        wait_for(lambda: not sampled_of(load_view(view.folder)), "the log is read again")
        found = {series.name: series.points for series in series_of(load_view(view.folder))}
        assert [point[0] for point in found["loss"]] == list(range(STEPS))
        assert [point[:2] for point in found["rank1/loss"]] == [(7, 1.5)]
