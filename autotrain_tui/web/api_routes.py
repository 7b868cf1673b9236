"""The routes of the API: each document is made in a thread, and every error is a sentence with a status."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autotrain_tui.errors import AutotrainError, MachineError, UsageError
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.web.reading import api_documents as documents
from autotrain_tui.web.reading.session_lookup import session_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from starlette.requests import Request

    from autotrain_tui.web.settings import ServeSettings

__all__ = ["api_routes", "error_status", "json_response", "whole_number"]


def api_routes(settings: ServeSettings) -> list[Route]:
    """Sessions, one session, its metrics, comparisons, plans."""

    async def sessions(request: Request) -> Response:
        query = request.query_params.get("q", "")
        most = whole_number(request, "n", None, most=100_000)
        return await json_response(documents.sessions_listed, settings.sessions, query, most)

    async def session(request: Request) -> Response:
        return await json_response(lambda: documents.session_document(_folder(request)))

    async def metrics(request: Request) -> Response:
        stage = request.query_params.get("stage")
        names = request.query_params.getlist("name")
        return await json_response(lambda: documents.metrics_of(_folder(request), stage, names))

    async def compare(request: Request) -> Response:
        first = request.path_params.get("id")
        ids = [*([first] if first else []), *request.query_params.get("ids", "").split(",")]
        return await json_response(
            lambda: documents.comparison_of([session_named(settings.sessions, name) for name in ids if name])
        )

    async def plan(request: Request) -> Response:
        name = request.path_params["name"]
        return await json_response(documents.plan_named, settings.project, settings.sessions, name)

    def _folder(request: Request) -> Any:
        return session_named(settings.sessions, request.path_params["id"])

    return [
        Route("/api/sessions", sessions),
        Route("/api/sessions/{id}", session),
        Route("/api/sessions/{id}/metrics", metrics),
        Route("/api/sessions/{id}/compare", compare),
        Route("/api/compare", compare),
        Route("/api/plan/{name}", plan),
    ]


async def json_response(make: Callable[..., bytes], *args: object) -> Response:
    """What `make` returns, made in a thread; its errors as a document `{"error": sentence}`."""
    try:
        data = await asyncio.to_thread(make, *args)
    except (AutotrainError, OSError) as error:
        text = sanitize(str(error) if isinstance(error, AutotrainError) else error.strerror or "cannot be read")
        return JSONResponse({"error": text}, error_status(error))
    return Response(data, media_type="application/json")


def error_status(error: Exception) -> int:
    """The HTTP status of an error: 400 for what was asked, 404 for what is not there, 500 for the machine."""
    if isinstance(error, UsageError):
        return 400
    return 500 if isinstance(error, (MachineError, OSError)) else 404


def whole_number(request: Request, name: str, default: int | None, *, most: int) -> int | None:
    """A whole number of the query from 0 to `most`; the default where it is missing or is none."""
    text = request.query_params.get(name, "")
    return min(int(text), most) if text.isdigit() and len(text) < 19 else default
