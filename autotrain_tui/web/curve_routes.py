"""Curves, logs and comparisons: their pages, and the documents from which the script draws them anew."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from autotrain_tui.errors import AutotrainError, UsageError
from autotrain_tui.session.history.comparison import comparison
from autotrain_tui.session.history.comparison_text import better, goals_of, in_common, what_differs
from autotrain_tui.session.history.documents import show
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.compared_curves import ComparedCurves
from autotrain_tui.tui.model.session_curves import Drawing
from autotrain_tui.web.api_routes import error_status, whole_number
from autotrain_tui.web.pages.log_page import log_page
from autotrain_tui.web.pages.metrics_page import compare_page, metrics_page
from autotrain_tui.web.reading.api_documents import MOST_COMPARED
from autotrain_tui.web.reading.curve_drawing import drawing_of
from autotrain_tui.web.reading.log_search import find_line, search_query
from autotrain_tui.web.reading.log_window import attempt_log, log_of, log_window
from autotrain_tui.web.reading.session_lookup import session_named
from autotrain_tui.web.reading.session_texts import session_texts

if TYPE_CHECKING:
    from starlette.requests import Request

    from autotrain_tui.web.reading.watched_session import WatchedSession
    from autotrain_tui.web.settings import ServeSettings

__all__ = ["curve_document", "log_document", "show_compare", "show_log", "show_metrics"]

_LINES = 300
_SMALL, _LARGE = 240, 800
_MOST_CURVES = 60


async def curve_document(watched: WatchedSession, request: Request) -> Response:
    """One metric as a drawing: `name`, `axis`, `log`, `x0`, `x1`, `width` (columns)."""
    view, curves = await watched.curves()
    name = request.query_params.get("name", "")
    wanted = _drawing(request, Drawing(curves.first_axis(view, name)))
    columns = whole_number(request, "width", _SMALL, most=2000) or _SMALL
    picture = curves.picture(view, name, drawing=wanted)
    return JSONResponse(drawing_of(picture, columns, _window(request), reading=curves.behind))


async def show_metrics(watched: WatchedSession, request: Request) -> str:
    """All curves of a session, or one."""
    view, curves = await watched.curves()
    names = list(curves.names(view)[:_MOST_CURVES])
    chosen = request.query_params.get("name", "")
    shown = [chosen] if chosen else names
    wanted = [_drawing(request, Drawing(curves.first_axis(view, name))) for name in shown]
    place: dict[str, Any] = {"axis": wanted[0].axis, "log": "1" if wanted[0].log else ""} if wanted else {}
    window = _window(request)
    if window is not None:
        place |= {"x0": window[0], "x1": window[1]}
    columns = _LARGE if chosen else _SMALL
    drawings = [
        drawing_of(curves.picture(view, name, drawing=how), columns, window, reading=curves.behind)
        for name, how in zip(shown, wanted, strict=True)
    ]
    return metrics_page(view.folder.id, session_texts(view), names, drawings, chosen=chosen, view=place)


def _drawing(request: Request, first: Drawing) -> Drawing:
    """How a curve is asked for; `first`: how it is drawn where the request names nothing."""
    axis = request.query_params.get("axis", "")
    log = request.query_params.get("log") == "1"
    return Drawing(axis if axis in ("time", "step", "epoch") else first.axis, log=log)  # type: ignore[arg-type]  # one of the three


def _window(request: Request) -> tuple[float, float] | None:
    try:
        low, high = (float(request.query_params[name]) for name in ("x0", "x1"))
    except (KeyError, ValueError):
        return None
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


async def log_document(watched: WatchedSession, request: Request) -> Response:
    """A window of lines, or with `q` or `errors` where the next match is."""
    try:
        window, found = await _log(watched, request)
    except AutotrainError as error:
        return JSONResponse({"error": sanitize(str(error))}, error_status(error))
    return JSONResponse({**window, **({"found": found} if found else {})})


async def show_log(watched: WatchedSession, request: Request) -> str:
    """The page of a log. Raises RefusedError where there is none."""
    view = await watched.look()
    window, found = await _log(watched, request)
    attempts = {stage.name: len(stage.attempts) for stage in view.session.every_stage if stage.attempts}
    query = request.query_params.get("q", "")[:500]
    return log_page(view.folder.id, session_texts(view), attempts, window, query=query, found=found)


async def _log(watched: WatchedSession, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    params = request.query_params
    view = await watched.look()
    stage, attempt = log_of(view, params.get("stage") or None, whole_number(request, "attempt", None, most=10**6))
    offset, back = whole_number(request, "offset", None, most=1 << 62), params.get("back") == "1"
    limit = whole_number(request, "limit", _LINES, most=1000) or _LINES
    errors, text = params.get("errors") == "1", params.get("q", "")
    found: dict[str, Any] = {}
    if errors or text:
        how = {name: params.get(name) == "1" for name in ("regex", "case")}
        query = search_query(text, errors=errors, **how)
        file = await asyncio.to_thread(attempt_log, view, attempt)
        found = await asyncio.to_thread(find_line, file, query, offset or 0, back=back)
        what = "error" if errors else "match"
        if found["hit"] is None:
            side = "before" if back else "after"
            found["text"] = found["problem"] or (
                f"no {what} {side} this place" if found["complete"] else "not found yet; search again from here"
            )
        else:
            offset, back = max(0, found["hit"] - 2000), False
    return await asyncio.to_thread(log_window, view, stage, attempt, offset, limit, back=back), found


async def show_compare(settings: ServeSettings, request: Request) -> str:
    """Two or more sessions side by side. Raises UsageError, RefusedError."""
    words = ",".join(request.query_params.getlist("ids")).split(",")
    names = list(dict.fromkeys(name for name in words if name))
    if not 2 <= len(names) <= MOST_COMPARED:
        raise UsageError(f"Select 2 to {MOST_COMPARED} sessions to compare; {len(names)} selected.")
    for name in names:
        session_named(settings.sessions, name)
    compared = ComparedCurves()
    await compared.choose(settings.sessions, names)
    documents = [show(one.view) for one in compared.shown]
    whole = comparison(documents)
    document = what_differs(whole)
    marks = [better(entry, goals_of(documents)) for entry in document["results"]]
    drawings = [drawing_of(compared.picture(name, Drawing()), _SMALL) for name in compared.names()[:_MOST_CURVES]]
    return compare_page(document["sessions"], document, marks, drawings, sentences=in_common(whole))
