"""Pictures of the screen, with every clock standing still (`pytest --snapshot-update` takes them anew)."""

from __future__ import annotations

import pytest

from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.log.pane import LogPane
from tests.tui.conftest import settle, still
from tests.tui.sessions import ELSEWHERE
from tests.tui.test_run_screen import shown


@pytest.mark.parametrize(
    ("state", "size", "theme"),
    [
        ("running", (120, 36), "autotrain-dark"),
        ("failed", (80, 24), "autotrain-dark"),
        ("finished", (200, 50), "autotrain-light"),
    ],
)
def test_the_run_screen_looks_as_it_did(open_app, snap_compare, monkeypatch, state, size, theme):
    """The three layouts, in both of our themes."""
    monkeypatch.setattr("autotrain_tui.tui.panes.plan_bar.clock_time", lambda _moment, _now: "16:42")
    app = open_app(state, host=ELSEWHERE)
    app.theme = theme

    async def ready(pilot):
        await shown(pilot)
        await settle(pilot, lambda: bool(app.curves.names(app.feed.view)) and app.machine.sample is not None)
        await settle(
            pilot,
            lambda: bool(app.screen.query(CurvePane)) and all(pane.is_mounted for pane in app.screen.query(CurvePane)),
        )
        app.mode_screen.refresh_view()
        app.mode_screen.show_curves()
        app.mode_screen.show_machine()
        await settle(
            pilot, lambda: all(pane.picture is not None for pane in app.screen.query(CurvePane) if pane.display)
        )
        await settle(pilot, lambda: app.screen.query(LogPane).first().shown.index.complete)
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=ready)
