"""What a stage of the open session has given so far, in a window with room: its curve, and the end of its log."""

from __future__ import annotations

from textual.app import ComposeResult

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.session_view import View, log_of
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.model.metric_colours import metric_colours
from autotrain_tui.tui.model.session_curves import SessionCurves
from autotrain_tui.tui.model.stage_curve import stage_picture
from autotrain_tui.tui.widgets.container import PlainContainer

__all__ = ["StageOutput"]

_NO_METRIC = "No metric yet."


class StageOutput(PlainContainer):
    """The log, and the curve in a pane elsewhere on the screen. Hidden, it reads and draws nothing."""

    _shown: tuple[View, Stage, SessionCurves] | None = None

    def compose(self) -> ComposeResult:
        """The log's pane."""
        yield LogPane(id="tail")

    def show(self, view: View, stage: Stage, curves: SessionCurves) -> None:
        """Draw this stage, which has begun."""
        self._shown = view, stage, curves
        if self.size.area:
            self._draw(view, stage, curves)

    def on_resize(self) -> None:
        """It may have come into sight."""
        if self._shown is not None and self.size.area:
            self._draw(*self._shown)

    def _draw(self, view: View, stage: Stage, curves: SessionCurves) -> None:
        names = curves.names(view)
        name = view.session.metric_name or (names[0] if names else None)
        colours = metric_colours(names)
        picture = Picture("Metric", empty=_NO_METRIC)
        if name is not None:
            picture = stage_picture(view, curves, stage, name, colours.get(name, "curve-1"))
        self.screen.query_one("#curve", CurvePane).show(picture)
        log, attempt = self.query_one(LogPane), stage.attempts[-1]
        log.rows.know_metrics(colours)
        try:
            path = log_of(view.folder, attempt)
        except RecordsError:
            return
        live = stage.state in ACTIVE
        log.show(path, f"{stage.info.index} {sanitize(stage.name)} · attempt {attempt.number}", live=live)
