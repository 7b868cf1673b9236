"""The one door: an ASGI application around the others, which every request passes before it is read."""

from __future__ import annotations

import asyncio
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from autotrain_tui.web.guard.access_tokens import AccessTokens, Rights
from autotrain_tui.web.guard.request_check import LARGEST_BODY, RequestRules
from autotrain_tui.web.guard.token_tries import DELAY_SECONDS, TokenTries

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import Any

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["OPEN_PATHS", "TERMINAL_POLICY", "Guard"]

OPEN_PATHS = ("/healthz", "/login", "/static/")
"""What needs no token: whether the server lives, the log-in, and the program's own style sheet and script."""

_BODY_SECONDS = 10.0
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TERMINAL_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'; font-src 'self'")
"""Of the terminal's page: its script adds styles of its own, which have no file."""

_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # not no-referrer: with it Chromium sends `Origin: null` with the page's own POST
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


class Guard:
    """Refuses what is not allowed, adds the headers, and tells the application the request's rights.

    `unknown` makes the answer for a page without a token (the log-in form); other paths get a JSON document.
    """

    def __init__(
        self,
        app: ASGIApp,
        rules: RequestRules,
        tokens: AccessTokens,
        cookie: str,
        unknown: Callable[[str, int], Response],
    ) -> None:
        self._app, self._rules, self._tokens, self._cookie, self._unknown = app, rules, tokens, cookie, unknown
        self.tries = TokenTries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or a websocket: the terminal's."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        sending = _with_headers(send)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        hosts = sum(name == b"host" for name, _ in scope["headers"])
        refusal = self._rules.refusal(scope["method"], headers if hosts == 1 else {**headers, "host": ""})
        if refusal is not None:
            await _error(refusal.status, refusal.text)(scope, receive, sending)
            return
        if scope["method"] == "POST":
            body = await _body(receive)
            if body is None:
                text = f"a body must be at most {LARGEST_BODY >> 10} KiB and arrive within {_BODY_SECONDS:.0f} s"
                await _error(413, text)(scope, receive, sending)
                return
            receive = _replayed(body, receive)
        rights, given = self._rights(headers)
        scope.setdefault("state", {})["rights"] = rights
        if rights is Rights.NOTHING and not _is_open(scope["path"]):
            await (await self._refused(scope, given=given))(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only from the server's own page, which browsers say in Origin, and only with the command token."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        hosts = sum(name == b"host" for name, _ in scope["headers"])
        refused = hosts != 1 or "origin" not in headers or self._rules.refusal("GET", headers) is not None
        rights, given = self._rights(headers)
        if refused or rights is not Rights.COMMAND:
            if given and rights is Rights.NOTHING:
                await wrong_token(self.tries, scope)
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: status 403
            return
        await self._app(scope, receive, send)

    def _rights(self, headers: MutableMapping[str, str]) -> tuple[Rights, bool]:
        """What the request may do, and whether it showed any token."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._tokens.rights_of_token(token.strip()), True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            cookie = None
        # a cookie of an earlier start is no try to guess: it is not counted
        return (self._tokens.rights_of_cookie(cookie.value) if cookie is not None else Rights.NOTHING), False

    async def _refused(self, scope: Scope, *, given: bool) -> Response:
        if given and not await wrong_token(self.tries, scope):
            return _error(429, "too many wrong tokens; wait a minute")
        if scope["path"].startswith("/api/") or scope["path"] == "/metrics" or scope["method"] == "POST":
            return _error(401, "a token is needed: Authorization: Bearer TOKEN, as serve has printed it")
        return self._unknown(scope["path"], 401)


async def wrong_token(tries: TokenTries, scope: Scope) -> bool:
    """Note a wrong token and wait; False when the sender has had its tries for this minute."""
    client = scope.get("client")
    if not tries.wrong(client[0] if client else ""):
        return False
    await asyncio.sleep(DELAY_SECONDS)
    return True


def _is_open(path: str) -> bool:
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in OPEN_PATHS)


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status, headers={"Cache-Control": "no-store", "Connection": "close"})


async def _body(receive: Receive) -> bytes | None:
    """The request's body; None if it is too large or does not come."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                body += message.get("body", b"")
                if len(body) > LARGEST_BODY:
                    return None
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: list[Any] = list(message.get("headers", []))
            names = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS if name not in names]
            if b"cache-control" not in names:
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return sending
