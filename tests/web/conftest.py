"""Fixtures of the web page's tests: sessions made by hand, and the application without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.web.guard.access_tokens import AccessTokens, tokens_new
from autotrain_tui.web.settings import ServeSettings
from autotrain_tui.web.web_app import web_app
from tests.tui.sessions import make_session

BASE = "http://127.0.0.1:8765"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, where the index of finished sessions lies."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def finished(tmp_path: Path) -> SessionFolder:
    """A finished session of five stages."""
    return make_session(tmp_path / "sessions", "finished")


@pytest.fixture
def tokens() -> AccessTokens:
    """Both tokens of the server."""
    return tokens_new(commands=True)


@pytest.fixture
def settings(tmp_path: Path, tokens: AccessTokens) -> ServeSettings:
    """How the server of a test was started."""
    return ServeSettings(tmp_path / "sessions", None, tokens)


@pytest.fixture
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong tokens are answered without the second of delay."""
    monkeypatch.setattr("autotrain_tui.web.guard.guard.DELAY_SECONDS", 0.0)


@pytest.fixture
async def stranger(settings: ServeSettings) -> AsyncIterator[httpx.AsyncClient]:
    """Who has no token."""
    transport = httpx.ASGITransport(web_app(settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
async def reader(stranger: httpx.AsyncClient, tokens: AccessTokens) -> httpx.AsyncClient:
    """A script with the read token."""
    stranger.headers["Authorization"] = f"Bearer {tokens.read}"
    return stranger
