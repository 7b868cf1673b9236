"""Receivers on this machine that answer as bad servers do."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["SECRET", "Behaviour", "receiver"]

SECRET = "s3cret-path-of-the-url"

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What a receiver does with a connection whose request it has read; the event is set when the test is over."""


@contextmanager
def receiver(behave: Behaviour) -> Iterator[tuple[str, list[bytes]]]:
    """A listening server; its URL, and the requests that it has read."""
    requests: list[bytes] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                requests.append(_request(connection))
                behave(connection, over)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/{SECRET}", requests
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def _request(connection: socket.socket) -> bytes:
    """Head and body of a request with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    (length,) = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
