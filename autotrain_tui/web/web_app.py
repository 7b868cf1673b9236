"""The application: every route behind the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response

from autotrain_tui.web.api_routes import api_routes
from autotrain_tui.web.guard.guard import Guard
from autotrain_tui.web.login_routes import login_routes
from autotrain_tui.web.page_routes import page_routes
from autotrain_tui.web.pages.page_frame import login_page, message_page
from autotrain_tui.web.reading.watched_session import WatchedSessions
from autotrain_tui.web.terminal_routes import terminal_routes

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from autotrain_tui.web.settings import ServeSettings

__all__ = ["web_app"]


def web_app(settings: ServeSettings) -> ASGIApp:
    """The ASGI application of a server with these settings."""
    watching = WatchedSessions()
    routes = [*login_routes(settings), *api_routes(settings), *terminal_routes(settings)]
    routes += page_routes(settings, watching)
    app = Starlette(routes=routes, exception_handlers={404: _missing, 405: _missing, 500: _broken})
    return Guard(app, settings.rules(), settings.tokens, settings.cookie, _login)


def _login(path: str, status: int) -> Response:
    return HTMLResponse(login_page(path), status)


async def _missing(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": "there is no such address"}, status)
    return HTMLResponse(message_page("Not found", "There is no page at this address."), status)


async def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001  every handler's signature
    return JSONResponse({"error": f"internal error: {type(error).__name__}"}, 500)
