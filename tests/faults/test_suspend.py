"""The machine is suspended while a session runs (FAULTS K2), injected by a library that sets two clocks ahead."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from autotrain_tui.runner.services.suspend_watch import AWAKE_LOOKS, SuspendWatch
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records import clock
from tests.faults.means import needs_compiler, preload
from tests.runner.rig import plan, python, session, wait_for
from tests.runner.stages import TRAINER


def alerts_of(*readings: float | None) -> list[str]:
    """The texts of the alerts that a watch raises whose clocks show these suspended seconds, one a look."""
    found: list[Alert] = []
    values = iter(readings)
    watch = SuspendWatch(found.append, lambda: next(values))
    for _ in readings[1:]:
        watch.look()
    return [alert.text for alert in found]


def test_a_suspend_is_one_alert() -> None:
    """An hour of suspend, waking for a moment in between, is one alert of its whole length; a second one is another."""
    awake = [0.0] * AWAKE_LOOKS
    texts = alerts_of(
        5.0, 5.0, 1805.0, 1805.0, 3605.0, *(3605.0 + one for one in awake), 3665.0, *[3665.0] * AWAKE_LOOKS
    )
    assert len(texts) == 2
    assert "suspended from" in texts[0]
    assert "(1 h)" in texts[0], texts
    assert "1 min" in texts[1], texts


def test_a_process_that_was_stopped_between_two_clocks_is_no_suspend() -> None:
    """Less than before is a process that was stopped while it read the clocks; so is the way back to the true value."""
    assert alerts_of(100.0, 100.0, -3500.0, 100.0, *[100.0] * (AWAKE_LOOKS + 1)) == []


def test_a_system_that_does_not_tell_raises_nothing() -> None:
    """Without a second clock nothing is said."""
    assert alerts_of(None, None, None, None, None, None) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"CLOCK_BOOTTIME": 7, "CLOCK_MONOTONIC": 1}, 60.0),
        ({"CLOCK_MONOTONIC": 7, "CLOCK_UPTIME_RAW": 1}, 60.0),
        ({"CLOCK_MONOTONIC": 1}, None),
    ],
    ids=["linux", "macos", "other"],
)
def test_each_system_has_its_clocks(monkeypatch: pytest.MonkeyPatch, names: dict[str, int], expected: float) -> None:
    """Linux and macOS have two clocks each, under other names; a system with one tells nothing."""
    times = {7: 160.0, 1: 100.0}
    monkeypatch.setattr(clock, "time", SimpleNamespace(**names, clock_gettime=times.__getitem__))
    assert clock.suspended_seconds() == expected


@needs_compiler
@pytest.mark.process
def test_a_suspended_machine_is_told_and_costs_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Suspended for two hours, with limits of minutes: an alert says from when to when, no limit is reached, the times
    that count are those awake, and the runner is at no moment told as not answering.
    """
    stage = {"name": "a", "command": python(TRAINER), "resumable": True, "timeout_minutes": 30, "estimate_minutes": 1}
    ahead = tmp_path / "ahead"
    monkeypatch.setenv("LD_PRELOAD", str(preload(tmp_path, "suspend")))
    monkeypatch.setenv("SUSPEND_FILE", str(ahead))
    with session(tmp_path, plan(stage, {"name": "b", "command": ["true"]}, max_hours=1)) as rig:
        began = time.monotonic()
        rig.start()
        rig.said("a", "step 3")
        wait_for(rig.folder.heartbeat.exists, "a heartbeat")
        ahead.write_text("7200")
        silences = set()

        def told() -> list[str]:
            silences.add(rig.view().silence)
            return [event.text for event in rig.events if isinstance(event, Alert) and event.kind == "suspended"]

        texts = wait_for(told, "the alert")
        assert len(texts) == 1
        assert "(2 h)" in texts[0], texts
        assert rig.stage("a").state == "running"
        assert rig.ask("skip", "b").accepted
        (rig.folder.path / "go").touch()
        view = rig.end()
        spent = time.monotonic() - began
        assert rig.outcome() == "succeeded", rig.tell()
        assert silences == {""}
        assert view.elapsed_seconds <= spent < 600
        assert view.session.stages[0].attempts[0].end.elapsed_seconds <= spent
        assert [alert["kind"] for alert in show(view)["alerts"]] == ["suspended"]
