"""A mode's screen on which the marked sessions' curves lie over the open session's own."""

from __future__ import annotations

import msgspec
from textual import work

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.model.compared_curves import CURVE_COLOURS, ComparedCurves, short_id
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.screens.base.chart_settings import DrawingKeys
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["LaidOver"]

_LOOK_EVERY = 5
"""Seconds between looks at marked sessions that may still run."""


class LaidOver(DrawingKeys, ModeScreen):
    """Part of a screen: reads the marked sessions, and draws a metric of all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.compared = ComparedCurves()
        self._seconds = 0

    def tick(self, _view: View) -> None:
        """Once in a while: the marked sessions that run."""
        self._seconds += 1
        if self._seconds % _LOOK_EVERY == 0 and self.app.marked:
            self._lay_over()

    def on_screen_resume(self) -> None:
        """Other sessions may be marked now."""
        super().on_screen_resume()
        self._lay_over()

    @work(group="overlay", exclusive=True, exit_on_error=False)
    async def _lay_over(self) -> None:
        own = self.view.folder.id if self.view is not None else ""
        await self.compared.choose(self.app.sessions, [name for name in self.app.marked if name != own], 1)
        self.show_curves()

    def picture(self, view: View, name: str, colour: str) -> Picture:
        """A metric of the open session, in `colour` where nothing lies over it, with those of the marked ones."""
        over = self.compared.lines(name, self.drawing)
        own = self.app.curves.picture(view, name, CURVE_COLOURS[0] if over else colour, self.drawing)
        if not over:
            return own
        label = short_id(view.folder.id)
        mine = tuple(msgspec.structs.replace(curve, label=label) for curve in own.curves)
        end = max([own.end or 0.0, *(curve.ends[1] for curve in over)])
        return msgspec.structs.replace(own, curves=(*over, *mine), end=end)
