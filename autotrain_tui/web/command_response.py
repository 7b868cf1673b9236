"""A command from the page: only with the command token, and answered as the command line is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, RedirectResponse, Response

from autotrain_tui.errors import RefusedError
from autotrain_tui.web.guard.access_tokens import Rights
from autotrain_tui.web.reading.page_commands import send_from_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["command_response", "may_command"]


def may_command(request: Request) -> bool:
    """Whether the request came with the command token."""
    return getattr(request.state, "rights", Rights.NOTHING) is Rights.COMMAND


async def command_response(folder: SessionFolder, request: Request) -> Response:
    """Send the form's command; back to the page, or the command line's document for who accepts JSON.

    Raises RefusedError with the runner's reason, UsageError for a command that is none.
    """
    if not may_command(request):
        text = "commands need serve --allow-commands, and a log-in with the second address that it prints"
        return JSONResponse({"error": text}, 403)
    fields = {
        name: values[0]
        for name, values in parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=8).items()
    }
    verb, stage = fields.get("verb", ""), fields.get("stage") or None
    answer = await asyncio.to_thread(
        send_from_page, folder, verb, stage, fields.get("reason", ""), fields.get("amount", "")
    )
    if "application/json" in request.headers.get("accept", ""):
        document = {
            "version": 1,
            "id": answer.command.id,
            "command": verb,
            "session": folder.id,
            "stage": answer.command.stage,
            "accepted": answer.accepted,
            "reason": answer.reason,
        }
        return JSONResponse(document)
    if not answer.accepted:
        raise RefusedError(f"{verb}: {answer.reason or 'refused'}")
    return RedirectResponse(f"/s/{folder.id}", 303)
