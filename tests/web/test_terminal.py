"""`serve --terminal`: the screen in a browser, behind the same guard, with the command token only."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.web.guard.access_tokens import AccessTokens, Rights
from autotrain_tui.web.settings import ServeSettings
from autotrain_tui.web.terminal_process import screen_command
from autotrain_tui.web.web_app import web_app
from tests.cli.project import until
from tests.tui.sessions import make_session
from tests.web.conftest import BASE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
CHROMIUM = "/usr/bin/chromium"
HERE = all(importlib.util.find_spec(name) is not None for name in ("textual_serve", "wsproto"))


def header(name: str, value: str) -> tuple[bytes, bytes]:
    return name.encode(), value.encode()


async def answers(settings: ServeSettings, path: str, *headers: tuple[bytes, bytes]) -> list[str]:
    """What the application sends to a websocket at once; the browser leaves then."""
    sent: list[str] = []
    waiting = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "scheme": "ws",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8765),
        "subprotocols": [],
        "extensions": {},
    }
    await asyncio.wait_for(web_app(settings)(scope, receive, send), 120)  # type: ignore[arg-type]
    return sent


@pytest.fixture
def with_terminal(settings: ServeSettings, monkeypatch: pytest.MonkeyPatch) -> ServeSettings:
    """A server with the terminal, which notes when it would start a screen."""

    async def carry(websocket: Any, command: str) -> None:
        await websocket.accept()

    monkeypatch.setattr("autotrain_tui.web.terminal_routes.carry_screen", carry)
    return msgspec.structs.replace(settings, terminal=True)


async def test_a_terminal_is_opened_by_the_own_page_only(
    with_terminal: ServeSettings, tokens: AccessTokens, quick_tries: None
) -> None:
    """A websocket needs the command token, the server's own Origin and its Host; anything else is never accepted."""
    cookie = header("cookie", f"autotrain_8765={tokens.cookie_for(Rights.COMMAND)}")
    host, origin = header("host", "127.0.0.1:8765"), header("origin", BASE)
    assert await answers(with_terminal, "/terminal/ws", host, origin, cookie) == ["websocket.accept"]
    reading = header("cookie", f"autotrain_8765={tokens.cookie_for(Rights.READ)}")
    forged = header("cookie", "autotrain_8765=" + "0" * 64)
    for headers in (
        (host, origin),
        (host, origin, reading),
        (host, origin, forged),
        (host, cookie),
        (host, header("origin", "null"), cookie),
        (host, header("origin", "https://evil.example"), cookie),
        (header("host", "evil.example"), header("origin", "http://evil.example"), cookie),
        (host, host, origin, cookie),
        (host, origin, header("authorization", "Bearer wrong")),
    ):
        assert await answers(with_terminal, "/terminal/ws", *headers) == ["websocket.close"], headers
    assert await answers(with_terminal, "/s/none/terminal/ws", host, origin, cookie) == ["websocket.close"]


async def test_without_the_flag_there_is_no_terminal(
    settings: ServeSettings, tokens: AccessTokens, reader: httpx.AsyncClient, finished: SessionFolder
) -> None:
    """Without --terminal no address leads to a screen, whatever the token."""
    cookie = header("cookie", f"autotrain_8765={tokens.cookie_for(Rights.COMMAND)}")
    headers = header("host", "127.0.0.1:8765"), header("origin", BASE), cookie
    assert "websocket.accept" not in await answers(settings, "/terminal/ws", *headers)
    reader.headers["Authorization"] = f"Bearer {tokens.command}"
    for path in ("/terminal", f"/s/{finished.id}/terminal", "/terminal/textual.js"):
        assert (await reader.get(path)).status_code == 404


