"""Listens, prints the addresses to open, and serves until a signal."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from autotrain_tui.errors import MachineError
from autotrain_tui.web.guard.bounded_protocol import MOST_CONNECTIONS, BoundedProtocol
from autotrain_tui.web.guard.request_check import LARGEST_BODY
from autotrain_tui.web.reading.prometheus_text import PrometheusFigures, write_textfile
from autotrain_tui.web.web_app import web_app

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from autotrain_tui.web.settings import ServeSettings

__all__ = ["listen", "serve"]

_LARGEST_HEAD = 32 * 1024
_TEXTFILE_SECONDS = 15.0


def listen(bind: str, port: int) -> socket.socket:
    """A socket that listens. Raises MachineError; if the port is taken, with one that is free."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((bind, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise MachineError(
                f"port {port} of {bind} is in use; try: autotrain-tui serve --port {_free_port(bind, port)}"
            ) from error
        raise MachineError(f"cannot listen on {bind} port {port}: {error.strerror or error}") from error
    return listener


def _free_port(bind: str, port: int) -> int:
    """The next port that is free now."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    for candidate in range(port + 1, min(port + 50, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((bind, candidate))
            except OSError:
                continue
            return candidate
    return 0


def serve(settings: ServeSettings, listener: socket.socket) -> None:
    """Print the log-in addresses, then serve until SIGINT or SIGTERM."""
    _keep_quiet()
    gc.enable()  # the screen's package turns it off for its start-up, and its model is used here
    config = uvicorn.Config(
        web_app(settings),
        http=BoundedProtocol,
        ws="wsproto" if settings.terminal else "none",
        ws_max_size=LARGEST_BODY,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=1,
        **_tls(settings),
    )
    print(f"{settings.address}/login#{settings.tokens.read}", flush=True)
    if settings.tokens.command:
        may = "may send commands and open /terminal" if settings.terminal else "may send commands"
        print(f"{settings.address}/login#{settings.tokens.command}  ({may})", flush=True)
    _say("Open the address in a browser; Ctrl-C ends the server, and training goes on.")
    if settings.textfile is not None:
        threading.Thread(target=_write_for_ever, args=(settings, settings.textfile), daemon=True).start()
    uvicorn.Server(config).run(sockets=[listener])


def _write_for_ever(settings: ServeSettings, folder: Path) -> None:
    """Write the figures for the textfile collector, about as often as it reads them."""
    figures, complained = PrometheusFigures(settings.sessions), False
    while True:
        try:
            write_textfile(folder, figures.text())
            complained = False
        except OSError as error:
            if not complained:
                _say(f"autotrain-tui: {folder}: cannot write the figures: {error.strerror}")
            complained = True
        time.sleep(_TEXTFILE_SECONDS)


def _keep_quiet() -> None:
    """No line for each bad request, and no traceback for each connection while descriptors are short."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("asyncio").addFilter(lambda record: "out of system resource" not in record.getMessage())


def _say(text: str) -> None:
    """A line on stderr, which may be a file on the same full disk."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _tls(settings: ServeSettings) -> dict[str, Any]:
    if settings.tls is None:
        return {}
    certificate, key = settings.tls
    return {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}
