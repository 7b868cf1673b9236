"""The routes of the pages: each is drawn on the server, in a thread where it reads files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from autotrain_tui.errors import AutotrainError, RefusedError
from autotrain_tui.session.records.session_ids import is_session_name
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.web.api_routes import error_status, whole_number
from autotrain_tui.web.command_response import command_response, may_command
from autotrain_tui.web.curve_routes import curve_document, log_document, show_compare, show_log, show_metrics
from autotrain_tui.web.event_stream import event_stream
from autotrain_tui.web.pages.command_forms import command_forms
from autotrain_tui.web.pages.page_frame import message_page
from autotrain_tui.web.pages.session_page import SessionPage, session_page
from autotrain_tui.web.pages.sessions_page import sessions_page
from autotrain_tui.web.reading.page_commands import offered
from autotrain_tui.web.reading.prometheus_text import PrometheusFigures
from autotrain_tui.web.reading.session_lookup import session_named
from autotrain_tui.web.reading.session_reading import last_lines, read_gauges, read_headline_curve
from autotrain_tui.web.reading.session_stream import present_cursor
from autotrain_tui.web.reading.session_texts import session_texts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from autotrain_tui.web.reading.watched_session import WatchedSession, WatchedSessions
    from autotrain_tui.web.settings import ServeSettings

__all__ = ["page_routes"]


_TAIL_LINES = 60


def page_routes(settings: ServeSettings, watching: WatchedSessions) -> list[Route]:
    """`/`, `/s/ID`."""

    async def sessions(request: Request) -> str:
        query = request.query_params.get("q", "")
        most = whole_number(request, "n", None, most=10_000)
        return await asyncio.to_thread(sessions_page, settings.sessions, query, most or 100)

    async def session(request: Request) -> str:
        watched = watching.of(session_named(settings.sessions, request.path_params["id"]))
        view, metric, curve = await read_headline_curve(watched)
        cursor = await asyncio.to_thread(present_cursor, view)
        return session_page(
            SessionPage(
                view.folder.id,
                session_texts(view),
                await read_gauges(view),
                await last_lines(view, _TAIL_LINES),
                curve,
                view.session.standing_alerts,
                cursor=str(cursor),
                metric=metric,
                commands=command_forms(view.folder.id, offered(view), terminal=settings.terminal)
                if may_command(request)
                else None,
                running=not view.finished and view.alive is not False,
            )
        )

    def watched(request: Request) -> WatchedSession:
        return watching.of(session_named(settings.sessions, request.path_params["id"]))

    async def command(request: Request) -> Response:
        return await command_response(session_named(settings.sessions, request.path_params["id"]), request)

    return [
        Route("/s/{id}/command", _answered_page(command), methods=["POST"]),
        *_figure_routes(settings),
        Route("/", _shown(sessions)),
        Route("/s/{id}", _shown(session)),
        Route("/s/{id}/metrics", _shown(lambda request: show_metrics(watched(request), request))),
        Route("/s/{id}/log", _shown(lambda request: show_log(watched(request), request))),
        Route("/compare", _shown(lambda request: show_compare(settings, request))),
        *_session_api_routes(watched),
    ]


def _figure_routes(settings: ServeSettings) -> list[Route]:
    """`/metrics`, for Prometheus; scrapes follow one another."""
    figures, scraping = PrometheusFigures(settings.sessions), asyncio.Lock()

    async def prometheus(_: Request) -> Response:
        async with scraping:
            text = await asyncio.to_thread(figures.text)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/metrics", prometheus)]


def _session_api_routes(watched: Callable[[Request], WatchedSession]) -> list[Route]:
    """What the script of a session's pages asks for."""

    async def curve(request: Request) -> Response:
        return await _answered(curve_document, watched, request)

    async def log(request: Request) -> Response:
        return await _answered(log_document, watched, request)

    async def events(request: Request) -> Response:
        return await _answered(event_stream, watched, request)

    return [
        Route("/api/sessions/{id}/curve", curve),
        Route("/api/sessions/{id}/log", log),
        Route("/api/sessions/{id}/events", events),
    ]


def _answered_page(make: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """An act's response, or a page with the sentence of the error."""

    async def act(request: Request) -> Response:
        try:
            return await make(request)
        except AutotrainError as error:
            status = 409 if isinstance(error, RefusedError) else error_status(error)
            session = request.path_params.get("id", "")
            back = session if is_session_name(session) else ""
            return HTMLResponse(message_page("Not done", sanitize(str(error)), back), status)

    return act


async def _answered(
    make: Callable[[WatchedSession, Request], Awaitable[Response]],
    watched: Callable[[Request], WatchedSession],
    request: Request,
) -> Response:
    """A document about a session, or one with the sentence of the error."""
    try:
        return await make(watched(request), request)
    except AutotrainError as error:
        return JSONResponse({"error": sanitize(str(error))}, error_status(error))


def _shown(make: Callable[[Request], Awaitable[str]]) -> Callable[[Request], Awaitable[Response]]:
    """A page, or a page with the sentence of the error."""

    async def show(request: Request) -> Response:
        try:
            return HTMLResponse(await make(request))
        except AutotrainError as error:
            return HTMLResponse(message_page("Not found", sanitize(str(error))), error_status(error))

    return show
