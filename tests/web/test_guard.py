"""The guard, line by line: who is answered, with which headers, and what never leaves."""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx
import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.errors import MachineError, UsageError
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.web.guard.access_tokens import AccessTokens, Rights, tokens_from, tokens_new
from autotrain_tui.web.guard.request_check import host_without_port, is_loopback
from autotrain_tui.web.guard.token_tries import TokenTries
from autotrain_tui.web.run_server import listen
from autotrain_tui.web.settings import ServeSettings
from tests.web.conftest import BASE

PATHS = [
    "/",
    "/s/x",
    "/api/sessions",
    "/api/sessions/x",
    "/api/sessions/x/metrics",
    "/api/plan/x",
    "/metrics",
    "/compare",
]


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_token_nothing_is_told(stranger: httpx.AsyncClient, finished: SessionFolder, path: str) -> None:
    """Without a token every address but the log-in and the liveness check is 401, and names no session."""
    answer = await stranger.get(path.replace("x", finished.id))
    assert answer.status_code == 401
    assert "digits" not in answer.text.replace(finished.id, "")


async def test_liveness_says_nothing(stranger: httpx.AsyncClient) -> None:
    """/healthz needs no token and says only that the server answers."""
    answer = await stranger.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_a_script_shows_its_token_in_the_header(
    stranger: httpx.AsyncClient, tokens: AccessTokens, scheme: str
) -> None:
    """`Authorization: Bearer TOKEN` is enough; a wrong token is 401."""
    answer = await stranger.get("/api/sessions", headers={"Authorization": f"{scheme} {tokens.read}"})
    assert answer.status_code == 200


@pytest.mark.usefixtures("quick_tries")
@pytest.mark.parametrize("wrong", ["", "x", "é" * 43, "Bearer"])
async def test_a_wrong_token_is_401(stranger: httpx.AsyncClient, wrong: str) -> None:
    """A token that is none, whatever its form, is 401."""
    answer = await stranger.get("/api/sessions", headers={"Authorization": f"Bearer {wrong}".encode()})
    assert answer.status_code == 401


@pytest.mark.usefixtures("quick_tries")
async def test_ten_wrong_tokens_a_minute(stranger: httpx.AsyncClient, tokens: AccessTokens) -> None:
    """The eleventh wrong token of a minute is 429, for log-ins too, and the right one is still taken."""
    wrong = {"Authorization": "Bearer wrong"}
    assert [(await stranger.get("/api/sessions", headers=wrong)).status_code for _ in range(11)] == [401] * 10 + [429]
    sent = {"headers": {"Origin": BASE}, "data": {"token": "wrong"}}
    assert [(await stranger.post("/login", **sent)).status_code for _ in range(11)] == [401] * 10 + [429]
    right = {"Authorization": f"Bearer {tokens.read}"}
    assert (await stranger.get("/api/sessions", headers=right)).status_code == 200


