"""The limits of a connection, with a real socket and shorter times."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from autotrain_tui.web.guard import bounded_protocol
from autotrain_tui.web.guard.bounded_protocol import BoundedProtocol

LARGE = b"x" * (32 << 20)
"""More than the kernel's buffers take."""


async def _send_much(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(LARGE))]})
    await send({"type": "http.response.body", "body": LARGE})


async def _asked(state: ServerState) -> tuple[asyncio.Server, socket.socket]:
    """A server, and a client that has asked it for much."""
    config = uvicorn.Config(_send_much, http=BoundedProtocol, ws="none", lifespan="off", log_config=None)
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedProtocol(config, state, {}), "127.0.0.1", 0)
    client = socket.create_connection(server.sockets[0].getsockname())
    client.setblocking(False)
    await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    while not state.connections:  # noqa: ASYNC110  uvicorn tells nobody of its connections
        await asyncio.sleep(0.01)
    return server, client


async def _ended(state: ServerState) -> None:
    async with asyncio.timeout(120):
        while state.connections:  # noqa: ASYNC110  uvicorn tells nobody of its connections
            await asyncio.sleep(0.01)


async def test_a_reader_who_takes_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection of a client that does not read its answer ends after the limit, and not before."""
    monkeypatch.setattr(bounded_protocol, "_READING_SECONDS", 0.3)
    state, loop = ServerState(), asyncio.get_running_loop()
    began = loop.time()
    server, client = await _asked(state)
    await _ended(state)
    assert loop.time() - began >= 0.3
    server.close()
    client.close()


async def test_a_reader_who_takes_all_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that begins late and reads has its whole answer, and its connection goes on after the limit."""
    monkeypatch.setattr(bounded_protocol, "_READING_SECONDS", 2.0)
    state, loop = ServerState(), asyncio.get_running_loop()
    server, client = await _asked(state)
    await asyncio.sleep(0.2)
    taken = 0
    while taken < len(LARGE):
        part = await loop.sock_recv(client, 1 << 20)
        assert part, "closed while it was reading"
        taken += len(part)
    await asyncio.sleep(2.2)
    assert state.connections
    client.close()
    await _ended(state)
    server.close()
