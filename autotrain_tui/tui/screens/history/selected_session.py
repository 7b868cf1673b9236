"""The session under the cursor, beside the table and, where few sessions leave room, below it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.model.session_rows import SessionRow
from autotrain_tui.tui.panes.session_detail import SessionDetail, load_detail
from autotrain_tui.tui.screens.history.session_table import REST_SECONDS

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["SelectedSession"]

_AROUND = 5
"""Lines of the screen that are no session: the table's frame and its heading, the modes, the keys."""
_ONE_FROM, _TWO_FROM = 12, 32
"""Lines below the table from which a curve or two stand there."""
_NO_METRIC = "No metric was read in this session."
_NOTHING = "The curve of the selected session is drawn here."


class SelectedSession:
    """Reads the session, and draws it in the panes around the table."""

    def __init__(self, screen: ModeScreen, host: Host) -> None:
        self._screen, self._host = screen, host
        self._below = 0
        """How many curves there is room for below the table."""

    def arrange(self, sessions: int) -> None:
        """Give curves what the table leaves, if that is enough for one; else they are drawn beside it."""
        left = self._screen.size.height - sessions - _AROUND
        below = 0 if not sessions or left < _ONE_FROM else 1 if left < _TWO_FROM else 2
        if below != self._below:
            self._below = below
            self._screen.set_class(below > 0, "-short")
            self._draw()

    async def load(self, row: SessionRow | None, rows: Sequence[SessionRow]) -> None:
        """Read a session and draw it, once the cursor rests; `rows` are all sessions."""
        pane = self._screen.query_one(SessionDetail)
        if self._screen.has_class("-narrow") and not self._below:
            return
        if pane.content is not None:
            await asyncio.sleep(REST_SECONDS)
        if row is None:
            pane.show(None)
        else:
            try:
                view = await asyncio.to_thread(load_view, SessionFolder(self._host.sessions / row.id))
                pane.show(await load_detail(view, await self._before(view, rows)))
            except RecordsError as error:
                pane.show(None, str(error))
        self._draw()

    async def _before(self, view: View, rows: Sequence[SessionRow]) -> View | None:
        """The plan's session before this one, if there is room to say what differs."""
        if not self._below:
            return None
        session = view.session
        names = [row.id for row in rows if row.id < session.id and row.fields.get("plan") == session.plan]
        if not names or session.source is not None:
            return None
        try:
            return await asyncio.to_thread(load_view, SessionFolder(self._host.sessions / max(names)))
        except RecordsError:
            return None

    def _draw(self) -> None:
        """The first curves below the table, what there is no pane for beside it."""
        pane = self._screen.query_one(SessionDetail)
        content = pane.content
        pictures = content.pictures[: self._below] if content is not None else ()
        for place, name in enumerate(("first", "second")):
            curve = self._screen.query_one(f"#{name}", CurvePane)
            curve.display = place < max(min(1, self._below), len(pictures))
            words = _NOTHING if content is None else _NO_METRIC
            curve.show(pictures[place] if place < len(pictures) else Picture("Metric", empty=words))
        pane.drawn = len(pictures)
        pane.repaint()
