"""What the screen's tests share: sessions made by hand, no animation, a machine that never changes."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from textual.css.query import NoMatches

from autotrain_tui.gauges.sample import (
    CpuSample,
    DiskSample,
    GpuProcess,
    GpuReading,
    GpuSample,
    MachineSample,
    MemorySample,
    NetSample,
    ProcessSample,
    StageShare,
)
from autotrain_tui.tui.app import AutotrainApp
from autotrain_tui.tui.charts.dot_canvas import chosen_dots, toggle_dots
from autotrain_tui.tui.model.machine_feed import MachineFeed
from tests.tui.sessions import make_session


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_DRIVER"):
        monkeypatch.delenv(name, raising=False)
    # nobody writes the heartbeats of sessions made by hand: on a busy machine a test takes longer than a runner may
    monkeypatch.setattr("autotrain_tui.session.journal.session_view.SILENT_SECONDS", 3600.0)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none", raising=False)


@pytest.fixture(autouse=True)
def _same_dots():
    """A test that changes what curves are drawn with changes it for itself."""
    before = chosen_dots()
    yield
    while chosen_dots() is not before:
        toggle_dots()


def machine_sample(gpus: int = 1, stages: tuple[str, ...] = ()) -> MachineSample:
    """A machine at work, the same every time."""
    gib = 1 << 30
    cards = tuple(
        GpuSample(
            vendor="nvidia",
            index=at,
            name="NVIDIA H100 80GB",
            utilisation=98.0 - 7 * at,
            memory_used=int(61.2 * gib),
            memory_total=80 * gib,
            temperature=71.0,
            power=640.0,
            power_limit=700.0,
            clock=1755,
            processes=(GpuProcess(4245, 58 * gib),),
        )
        for at in range(gpus)
    )
    reading = GpuReading(cards, None if gpus else "no GPU found (NVML: library not found)", 1.0)
    process = ProcessSample(4245, 4240, 1, "python train.py", "R", 212.0, int(3.4 * gib), 34, 58 * gib)
    share = StageShare((process,), 212.0, int(3.4 * gib), 34, 58 * gib)
    return MachineSample(
        1.0,
        CpuSample(34.0, (30.0, 38.0, 20.0, 48.0), (5.4, 4.0, 3.2), 4),
        MemorySample(int(18.2 * gib), 128 * gib, 0, 0),
        DiskSample(412 * gib, 900 * gib, 0.0, 12e6, "nvme0"),
        NetSample(1000.0, 2000.0),
        reading,
        dict.fromkeys(stages, share),
    )


class StillMachine(MachineFeed):
    """Gauges that show the same sample for ever."""

    def __init__(self, sample: MachineSample) -> None:
        super().__init__(Path("/"))
        self._still = sample

    async def measure(self, roots, then=lambda: None):
        self.sample = self._still
        then()
        return True

    def curves(self):
        return {"cpu": (10.0, 30.0, 34.0), "gpu0.use": (90.0, 95.0, 98.0)}


@pytest.fixture
def open_app(tmp_path):
    """Makes the application on a session in some state (None: at home)."""

    def make(state: str | None, *, host: str | None = None, gpus: int = 1, project: Path | None = None) -> AutotrainApp:
        from autotrain_tui.tui.app import HomeApp

        sessions = tmp_path / "sessions"
        folder = make_session(sessions, state, host=host) if state is not None else None
        app = (AutotrainApp if folder is not None else HomeApp)(project, sessions, folder.id if folder else None)
        app.machine = StillMachine(machine_sample(gpus, ("refinement",)))
        return app

    return make


async def settle(pilot, until=lambda: True, seconds=60.0):
    """Let the application work until `until` holds (at most some seconds); what is not mounted yet does not hold."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await pilot.pause()
        with suppress(NoMatches):
            if pilot.app.mode_screen is not None and pilot.app.mode_screen.is_mounted and until():
                await pilot.pause()
                return
        await pilot.pause(0.02)
    raise AssertionError("the screen never came to that state")


async def still(pilot, seconds=60.0):
    """Wait until the picture has not changed over three looks."""
    looks = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await pilot.pause(0.1)
        looks.append(pilot.app.export_screenshot())
        if len(looks) > 2 and looks[-1] == looks[-2] == looks[-3]:
            return
    raise AssertionError("the picture never stood still")