async def test_a_wrong_token_takes_a_second(stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong token is answered after one second."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("autotrain_tui.web.guard.guard.asyncio.sleep", sleep)
    await stranger.get("/api/sessions", headers={"Authorization": "Bearer wrong"})
    assert slept == [1.0]


def test_tries_are_counted_by_address() -> None:
    """One address cannot use up the tries of another, and the number of addresses that are kept is bounded."""
    tries = TokenTries()
    assert [tries.wrong("10.0.0.1") for _ in range(11)] == [True] * 10 + [False]
    assert tries.wrong("10.0.0.2")
    assert all(tries.wrong(f"address-{number}") for number in range(10_000))
    assert len(tries._tries) <= 1024


async def test_log_in_and_its_cookie(
    stranger: httpx.AsyncClient, settings: ServeSettings, tokens: AccessTokens
) -> None:
    """The right token gives a cookie that scripts cannot read and other sites cannot send; the token is not in it."""
    answer = await stranger.post("/login", data={"token": tokens.read, "next": "/s/a"}, headers={"Origin": BASE})
    assert (answer.status_code, answer.headers["location"]) == (303, "/s/a")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{settings.cookie}=")
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert "secure" not in cookie.lower()
    assert tokens.read not in cookie
    assert (await stranger.get("/")).status_code == 200


async def test_the_cookie_is_secure_behind_tls(settings: ServeSettings, tokens: AccessTokens) -> None:
    """A log-in through https gives a cookie that is never sent over http."""
    import msgspec

    from autotrain_tui.web.web_app import web_app

    proxied = msgspec.structs.replace(settings, behind_proxy=True, names=("train.example",))
    transport = httpx.ASGITransport(web_app(proxied))
    async with httpx.AsyncClient(transport=transport, base_url="http://train.example") as client:
        headers = {"Origin": "https://train.example"}
        answer = await client.post("/login", data={"token": tokens.read}, headers=headers)
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:1", ""])
async def test_a_log_in_never_leads_elsewhere(stranger: httpx.AsyncClient, tokens: AccessTokens, place: str) -> None:
    """The page after the log-in is one of this server."""
    sent = {"token": tokens.read, "next": place}
    answer = await stranger.post("/login", data=sent, headers={"Origin": BASE})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("value", ["", "read", "1", "0" * 64, "a;b=c"])
async def test_forged_cookies_are_401(stranger: httpx.AsyncClient, settings: ServeSettings, value: str) -> None:
    """A cookie that was not made from the token gives nothing."""
    assert (await stranger.get("/", headers={"Cookie": f"{settings.cookie}={value}"})).status_code == 401


async def test_the_token_is_no_cookie(
    stranger: httpx.AsyncClient, settings: ServeSettings, tokens: AccessTokens
) -> None:
    """The cookie's value is made from the token, and the token itself is not taken in its place."""
    assert (await stranger.get("/", headers={"Cookie": f"{settings.cookie}={tokens.read}"})).status_code == 401
    cookie = tokens.cookie_for(Rights.READ)
    assert tokens.rights_of_token(cookie) is Rights.NOTHING


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "[::2]:8765", "localhost.evil", "0.0.0.0"],
)
async def test_other_hosts_are_421(reader: httpx.AsyncClient, host: str) -> None:
    """A name that the server was not told is 421, so that no page can rebind its own name to this machine."""
    assert (await reader.get("/api/sessions", headers={"Host": host})).status_code == 421
    assert (await reader.get("/healthz", headers={"Host": host})).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:9000", "[::1]:8765", "LOCALHOST"])
