"""Everything that a session's page shows, read at one moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.model.session_curves import SessionCurves
from autotrain_tui.web.reading.curve_drawing import drawing_of
from autotrain_tui.web.reading.gauge_tail import gauge_cards, recent_gauges
from autotrain_tui.web.reading.log_window import log_of, log_window

if TYPE_CHECKING:
    from autotrain_tui.web.reading.watched_session import WatchedSession

__all__ = ["Json", "headline_of", "last_lines", "read_gauges", "read_headline_curve"]

Json = dict[str, Any]
_COLUMNS = 400


def headline_of(view: View, curves: SessionCurves) -> str:
    """The metric that the session's page shows: the plan's headline, else the first that there is."""
    names = curves.names(view)
    headline = view.session.metric_name
    return headline if headline in names and headline is not None else next(iter(names), "")


async def read_headline_curve(watched: WatchedSession) -> tuple[View, str, Json | None]:
    """The session now, the metric's name, and its drawing; None where there is no metric yet."""
    view, curves = await watched.curves()
    name = headline_of(view, curves)
    if not name:
        return view, "", None
    return view, name, drawing_of(curves.picture(view, name), _COLUMNS, reading=curves.behind)


async def last_lines(view: View, count: int) -> Json | None:
    """The end of the log that is read now; None where nothing has started."""
    try:
        stage, attempt = log_of(view)
        return await asyncio.to_thread(log_window, view, stage, attempt, None, count, back=False)
    except AutotrainError:
        return None


async def read_gauges(view: View) -> list[Json]:
    """What the machine did last, as cards; none for a session that has ended."""
    if view.finished:
        return []
    tail = await asyncio.to_thread(recent_gauges, view.folder.gauges)
    return gauge_cards(tail.samples)
