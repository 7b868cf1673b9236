"""`/api/sessions/ID/events`: what happens in a session, as server-sent events, at most twice a second."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from autotrain_tui.errors import AutotrainError
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.web.reading.session_stream import news_since, present_cursor
from autotrain_tui.web.reading.stream_cursor import StreamCursor, parse_cursor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from autotrain_tui.web.reading.watched_session import WatchedSession

__all__ = ["event_stream"]

_PAUSE_SECONDS = 0.5
_COMMENT_SECONDS = 15.0


async def event_stream(watched: WatchedSession, request: Request) -> StreamingResponse:
    """The events after `Last-Event-ID`, or after the query's `after`; without either from now on."""
    view = await watched.look()
    given = request.headers.get("last-event-id") or request.query_params.get("after", "")
    begin = parse_cursor(given)
    if begin is None:
        begin = await asyncio.to_thread(present_cursor, view)

    async def frames(cursor: StreamCursor) -> AsyncIterator[bytes]:
        watched.viewers += 1
        spoken = time.monotonic()
        trouble = ""
        try:
            yield b"retry: 2000\n\n"
            while True:
                try:
                    data, cursor = await watched.shared(cursor, news_since)
                    said = ""
                except AutotrainError as error:
                    data, said = b"", sanitize(str(error))
                if said != trouble:
                    trouble = said
                    # a browser drops an event whose data is empty: a blank says that all is well again
                    data += b"event: trouble\ndata: %b\n\n" % (said or "  ").encode()
                if data or time.monotonic() - spoken > _COMMENT_SECONDS:
                    spoken = time.monotonic()
                    yield data or b": still here\n\n"
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            watched.viewers -= 1

    return StreamingResponse(frames(begin), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
