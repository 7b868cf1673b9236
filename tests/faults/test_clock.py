"""The wall clock jumps while a session runs (FAULTS K1): durations, limits, commands and order don't care."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.journal.session_view import load_view
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

JUMPING = """
import os, sys, time
real, path = time.time, sys.argv[1] + "/shift"
def shifted():
    try:
        return real() + float(open(path).read() or 0)
    except (OSError, ValueError):
        return real()
time.time = shifted
time.time_ns = lambda: int(shifted() * 1e9)
from autotrain_tui.runner.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
"""A runner whose wall clock is ahead by the seconds that stand in a file of the session's folder."""


def start(rig: Rig) -> None:
    with open(rig.folder.runner_log, "ab") as log:
        rig.runners.append(
            subprocess.Popen(
                [sys.executable, "-P", "-c", JUMPING, str(rig.folder.path)],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        )


def jump(rig: Rig, seconds: float) -> None:
    """Set the clock; wait until the runner has written something by it."""
    (rig.folder.path / "shift").write_text(str(seconds))
    assert rig.ask("budget", args={"seconds": 7200}).accepted


def test_a_year_ahead_an_hour_back(tmp_path: Path) -> None:
    """+1 h, +1 year, -1 h, back: no timeout fires, elapsed times and the budget are those of the monotonic clock, each
    command is taken, the records keep their order, and figures come at their rate.
    """
    stage = {"name": "a", "command": python(TRAINER), "resumable": True, "timeout_minutes": 10, "estimate_minutes": 1}
    with session(tmp_path, plan(stage, {"name": "b", "command": ["true"]}, max_hours=1)) as rig:
        start(rig)
        rig.said("a", "step 3")
        for seconds in (3600, 365 * 86400, -3600, 0):
            jump(rig, seconds)
            beat = rig.folder.heartbeat.read_bytes()
            wait_for(lambda beat=beat: rig.folder.heartbeat.read_bytes() != beat, "the next heartbeat")
            view = load_view(rig.folder)
            assert str(view.session.stages[0].state) == "running"
            assert 0 < view.elapsed_seconds < 120
            eta = view.live["a"].eta_seconds
            assert eta is None or 0 <= eta < 3600
        jump(rig, -86400)
        assert rig.ask("freeze").accepted
        jump(rig, 86400)
        assert rig.ask("resume").accepted
        (rig.folder.path / "go").touch()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert 0 < view.session.stages[0].attempt.run_seconds < 120
        events = read_journal(rig.folder.journal).events
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.mono for event in events] == sorted(event.mono for event in events)
        assert sorted(event.time for event in events) != [event.time for event in events], "the clock did jump"
        assert not load_view(rig.folder).problems
