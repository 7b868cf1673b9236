"""Pictures of Metrics mode, with every clock standing still (`pytest --snapshot-update` takes them anew)."""

from __future__ import annotations

import pytest

from autotrain_tui.tui.panes.metric_panes import GridCurve
from autotrain_tui.tui.screens.metrics.screen import MetricsScreen
from tests.tui.conftest import settle, still
from tests.tui.sessions import ELSEWHERE
from tests.tui.test_run_screen import shown


@pytest.mark.parametrize(
    ("size", "theme", "keys"), [((120, 36), "autotrain-dark", ()), ((80, 24), "autotrain-light", ("z", "left", "left"))]
)
def test_metrics_look_as_they_did(open_app, snap_compare, size, theme, keys):
    """The grid beside its list, and one curve alone with its read-out."""
    app = open_app("finished", host=ELSEWHERE)
    app.theme = theme

    async def ready(pilot):
        await shown(pilot)
        await pilot.press("2")
        await settle(
            pilot,
            lambda: (
                isinstance(app.screen, MetricsScreen)
                and sum(pane.picture is not None for pane in app.screen.query(GridCurve)) == 2
            ),
        )
        await pilot.press(*keys)
        app.mode_screen.show_curves()
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=ready)
