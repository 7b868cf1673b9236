"""HTTP connections with limits of time and number: uvicorn alone waits for a half request or a slow reader for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import TimerHandle

__all__ = ["MOST_CONNECTIONS", "BoundedProtocol"]

MOST_CONNECTIONS = 512
"""With more, requests are answered 503."""
_HARD_MOST = 768
"""With more, a connection is closed unread: descriptors must not run out."""
_REQUEST_SECONDS = 10.0
"""For the head of a request, from its first byte on; of a new connection, from its start on."""
_READING_SECONDS = 60.0
"""For a client to take something of an answer."""


class BoundedProtocol(H11Protocol):
    """Closes connections whose request does not come and whose answer is not taken."""

    _request_clock: TimerHandle | None = None
    _answer_clock: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the clock of the first request."""
        super().connection_made(transport)
        if len(self.connections) > _HARD_MOST:
            transport.abort()
            return
        self._request_clock = self.loop.call_later(_REQUEST_SECONDS, self._end)

    def data_received(self, data: bytes) -> None:
        """The clock runs while no request is answered and uvicorn's own, for what comes after an answer, does not."""
        super().data_received(data)
        upgraded = self.transport.get_protocol() is not self
        answering = self.cycle is not None and not self.cycle.response_complete
        if upgraded or answering:
            self._stop_clock()
        elif self._request_clock is None and self.timeout_keep_alive_task is None:
            self._request_clock = self.loop.call_later(_REQUEST_SECONDS, self._end)

    def pause_writing(self) -> None:
        """The client takes less than is sent."""
        super().pause_writing()
        if self._answer_clock is None:
            self._answer_clock = self.loop.call_later(_READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It has taken what was waiting."""
        super().resume_writing()
        if self._answer_clock is not None:
            self._answer_clock.cancel()
            self._answer_clock = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop both clocks."""
        self._stop_clock()
        if self._answer_clock is not None:
            self._answer_clock.cancel()
        super().connection_lost(exc)

    def _stop_clock(self) -> None:
        if self._request_clock is not None:
            self._request_clock.cancel()
            self._request_clock = None

    def _end(self) -> None:
        self._request_clock = None
        if not self.transport.is_closing():
            self.transport.abort()
