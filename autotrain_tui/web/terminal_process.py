"""The screen as a child of the server: textual-serve starts it and speaks with it, a websocket carries its bytes.

textual-serve's own server is not used: it has no log-in and answers to any host, and its page asks another host for a
font. Of it are its child (`AppService`) and its script.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from autotrain_tui.web.settings import ServeSettings

__all__ = ["MOST_TERMINALS", "carry_screen", "screen_command"]

MOST_TERMINALS = 4
"""At a time; each is a process of its own."""
_LONGEST_SIDE = 1000
_END_SECONDS = 3.0


def screen_command(settings: ServeSettings, session: str) -> str:
    """The shell command of a screen; without a session on the only live one, or at home."""
    words = [os.path.abspath(sys.executable), "-P", "-m", "autotrain_tui", "attach", *([session] if session else [])]
    words += ["--sessions-dir", str(settings.sessions)]
    if settings.project is not None:
        words += ["--project", str(settings.project)]
    return f"exec env TERM=xterm-256color {shlex.join(words)}"


async def carry_screen(websocket: WebSocket, command: str) -> None:
    """Start a screen, and carry bytes between it and the websocket until either ends; the screen has ended then."""
    from textual_serve.app_service import AppService  # an extra; only who opens a terminal needs it
    from textual_serve.download_manager import DownloadManager

    await websocket.accept()
    service = AppService(
        command,
        write_bytes=websocket.send_bytes,
        write_str=websocket.send_text,
        close=websocket.close,
        download_manager=DownloadManager(),
    )
    await service.start(_side(websocket.query_params.get("width"), 80), _side(websocket.query_params.get("height"), 24))
    try:
        await _hand_on(websocket, service)
    finally:
        await _end(service)


async def _hand_on(websocket: WebSocket, service: Any) -> None:
    """What the browser sends, to the screen, until the browser leaves."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        try:
            kind, *rest = json.loads(message.get("text") or "[]")
        except ValueError:
            continue
        match kind, rest:
            case "stdin", [str(text)]:
                await service.send_bytes(text.encode("utf-8", "replace"))
            case "resize", [{"width": int(width), "height": int(height)}]:
                await service.set_terminal_size(_side(width, 80), _side(height, 24))
            case "ping", [value]:
                await websocket.send_text(json.dumps(["pong", str(value)[:40]]))
            case "focus", []:
                await service.focus()
            case "blur", []:
                await service.blur()


async def _end(service: Any) -> None:
    """Ask the screen to leave; after a while end its process. Training is not its child and goes on."""
    process = service._process  # noqa: SLF001  textual-serve has no other way to a child that does not leave
    try:
        async with asyncio.timeout(_END_SECONDS):
            await service.stop()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
    if process is not None:
        await process.wait()


def _side(value: object, default: int) -> int:
    """A width or a height in cells, within reason."""
    try:
        return min(max(int(str(value)), 1), _LONGEST_SIDE)
    except ValueError:
        return default
