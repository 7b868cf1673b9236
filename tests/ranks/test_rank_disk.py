"""A disk that is full while several ranks print."""

from __future__ import annotations

import os

import pytest

from tests.faults.means import small_disk
from tests.faults.test_disk import fill
from tests.ranks.test_ranks import rank_logs, stage
from tests.runner.rig import plan, session, wait_for

pytestmark = pytest.mark.process

COUNTS = r"""
import os, time
missed = step = 0
while not os.path.exists("GO"):
    step += 1
    try:
        os.write(1, b"step %d\n" % step)
    except OSError:
        missed += 1
    time.sleep(0.005)
print("steps", step, "missed", missed, flush=True)
"""


def test_every_rank_has_room_on_a_full_disk(tmp_path, torchrun):
    """Room is kept ahead of each rank's log: on a full disk no rank loses a line, and it is given back at the end."""
    go = tmp_path / "go"
    with small_disk(60) as disk, session(disk, plan(stage(COUNTS.replace("GO", str(go))))) as rig:
        rig.start()
        folder = rig.folder.attempt(1, "a", 1)
        logs = [folder.rank_log(rank) for rank in range(2)]
        wait_for(
            lambda: all(log.exists() and log.stat().st_blocks * 512 >= 4 << 20 for log in logs),
            "room ahead of the logs",
        )
        filler = fill(disk)
        assert os.statvfs(disk).f_bavail == 0
        sizes = [log.stat().st_size for log in logs]
        wait_for(
            lambda: all(log.stat().st_size > size + 500 for log, size in zip(logs, sizes, strict=True)),
            "both to print on",
        )
        go.touch()
        wait_for(lambda: all("missed" in log for log in rank_logs(rig)), "the end of both")
        filler.unlink()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert all(" missed 0\n" in log for log in rank_logs(rig))
        assert all(log.stat().st_blocks * 512 < 1 << 20 for log in logs)
