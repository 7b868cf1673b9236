"""Documents about a session: what a stage is expected to take, and from where that is known."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from autotrain_tui.session.history.documents import show, stage_estimate
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.heartbeat import Live
from tests.tui.sessions import ELSEWHERE, make_session


def test_a_running_stage_is_estimated_by_its_own_progress(tmp_path: Path) -> None:
    """Its estimate is "live" once its log shows how far it is; elapsed against the old estimate is no news."""
    view = load_view(make_session(tmp_path, "running", host=ELSEWHERE))
    (running,) = view.session.active
    before = (running.info.estimate_seconds, "3 earlier sessions, ±10 %")
    cases = [
        ("estimate", 50.0, before),
        ("progress", None, before),
        ("progress", 50.0, (pytest.approx(running.elapsed(view.mono) + 50.0, abs=0.001), "live")),
    ]
    for source, eta, told in cases:
        at = msgspec.structs.replace(view, live={running.name: Live(1, eta_seconds=eta, eta_source=source)})
        assert stage_estimate(at, running) == told
        assert show(at)["stages"][running.info.index - 1]["estimate_source"] == told[1]
