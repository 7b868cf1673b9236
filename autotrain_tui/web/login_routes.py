"""Log-in, liveness and the files of the page: what needs no token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from autotrain_tui.web.guard.access_tokens import Rights
from autotrain_tui.web.guard.guard import wrong_token
from autotrain_tui.web.guard.token_tries import TokenTries
from autotrain_tui.web.pages.page_frame import login_page, static_files

if TYPE_CHECKING:
    from starlette.requests import Request

    from autotrain_tui.web.settings import ServeSettings

__all__ = ["login_routes"]

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


def login_routes(settings: ServeSettings) -> list[Route]:
    """`/login`, `/healthz`, `/static/NAME`."""
    tries, files = TokenTries(), static_files()

    async def form(_: Request) -> Response:
        return HTMLResponse(login_page("", ""))

    async def log_in(request: Request) -> Response:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=8)
        token = fields.get("token", [""])[0].strip()
        rights = settings.tokens.rights_of_token(token)
        if rights is Rights.NOTHING:
            if not await wrong_token(tries, request.scope):
                return HTMLResponse(login_page("", "Too many wrong tokens. Wait a minute."), 429)
            return HTMLResponse(login_page(fields.get("next", [""])[0], "This token is wrong."), 401)
        answer = RedirectResponse(_inside(fields.get("next", [""])[0]) or settings.start, 303)
        answer.set_cookie(
            settings.cookie,
            settings.tokens.cookie_for(rights),
            httponly=True,
            samesite="strict",
            secure=settings.secure or request.headers.get("origin", "").startswith("https://"),
        )
        return answer

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files:
            return PlainTextResponse("not found\n", 404)
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}  # the address changes with the content
        return Response(files[name], media_type=_TYPES[name.rpartition(".")[2]], headers=kept)

    return [
        Route("/login", form),
        Route("/login", log_in, methods=["POST"]),
        Route("/healthz", health),
        Route("/static/{name}", static),
    ]


def _inside(path: str) -> str:
    """The path if it stays on this server, else nothing: a log-in never leads elsewhere."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\", "/login")) and path.isprintable()
    return path if inside else ""