async def test_own_hosts_are_answered(reader: httpx.AsyncClient, host: str) -> None:
    """The names of this machine are answered at any port: `ssh -L` shows the page at another one."""
    assert (await reader.get("/api/sessions", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9", "https://127.0.0.1:8765"])
async def test_foreign_origins_are_403(reader: httpx.AsyncClient, method: str, origin: str) -> None:
    """A request from another site is 403, also when it only reads; another port or scheme is another site."""
    answer = await reader.request(method, "/api/sessions", headers={"Origin": origin})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


async def test_a_post_must_come_from_the_page(stranger: httpx.AsyncClient, tokens: AccessTokens) -> None:
    """A POST without an Origin and without Sec-Fetch-Site: same-origin is 403."""
    sent = {"token": tokens.read}
    assert (await stranger.post("/login", data=sent)).status_code == 403
    assert (await stranger.post("/login", data=sent, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await stranger.post("/login", data=sent, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303


async def test_bodies_are_small(stranger: httpx.AsyncClient) -> None:
    """A body over 64 KiB is 413, whether its length is told or not."""
    headers = {"Origin": BASE}
    assert (await stranger.post("/login", content=b"a" * 65537, headers=headers)).status_code == 413

    async def parts():  # type: ignore[no-untyped-def]
        for _ in range(70):
            yield b"a" * 1024

    assert (await stranger.post("/login", content=parts(), headers=headers)).status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO"])
async def test_only_three_methods(reader: httpx.AsyncClient, method: str) -> None:
    """Anything but GET, HEAD and POST is 405, preflights of other sites included."""
    assert (await reader.request(method, "/api/sessions")).status_code == 405


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/api/sessions", "/nowhere", "/static/page.css"])
async def test_every_answer_has_the_headers(reader: httpx.AsyncClient, path: str) -> None:
    """Every answer forbids foreign scripts, frames and guesses of types, and is not kept unless its address changes."""
    answer = await reader.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    kept = "immutable" if path.startswith("/static/") else "no-store"
    assert kept in answer.headers["cache-control"]


async def test_pages_have_no_inline_code(reader: httpx.AsyncClient, finished: SessionFolder) -> None:
    """No page has a script, a style or a handler of its own: the policy would block it."""
    for path in ("/", f"/s/{finished.id}", "/login"):
        page = (await reader.get(path)).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src)|javascript:", page)
        assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//", page)


@pytest.mark.parametrize("name", ["%2e%2e", "..%2f..%2fetc", "a%00b", "%2fetc%2fpasswd", "x" * 300, ".git"])
async def test_path_tricks_name_no_session(reader: httpx.AsyncClient, finished: SessionFolder, name: str) -> None:
    """What is no id of a session is 404, whatever it would be as a path."""
    for path in ("/api/sessions/{}", "/api/sessions/{}/metrics", "/s/{}", "/api/plan/{}"):
        assert (await reader.get(path.format(name))).status_code in (400, 404)


async def test_a_linked_session_is_none(reader: httpx.AsyncClient, finished: SessionFolder, tmp_path: Path) -> None:
    """A link in the folder of sessions is no session, even if it leads to one."""
    finished.path.rename(tmp_path / "elsewhere")
    finished.path.symlink_to(tmp_path / "elsewhere")
    assert (await reader.get(f"/api/sessions/{finished.id}")).status_code == 404


def test_tokens_are_long_and_differ() -> None:
    """Each start has its own 32 random bytes for either token."""
    first, second = tokens_new(commands=True), tokens_new(commands=True)
    assert len({first.read, first.command, second.read, second.command}) == 4
    assert all(len(token) == 43 for token in (first.read, first.command))
    assert first.rights_of_token(first.command) is Rights.COMMAND
    assert AccessTokens(first.read).rights_of_token("") is Rights.NOTHING


def test_a_token_file_is_private(tmp_path: Path) -> None:
    """A token file is written 0600 and read again; one that others can read, a link or a short one is refused."""
    path = tmp_path / "token"
    made = tokens_from(path, commands=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert tokens_from(path, commands=True) == made
    assert tokens_from(path, commands=False) == AccessTokens(made.read)
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        tokens_from(path, commands=False)
    short = tmp_path / "short"
    os.close(os.open(short, os.O_CREAT | os.O_WRONLY, 0o600))
    with pytest.raises(UsageError, match="expected 1"):
        tokens_from(short, commands=False)
    path.chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError, match="link"):
        tokens_from(tmp_path / "link", commands=False)


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_an_open_address_needs_tls(bind: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """An address that others reach is refused with status 2 without TLS files or --behind-proxy."""
    assert cli.main(["serve", "--bind", bind, "--sessions-dir", str(tmp_path)]) == 2
    assert "--behind-proxy" in capsys.readouterr().err
    assert not is_loopback(bind)


def test_half_of_tls_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """--tls-cert without --tls-key, and a file that is not there, are wrong usage."""
    assert cli.main(["serve", "--tls-cert", str(tmp_path / "a")]) == 2
    assert cli.main(["serve", "--tls-cert", str(tmp_path / "a"), "--tls-key", str(tmp_path / "b")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_taken_port_names_a_free_one() -> None:
    """The message about a port in use has the command with the next free port."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(
            MachineError, match=rf"port {port} of 127.0.0.1 is in use; try: autotrain-tui serve --port \d+"
        ):
            listen("127.0.0.1", port)


def test_without_the_extra_serve_says_how(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without starlette `serve` exits with 4 and the pip line."""
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "starlette" else find(name))
    assert cli.main(["serve"]) == 4
    assert "pip install 'autotrain-tui[web]'" in capsys.readouterr().err


def test_hosts_are_read_without_their_port() -> None:
    """The name of a Host header, in any of its forms."""
    forms = {"A.b:1": "a.b", "[::1]:80": "::1", "::1": "::1", "127.0.0.1": "127.0.0.1", "": ""}
    assert {form: host_without_port(form) for form in forms} == forms
    assert is_loopback("127.0.0.2")
    assert is_loopback("::1")
    assert is_loopback("localhost")