async def test_the_read_token_has_no_terminal(
    with_terminal: ServeSettings, tokens: AccessTokens, finished: SessionFolder
) -> None:
    """The page is 403 with the read token; with the command token it forbids all but its own files and styles."""
    transport = httpx.ASGITransport(web_app(with_terminal))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        path = f"/s/{finished.id}/terminal"
        reading = {"Authorization": f"Bearer {tokens.read}"}
        commanding = {"Authorization": f"Bearer {tokens.command}"}
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers=reading)).status_code == 403
        assert "terminal" not in (await client.get(f"/s/{finished.id}", headers=reading)).text
        answer = await client.get(path, headers=commanding)
        assert answer.status_code == 200
        assert "default-src 'none'; script-src 'self';" in answer.headers["content-security-policy"]
        assert "//" not in answer.text.replace("<!doctype", "")
        assert f"/s/{finished.id}/terminal" in (await client.get(f"/s/{finished.id}", headers=commanding)).text
        for name in ("nothing", "%2e%2e%2fserver.py", "js%2ftextual.js"):
            assert (await client.get(f"/terminal/{name}", headers=commanding)).status_code in (403, 404)


def test_the_command_has_no_word_of_a_shell(settings: ServeSettings, tmp_path: Path) -> None:
    """textual-serve starts its child through a shell: a folder with a shell's signs in its name stays one word."""
    hostile = msgspec.structs.replace(settings, sessions=tmp_path / "a b; touch $(x) `y` 'z'")
    words = shlex.split(screen_command(hostile, "20261122-150403-digits"))
    assert words[:2] == ["exec", "env"]
    assert str(hostile.sessions) in words


def test_without_the_extra_the_pip_line_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without textual-serve `serve --terminal` exits with 4 and says what to install."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "textual_serve" else find(name))
    assert cli.main(["serve", "--terminal", "--sessions-dir", str(tmp_path)]) == 4
    assert "pip install 'autotrain-tui[terminal]'" in capsys.readouterr().err


class TerminalServer:
    """`serve --terminal` on a running session."""

    def __init__(self, root: Path) -> None:
        self.folder = make_session(root / "sessions", "running")
        words = ["serve", "--terminal", "--port", "0", "--sessions-dir", str(root / "sessions")]
        self.child = subprocess.Popen(
            [sys.executable, "-m", "autotrain_tui", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(root / "cache"), "TERM": "dumb"},
        )
        assert self.child.stdout is not None
        self.child.stdout.readline()
        self.login = self.child.stdout.readline().split()[0]
        self.address = self.login.partition("/login#")[0]

    def screens(self) -> list[int]:
        """The processes of its screens."""
        path = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return [int(word) for word in path.read_text().split()]


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[tuple[TerminalServer, Callable[[], Any]]]:
    """A server, and what opens its terminal in a browser; nothing is asked of another host, and no error is logged."""
    server = TerminalServer(tmp_path)
    said: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM)

        def open_page() -> Any:
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
            page.on("request", lambda request: said.append(request.url) if server.address not in request.url else None)
            page.goto(server.login)
            page.wait_for_url(f"{server.address}/")
            page.goto(f"{server.address}/s/{server.folder.id}/terminal")
            page.wait_for_selector("body.-first-byte")
            return page

        yield server, open_page
        browser.close()
    server.child.terminate()
    server.child.communicate(timeout=120)
    assert said == []


@pytest.mark.service
@pytest.mark.process
@pytest.mark.skipif(not os.path.exists(CHROMIUM), reason=f"{CHROMIUM} is missing: apt-get install chromium")
@pytest.mark.skipif(not HERE, reason="textual-serve is not installed: pip install 'autotrain-tui[terminal]'")
def test_the_screen_lives_and_ends_in_the_browser(open_terminal: tuple[TerminalServer, Callable[[], Any]]) -> None:
    """Keys reach the screen at once; `d`, a closed page and a killed server each end its process."""
    server, open_page = open_terminal
    page = open_page()
    assert len(until(server.screens, "a screen")) == 1
    until(lambda: press(page, "d"), "the screen's end")
    assert page.is_visible(".ended")
    until(lambda: not server.screens(), "its process's end")
    page = open_page()
    until(server.screens, "another screen")
    page.close()
    until(lambda: not server.screens(), "its end with the page")
    page = open_page()
    (screen,) = until(server.screens, "a third screen")
    os.kill(server.child.pid, signal.SIGKILL)
    until(lambda: not os.path.exists(f"/proc/{screen}"), "its end with the server")


def press(page: Any, key: str) -> bool:
    """Press a key; whether the terminal has closed. Before the first paint keys have no effect."""
    page.keyboard.press(key)
    page.wait_for_timeout(200)
    return bool(page.evaluate("document.body.classList.contains('-closed')"))
