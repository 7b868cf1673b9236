"""The readings of the current metric in figures, below the side list where that leaves room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotrain_tui.tui.model.metric_colours import CURVE_COLOURS
from autotrain_tui.tui.model.newest_readings import MetricReadings
from autotrain_tui.tui.model.session_curves import goal_of
from autotrain_tui.tui.panes.metric_readings import ReadingsPane
from autotrain_tui.tui.panes.session_facts import SessionFactsPane
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.screen import Screen

    from autotrain_tui.session.journal.state import Stage
    from autotrain_tui.tui.model.host import Host

__all__ = ["LatestReadings"]

_FRAME = 2
_OTHER_LINES = 3
"""The header above the panes, and the two lines of keys below them."""


class LatestReadings:
    """Decides whether there is room for the readings, and fills their pane."""

    def __init__(self, screen: Screen[None], host: Host) -> None:
        self._screen, self._host = screen, host

    def show(self, name: str, colours: Mapping[str, str], *, alone: bool) -> None:
        """Draw the readings of this metric; `alone`: of one session, else there is a legend in their place."""
        screen, view = self._screen, self._host.view
        pane = screen.query_one("#readings", ReadingsPane)
        pane.display = bool(name) and alone and self._has_room
        screen.query_one("#series").set_class(pane.display, "-brief")
        if view is None or not pane.display:
            return
        begun = sorted((stage for stage in view.session.every_stage if stage.attempts), key=_began, reverse=True)
        found = ((stage.name, self._host.curves.series_of_stage(stage.name, name)) for stage in begun)
        stages = tuple((stage, series) for stage, series in found if series is not None and len(series))
        pane.show(MetricReadings(name, colours.get(name, CURVE_COLOURS[0]), goal_of(view, name), stages))

    @property
    def _has_room(self) -> bool:
        """Whether list and facts leave as many lines as the readings need at least."""
        screen = self._screen
        height = screen.size.height - _OTHER_LINES
        width = max(1, screen.query_one("#side").size.width - _FRAME)
        facts = screen.query_one(SessionFactsPane)
        taken = screen.query_one("#series", ListView).wanted_height(width) + _FRAME
        if facts.display:
            taken += min(facts.wanted_height(width) + _FRAME, int(height * 0.6))
        return height - taken >= ReadingsPane.LEAST_HEIGHT


def _began(stage: Stage) -> str:
    return stage.attempts[0].started
