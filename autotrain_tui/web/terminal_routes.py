"""`serve --terminal`: the page with a terminal in it, its files, and the websocket behind it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from autotrain_tui.errors import AutotrainError
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.web.api_routes import error_status
from autotrain_tui.web.command_response import may_command
from autotrain_tui.web.guard.guard import TERMINAL_POLICY
from autotrain_tui.web.pages.page_frame import message_page
from autotrain_tui.web.pages.terminal_page import terminal_page
from autotrain_tui.web.reading.session_lookup import session_named
from autotrain_tui.web.terminal_process import MOST_TERMINALS, carry_screen, screen_command

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from autotrain_tui.web.settings import ServeSettings

__all__ = ["terminal_routes"]

_FILES = {
    "textual.js": ("js/textual.js", "text/javascript; charset=utf-8"),
    "xterm.css": ("css/xterm.css", "text/css; charset=utf-8"),
    "mono.ttf": ("fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
}
"""What is taken of textual-serve: the address's name → file and type."""

_NOT_ALLOWED = "the terminal needs a log-in with the second address that serve --terminal prints"


def terminal_routes(settings: ServeSettings) -> list[BaseRoute]:
    """`/terminal`, `/s/ID/terminal`, their websockets and files; none unless `--terminal` was given."""
    if not settings.terminal:
        return []
    open_now: set[WebSocket] = set()

    async def page(request: Request) -> Response:
        if not may_command(request):
            return HTMLResponse(message_page("Not allowed", _NOT_ALLOWED), 403)
        try:
            session = _session(request.path_params.get("id"))
        except AutotrainError as error:
            return HTMLResponse(message_page("Not found", sanitize(str(error))), error_status(error))
        return HTMLResponse(terminal_page(session), headers={"Content-Security-Policy": TERMINAL_POLICY})

    async def socket(websocket: WebSocket) -> None:
        try:
            session = _session(websocket.path_params.get("id"))
        except AutotrainError:
            session = None
        if session is None or len(open_now) >= MOST_TERMINALS:
            await websocket.close()  # before it is accepted: the browser sees status 403
            return
        open_now.add(websocket)
        try:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the browser has left while bytes were sent
                await carry_screen(websocket, screen_command(settings, session))
        finally:
            open_now.discard(websocket)

    def _session(name: str | None) -> str:
        return session_named(settings.sessions, name).id if name is not None else settings.session

    return [
        Route("/terminal", page),
        Route("/s/{id}/terminal", page),
        WebSocketRoute("/terminal/ws", socket),
        WebSocketRoute("/s/{id}/terminal/ws", socket),
        Route("/terminal/{name}", _file),
    ]


async def _file(request: Request) -> Response:
    """A file of textual-serve."""
    found = _FILES.get(request.path_params["name"])
    if found is None:
        return HTMLResponse(message_page("Not found", "There is no page at this address."), 404)
    import textual_serve  # an extra

    path, media_type = found
    data = (Path(textual_serve.__path__[0]) / "static" / path).read_bytes()
    return Response(data, media_type=media_type, headers={"Cache-Control": "private, max-age=3600"})
