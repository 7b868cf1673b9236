"""The marked sessions' curves, drawn together with the open session's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.tui.model.compared_curves import ComparedCurves, short_id
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.model.metric_colours import CURVE_COLOURS
from autotrain_tui.tui.model.metric_frames import with_colours
from autotrain_tui.tui.widgets.background_work import run_in_background

if TYPE_CHECKING:
    from textual.screen import Screen

    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.model.session_curves import Drawing

__all__ = ["MarkedSessions"]

_LOOK_EVERY = 5
"""Seconds between looks at marked sessions that may still run."""


class MarkedSessions:
    """Reads the marked sessions, and draws a metric of all of them. `read` is called when there is something new."""

    def __init__(self, screen: Screen[None], host: Host, read: Callable[[], None]) -> None:
        self._screen, self._host, self._read = screen, host, read
        self.curves = ComparedCurves()
        self._seconds = 0

    def tick(self) -> None:
        """A second has passed: from time to time, read those that run."""
        self._seconds += 1
        if self._seconds % _LOOK_EVERY == 0 and self._host.marked:
            self.load()

    def load(self) -> None:
        """Read the sessions that are marked now."""
        run_in_background(self._screen, self._load, "marked")

    async def _load(self) -> None:
        host = self._host
        own = host.view.folder.id if host.view is not None else ""
        await self.curves.choose(host.sessions, [name for name in host.marked if name != own], 1)
        self._read()

    def frame(self, view: View, names: Sequence[str], colours: Mapping[str, str], drawing: Drawing) -> Picture:
        """The metrics of one frame; with marked sessions only the leading one, of all sessions."""
        if len(names) == 1 or self.curves.shown:
            return self.picture(view, names[0], colours[names[0]], drawing)
        return self._host.curves.frame(view, names, with_colours(names, colours, colours[names[0]]), drawing)

    def picture(self, view: View, name: str, colour: str, drawing: Drawing) -> Picture:
        """A metric of the open session, with those of the marked ones; in `colour` where it is drawn alone."""
        marked = self.curves.lines(name, drawing)
        own = self._host.curves.picture(view, name, CURVE_COLOURS[0] if marked else colour, drawing)
        if not marked:
            return own
        label = short_id(view.folder.id)
        mine = tuple(msgspec.structs.replace(curve, label=label) for curve in own.curves)
        end = max([own.end or 0.0, *(curve.ends[1] for curve in marked)])
        return msgspec.structs.replace(own, curves=(*marked, *mine), end=end)
