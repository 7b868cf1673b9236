"""Delivery to receivers that answer late, wrongly, by half or never; and to those behind apprise."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
import types

import msgspec
import pytest

from autotrain_tui.notify import delivery
from autotrain_tui.notify.delivery import Delivered, deliver
from autotrain_tui.notify.message import test_message as message_of_a_test
from tests.cli.project import until
from tests.notify.receivers import SECRET, Behaviour, receiver

MESSAGE = message_of_a_test("digits", host="h", link="")
TRY_SECONDS = 1.0


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries, one directly after the other, and no proxy of this machine."""
    monkeypatch.setattr(delivery, "PAUSES", (0.0, 0.0))
    monkeypatch.setenv("NO_PROXY", "*")


def sends(data: bytes) -> Behaviour:
    """Sends these bytes, then closes."""
    return lambda connection, _: connection.sendall(data)


def never(_: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def drips(connection: socket.socket, over: threading.Event) -> None:
    """A byte now and then: no single read ever takes long."""
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
        if over.wait(0.05):
            return
        connection.sendall(bytes([letter]))


def half_closed(connection: socket.socket, over: threading.Event) -> None:
    """Ends its side without an answer and keeps the connection."""
    connection.shutdown(socket.SHUT_WR)
    over.wait(30)


def reset(connection: socket.socket, _: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


EMPTY = b"Content-Length: 0\r\n\r\n"
BAD: dict[str, tuple[Behaviour, str, int]] = {
    "never answers": (never, "no answer", 3),
    "drips": (drips, "no answer within", 3),
    "half-closed": (half_closed, "ended within the answer", 3),
    "closes": (sends(b""), "ended within the answer", 3),
    "resets": (reset, "Connection reset", 3),
    "no HTTP": (sends(b"SSH-2.0-x\r\n"), "ended within the answer", 3),
    "error of the server": (sends(b"HTTP/1.1 502 /s3cret-path-of-the-url\r\n" + EMPTY), "answered 502 Bad Gateway", 3),
    "later": (sends(b"HTTP/1.1 429 Slow down\r\n" + EMPTY), "answered 429 Too Many Requests", 3),
    "wrong for good": (sends(b"HTTP/1.1 404 No\r\n" + EMPTY), "answered 404 Not Found", 1),
    "redirects": (sends(b"HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:1/stolen\r\n" + EMPTY), "answered 307", 1),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_receiver_is_told_and_never_waited_for(case: str) -> None:
    """What is wrong is one sentence without the URL; each try ends in time, and only what may pass is tried again."""
    behave, words, tries = BAD[case]
    seconds = TRY_SECONDS if behave in (never, drips) else 30  # on a busy machine the others too take their time
    with receiver(behave) as (url, requests):
        began = time.monotonic()
        found = deliver(url, MESSAGE, try_seconds=seconds)
        assert time.monotonic() - began < tries * seconds + 60
        assert not found.good
        assert words in found.answer
        assert found.tries == tries
        until(lambda: len(requests) >= tries, "the receiver has read each request")
        assert len(requests) == tries
        assert SECRET not in repr(found)


def test_a_slow_answer_is_an_answer() -> None:
    """A receiver that takes its time within the try is asked once."""

    def late(connection: socket.socket, over: threading.Event) -> None:
        over.wait(0.4)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with receiver(late) as (url, requests):
        assert deliver(url, MESSAGE).answer == "answered 204"
        assert len(requests) == 1


def test_an_answer_without_end_is_not_read() -> None:
    """A good status is enough: a body that never ends costs nothing."""

    def endless(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        over.wait(30)

    with receiver(endless) as (url, _):
        assert deliver(url, MESSAGE, try_seconds=60).answer == "answered 200"


def test_nobody_listens() -> None:
    """A refused connection and a name that nobody has are said without the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = deliver(f"http://127.0.0.1:{port}/{SECRET}", MESSAGE, try_seconds=60)
    assert found.answer == "no connection: Connection refused"
    found = deliver(f"http://{SECRET}.invalid/", MESSAGE, try_seconds=TRY_SECONDS)
    assert not found.good
    assert SECRET not in repr(found)


@pytest.mark.parametrize("value", ["", "hook", "http://", "http://[::1/x", "http://x:port/", "http://127.0.0.1:9/a b"])
def test_what_is_no_url_is_not_requested(value: str) -> None:
    """A variable whose value is no URL is told, once."""
    found = deliver(value, MESSAGE, try_seconds=TRY_SECONDS)
    assert not found.good
    assert "not a URL" in found.answer
    assert found.tries <= 1


class Outcome:
    """What apprise 2.3 returns: an object that is true or false, and never `is False`."""

    def __init__(self, *, good: bool) -> None:
        self.good = good

    def __bool__(self) -> bool:
        return self.good


def through_apprise(monkeypatch: pytest.MonkeyPatch, *, known: bool, good: bool) -> tuple[Delivered, list[str]]:
    bodies: list[str] = []

    class Apprise:
        def add(self, _url: str) -> bool:
            return known

        def notify(self, *, title: str, body: str) -> Outcome:
            bodies.append(f"{title}\n{body}")
            return Outcome(good=good)

    module = types.ModuleType("apprise")
    module.Apprise = Apprise  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "apprise", module)
    return deliver(f"mailto://me:{SECRET}@example.org", MESSAGE, try_seconds=5), bodies


def test_other_schemes_go_through_apprise(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Title and text reach apprise; its false result is a failure that is tried again, an unknown scheme is not."""
    with caplog.at_level(0):
        found, bodies = through_apprise(monkeypatch, known=True, good=True)
        assert (found.good, found.form, found.tries) == (True, "apprise", 1)
        assert bodies[0].startswith("digits: test message\n")
        found, _ = through_apprise(monkeypatch, known=True, good=False)
        assert (found.good, found.tries) == (False, 3)
        found, bodies = through_apprise(monkeypatch, known=False, good=True)
        assert (found.good, found.tries, bodies) == (False, 1, [])
    assert SECRET not in repr(found) + caplog.text


def test_without_apprise_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL of another scheme names the extra that is missing."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    found = deliver(f"mailto://me:{SECRET}@example.org", MESSAGE)
    assert "pip install 'autotrain-tui[notify]'" in found.answer
    assert (found.good, found.tries) == (False, 1)


def test_an_error_within_apprise_has_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a plugin raises is one word: its traceback would have the URL."""

    class Apprise:
        def add(self, url: str) -> bool:
            raise KeyError(url)

    module = types.ModuleType("apprise")
    module.Apprise = Apprise  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "apprise", module)
    found = deliver(f"mailto://me:{SECRET}@example.org", MESSAGE, try_seconds=5)
    assert (found.good, found.answer) == (False, "could not be sent (KeyError)")


def told_by_child(**urls: str) -> str:
    """What the process of a message writes to `runner.log`, the message going to each of these variables."""
    environment = {**os.environ, **urls, "AUTOTRAIN_MESSAGE": msgspec.json.encode(MESSAGE).decode()}
    child = subprocess.run(
        [sys.executable, "-P", "-m", "autotrain_tui.notify", *urls],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert SECRET not in child.stdout + child.stderr
    return child.stderr


@pytest.mark.process
def test_several_receivers_wait_for_none_of_the_others() -> None:
    """Each receiver is told at the same time: one that is late, one that fails, one that nobody answers for."""
    both = threading.Barrier(2)

    def late(connection: socket.socket, over: threading.Event) -> None:
        both.wait(60)  # either answers only once the other was asked as well
        over.wait(0.3)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + EMPTY)

    def wrong(connection: socket.socket, _: threading.Event) -> None:
        both.wait(60)
        connection.sendall(b"HTTP/1.1 403 No\r\n" + EMPTY)

    with receiver(late) as (first, requests), receiver(wrong) as (second, _):
        said = told_by_child(LATE=first, WRONG=second, NONE="hook").splitlines()
        assert len(requests) == 1
    assert sorted(line.partition(" to ")[2] for line in said) == [
        "LATE (JSON): answered 200; 1 try",
        "NONE (none): its value is not a URL; 0 tries",
        "WRONG (JSON): answered 403 Forbidden; 1 try",
    ]


@pytest.mark.service
@pytest.mark.process
def test_the_real_apprise_delivers_and_fails() -> None:
    """apprise's own JSON plugin posts title and text to a local server; an error of the server is a failure."""
    if importlib.util.find_spec("apprise") is None:
        pytest.skip("apprise is not installed: pip install 'autotrain-tui[notify]'")
    with receiver(sends(b"HTTP/1.1 200 OK\r\n" + EMPTY)) as (url, requests):
        assert "(apprise): delivered by apprise; 1 try" in told_by_child(HOOK=url.replace("http:", "json:"))
        assert b"digits: test message" in requests[0]
    with receiver(sends(b"HTTP/1.1 500 No\r\n" + EMPTY)) as (url, _):
        assert "apprise could not deliver it; 3 tries" in told_by_child(HOOK=url.replace("http:", "json:"))
