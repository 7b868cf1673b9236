"""`serve`: the sessions as a web page, with an API and figures for Prometheus."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

from autotrain_tui.cli.context import here, store_of
from autotrain_tui.cli.options import add_session
from autotrain_tui.errors import MachineError, UsageError

__all__ = ["add_options", "run"]

_PORT = 8765


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION, where to listen, and who may reach it."""
    add_session(parser)
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="the address to listen on")
    parser.add_argument("--port", type=_port, default=_PORT, help=f"the port (default: {_PORT}; 0: any that is free)")
    parser.add_argument(
        "--allow-commands", action="store_true", help="print a second address, with which pause, stop and so on work"
    )
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="keep the tokens in FILE (0600) over restarts")
    parser.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        dest="names",
        help="a host name that browsers use for this server (repeatable)",
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate, for https")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's key")
    parser.add_argument(
        "--textfile", type=Path, metavar="DIR", help="write autotrain.prom there, for Prometheus' textfile collector"
    )
    parser.add_argument(
        "--terminal", action="store_true", help="serve the whole screen too, at /terminal; implies --allow-commands"
    )
    parser.add_argument("--behind-proxy", action="store_true", help="a reverse proxy with TLS stands before it")


def run(options: argparse.Namespace) -> int:
    """Serve until a signal. Raises UsageError for an address that others reach without TLS."""
    if any(importlib.util.find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise MachineError("serve needs starlette and uvicorn; install them with: pip install 'autotrain-tui[web]'")
    if options.terminal and any(importlib.util.find_spec(name) is None for name in ("textual_serve", "wsproto")):
        raise MachineError(
            "serve --terminal needs textual-serve and wsproto; install them with: pip install 'autotrain-tui[terminal]'"
        )
    from autotrain_tui.web.guard.access_tokens import tokens_from, tokens_new  # only this verb pays for the web
    from autotrain_tui.web.guard.request_check import is_loopback
    from autotrain_tui.web.run_server import listen, serve
    from autotrain_tui.web.settings import ServeSettings

    tls = _tls(options)
    if not is_loopback(options.bind) and tls is None and not options.behind_proxy:
        raise UsageError(
            f"serve: {options.bind} is reachable by others, and their browsers would send the token unencrypted; "
            "add --tls-cert and --tls-key, or --behind-proxy, or use: ssh -L"
        )
    if options.textfile is not None and not options.textfile.is_dir():
        raise UsageError(f"serve: {options.textfile}: expected a folder")
    place = here(options)
    session = store_of(options).find(options.session).id if options.session is not None else ""
    may = options.allow_commands or options.terminal
    tokens = tokens_from(options.token_file, commands=may) if options.token_file else tokens_new(commands=may)
    with listen(options.bind, options.port) as listener:
        settings = ServeSettings(
            sessions=place.sessions,
            project=place.project,
            tokens=tokens,
            bind=options.bind,
            port=listener.getsockname()[1],
            session=session,
            names=tuple(options.names),
            tls=tls,
            behind_proxy=options.behind_proxy,
            textfile=options.textfile,
            terminal=options.terminal,
        )
        serve(settings, listener)
    return 0


def _tls(options: argparse.Namespace) -> tuple[Path, Path] | None:
    if options.tls_cert is None and options.tls_key is None:
        return None
    if options.tls_cert is None or options.tls_key is None:
        raise UsageError("serve: --tls-cert and --tls-key belong together")
    for path in (options.tls_cert, options.tls_key):
        if not path.is_file():
            raise UsageError(f"serve: {path}: no such file")
    return options.tls_cert, options.tls_key


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)
