"""A mode's screen on which the marked sessions' curves lie over the open session's own."""

from __future__ import annotations

import msgspec
from textual import work

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.charts.curve_pane import Picture
from autotrain_tui.tui.model.compared_curves import CURVE_COLOURS, Overlays, short_id
from autotrain_tui.tui.screens.base import ModeScreen
from autotrain_tui.tui.screens.chart_bindings import DrawingKeys

__all__ = ["LaidOver"]

_LOOK_EVERY = 5
"""Seconds between looks at marked sessions that may still run."""


class LaidOver(DrawingKeys, ModeScreen):
    """Part of a screen: reads the marked sessions, and draws a metric of all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.overlays = Overlays()
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
        await self.overlays.choose(self.app.sessions, [name for name in self.app.marked if name != own], 1)
        self.show_tracks()

    def picture(self, view: View, name: str, colour: str) -> Picture:
        """A metric of the open session, in `colour` where nothing lies over it, with those of the marked ones."""
        over = self.overlays.lines(name, self.drawing)
        own = self.app.tracks.picture(view, name, CURVE_COLOURS[0] if over else colour, self.drawing)
        if not over:
            return own
        label = short_id(view.folder.id)
        mine = tuple(msgspec.structs.replace(track, label=label) for track in own.tracks)
        end = max([own.end or 0.0, *(track.ends[1] for track in over)])
        return msgspec.structs.replace(own, tracks=(*over, *mine), end=end)
