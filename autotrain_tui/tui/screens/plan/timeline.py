"""The Plan screen's timeline: stages as bars, of a plan or of the session, with a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotrain_tui.tui.model.schedule import Schedule, TimelineRow, row_name
from autotrain_tui.tui.panes.timeline_pane import axis_line
from autotrain_tui.tui.widgets.line import Line
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["Timeline"]


class Timeline:
    """What the timeline shows: the plan's schedule or the session's, whichever was drawn last."""

    def __init__(self, screen: ModeScreen) -> None:
        self._screen = screen
        self.schedule: Schedule | None = None
        """None: nothing that may stay while a plan can't be resolved."""

    @property
    def row(self) -> TimelineRow | None:
        """The row under the cursor."""
        row = self._list.highlighted if self._screen.whole else None
        return row if isinstance(row, TimelineRow) else None

    @property
    def _list(self) -> ListView[TimelineRow]:
        return self._screen.query_one("#timeline", ListView)

    def axis_line(self, width: int) -> Line:
        """The heading over the bars."""
        schedule = self.schedule
        known = schedule is not None and any(row.end for row in schedule.rows)  # without an estimate there is no scale
        return axis_line(schedule.axis if schedule is not None and known else None, width)

    def show(self, schedule: Schedule) -> None:
        """Draw this schedule, the cursor on the stage that it was on."""
        self.schedule = schedule
        self._list.show(schedule.rows, same=row_name)

    def go(self, place: int) -> None:
        """Put the cursor on a row."""
        self._list.go(place)
