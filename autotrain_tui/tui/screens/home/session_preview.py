"""Home's preview: the session under the cursor in full below the list, where there is room for it."""

from __future__ import annotations

import asyncio
import math
import time
from functools import partial
from typing import TYPE_CHECKING

from textual.css.query import NoMatches

from autotrain_tui.errors import RecordsError
from autotrain_tui.tui.model.cards import SessionCard
from autotrain_tui.tui.widgets.background_work import run_in_background
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.panes.session_detail import SessionDetail
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["SessionPreview"]

_LEAST_HEIGHT = 30
"""Lines of a window from which the preview is there."""
_REST_SECONDS = 0.05
"""How long the cursor rests before anything is read for it."""
_AGAIN_SECONDS = 5.0
"""Seconds between two readings of a session that runs, at least."""
_SHARE = 50.0
"""A reading that takes a second is made every 50 s."""


class SessionPreview:
    """Reads the session under the cursor when it is another one or another stage of it has ended, and while it runs
    every few seconds.
    """

    def __init__(self, screen: ModeScreen) -> None:
        self._screen = screen
        self._shown: object = None
        self._due = 0.0
        """When a session that runs is read again (monotonic clock)."""

    def show(self) -> None:
        """Show the session under the cursor, if there is room and it is not shown yet."""
        screen = self._screen
        card = screen.query_one("#sessions", ListView).highlighted
        fits = screen.size.height >= _LEAST_HEIGHT and not screen.has_class("-narrow")
        shown = isinstance(card, SessionCard) and fits
        screen.query_one("#right").set_class(shown, "-preview")
        if not isinstance(card, SessionCard) or not shown:
            return
        key = (card.folder.id, card.style, card.done)
        if key != self._shown or (card.live and time.monotonic() >= self._due):
            self._shown, self._due = key, math.inf  # until it has been read
            run_in_background(screen, partial(self._read, card), "preview")

    async def _read(self, card: SessionCard) -> None:
        from autotrain_tui.session.journal.session_view import load_view  # after the first paint, as is the pane
        from autotrain_tui.tui.panes.session_detail import load_detail

        began = time.monotonic()
        try:
            await asyncio.sleep(_REST_SECONDS)
            content = await load_detail(await asyncio.to_thread(load_view, card.folder))
        except RecordsError as error:
            (await self._pane()).show(None, str(error))
            return
        finally:
            now = time.monotonic()
            self._due = now + max(_AGAIN_SECONDS, _SHARE * (now - began))
        if self._screen.whole:
            (await self._pane()).show(content)

    async def _pane(self) -> SessionDetail:
        """The pane, which is made when it is needed first."""
        from autotrain_tui.tui.panes.session_detail import SessionDetail

        try:
            return self._screen.query_one("#preview", SessionDetail)
        except NoMatches:
            pane = SessionDetail(id="preview", classes="pane")
            await self._screen.query_one("#right").mount(pane)
            return pane
