"""The screens on an imported session: they show its numbers."""

from __future__ import annotations

from autotrain_tui.session.launch.import_runs import import_runs
from autotrain_tui.tui.app import AutotrainApp
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.screens.history.screen import HistoryScreen
from autotrain_tui.tui.screens.metrics.screen import MetricsScreen
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.conftest import settle
from tests.tui.test_run_screen import shown, text_of


async def test_run_metrics_and_history_show_it(tmp_path):
    """The stage is `imported`, its curve is drawn, History lists it."""
    (tmp_path / "m.csv").write_text("step,val_loss\n" + "".join(f"{step},{1 / (1 + step)}\n" for step in range(50)))
    folder = import_runs(tmp_path / "m.csv", tmp_path / "sessions")
    app = AutotrainApp(None, tmp_path / "sessions", folder.id)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert "↓ 1 m.csv" in text_of(app.screen.query_one(StageList))
        assert app.screen.query_one(StageList).view.session.stages[0].state == "imported"
        await pilot.press("2")
        await settle(pilot, lambda: isinstance(app.screen, MetricsScreen))
        await settle(pilot, lambda: "1.0┤" in text_of(app.screen.query_one("#curve-0")))
        await pilot.press("3")
        await settle(
            pilot,
            lambda: (
                isinstance(app.screen, HistoryScreen) and len(app.screen.query_one("#sessions", ListView).entries) == 1
            ),
        )
