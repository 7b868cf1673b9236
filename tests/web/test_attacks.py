"""Faults and attacks against a real server, by harmless input; each row of the table in docs/web.md has its test here."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.project import until
from tests.tui.sessions import make_session
from tests.web.server import Server

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the module; it lives to its end."""
    made = Server(tmp_path_factory.mktemp("attacks"))
    yield made
    assert made.child.poll() is None
    made.stop()
    assert "Traceback" not in made.errors.read_text()


def answered(server: Server) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        return server.get("/healthz") == (200, b"ok\n")
    return False


def closed(connection: socket.socket) -> bool:
    """Whether the server has closed it, within a minute; what it sent before is taken."""
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
    return True


def status_of(connection: socket.socket) -> bytes:
    """The status of its next answer."""
    line = b""
    while b"\r\n" not in line:
        piece = connection.recv(65536)
        assert piece, f"closed after {line!r}"
        line += piece
    return line.split(b" ", 2)[1]


HALVES = {
    "nothing": b"",
    "blank lines": b"\r\n\r\n",
    "half a line": b"GET / HT",
    "half a head": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ",
    "a second request by half": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HT",
    "half a body": b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 9\r\n\r\nto",
}


def test_half_requests_are_closed(server: Server) -> None:
    """A request that does not go on is closed within seconds, at whatever place it ends; others are served meanwhile."""
    began = time.monotonic()
    connections = {name: server.connect(data) for name, data in HALVES.items()}
    assert status_of(connections["a second request by half"]) == b"200"
    connections["a second request by half"].sendall(b"TP/1.1\r\n")
    assert answered(server)
    assert all(closed(connection) for connection in connections.values())
    assert time.monotonic() - began < 120
    for connection in connections.values():
        connection.close()


def test_a_head_that_comes_byte_by_byte_is_closed(server: Server) -> None:
    """The time for a head counts from its first byte: a byte each second buys no more."""
    began = time.monotonic()
    with server.connect(b"GET / HTTP/1.1\r\nX: ") as connection:
        connection.settimeout(1.0)
        while time.monotonic() - began < 120:
            try:
                connection.sendall(b"x")
                if not connection.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert time.monotonic() - began < 100


def test_thousands_of_tries_leave_a_server_that_answers(server: Server) -> None:
    """10,000 connections, one after the other and up to 900 at once: it answers afterwards, and holds none of them."""
    assert answered(server)  # its own sockets are open now
    before = server.open_connections()
    held: list[socket.socket] = []
    for number in range(10_000):
        try:
            held.append(
                server.connect(b"GET /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" if number % 2 else b"x")
            )
        except OSError:
            continue  # refused: the queue is full, which is an answer too
        if len(held) == 900:
            for connection in held:
                connection.close()
            held.clear()
    for connection in held:
        connection.close()
    until(lambda: server.open_connections() <= before + 1, f"the end of all but {before} connections")
    until(lambda: answered(server), "an answer")


def test_a_server_without_a_free_descriptor_recovers(server: Server) -> None:
    """More connections than it may have descriptors: it answers again once they are gone."""
    _, most = resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE, (64, most))
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", server.port))
        time.sleep(0.5)
    resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE, (min(1024, most), most))
    assert until(lambda: answered(server), "an answer")


def test_a_reader_who_takes_nothing_is_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that asks for much and reads nothing holds no one else up."""
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n\r\n"
    request = f"GET /api/sessions/{server.folder.id}/metrics HTTP/1.1\r\n{head}".encode()
    slow = [server.connect(request * 40) for _ in range(8)]
    began = time.monotonic()
    assert answered(server)
    assert server.get(f"/s/{server.folder.id}")[0] == 200
    assert time.monotonic() - began < 60
    for connection in slow:
        connection.close()


BAD = {
    "a head that is too large": (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"400"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400"),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
    "another host": (b"GET /api/sessions HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
    "a host in the address": (b"GET http://127.0.0.1/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
    "another site": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n\r\n", b"403"),
    "a large body": (
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 99999999\r\n\r\n",
        b"413",
    ),
    "a length that lies": (
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Length: -1\r\n\r\n",
        b"400",
    ),
    "two lengths": (
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"400",
    ),
    "length and chunks": (
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"40",
    ),
    "a websocket": (
        b"GET /terminal/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"401",
    ),
    "a forged cookie": (b"GET /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: autotrain_%d=%b\r\n\r\n", b"401"),
    "a token in the address": (b"GET /api/sessions?token=%b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"401"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_requests_get_their_status(server: Server, case: str) -> None:
    """Each is refused with its own status, and the server goes on."""
    request, status = BAD[case]
    if case == "a forged cookie":
        request %= (server.port, b"0" * 64)
    elif case == "a token in the address":
        request %= server.token.encode()
    with server.connect(request) as connection:
        assert status_of(connection).startswith(status)
    assert answered(server)


def test_a_token_as_cookie_is_none(server: Server) -> None:
    """The cookie's value is no token, and the token is no cookie's value."""
    cookie = f"autotrain_{server.port}={server.token}"
    assert server.get("/api/sessions", Cookie=cookie, Authorization="")[0] == 401


def test_the_token_is_nowhere_else(server: Server) -> None:
    """No process list, environment, error text, record or answer has the token; the answers have no Referer for others."""
    paths = ["/", f"/s/{server.folder.id}", f"/s/{server.folder.id}/log", "/login", "/api/sessions", "/metrics"]
    answers = [server.get(path)[1] for path in paths]
    process = Path(f"/proc/{server.child.pid}")
    files = [path for path in server.sessions.rglob("*") if path.is_file()]
    places = [*answers, process.joinpath("cmdline").read_bytes(), process.joinpath("environ").read_bytes()]
    places += [server.errors.read_bytes(), *(path.read_bytes() for path in files)]
    assert len(places) > 15
    assert not [place[:80] for place in places if server.token.encode() in place]


TRICKS = ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a%00b", "%ff%fe", "x" * 300, "."]


@pytest.mark.parametrize("name", TRICKS)
def test_names_that_are_paths_lead_nowhere(server: Server, name: str) -> None:
    """A session, a stage, a metric or a plan that is named like a path is none."""
    session = server.folder.id
    for path in (
        f"/api/sessions/{name}",
        f"/s/{name}",
        f"/s/{name}/log",
        f"/api/plan/{name}",
        f"/api/sessions/{session}/log?stage={name}",
        f"/s/{session}/log?stage={name}",
        f"/static/{name}",
        f"/api/sessions/{session}/metrics?stage={name}",
    ):
        status, body = server.get(path)
        assert status in (400, 404), path
        assert b"root:" not in body


def test_links_within_a_session_are_not_followed(server: Server, tmp_path: Path) -> None:
    """A log, readings or a stage's folder that is a link to elsewhere shows nothing of it."""
    secret = tmp_path / "secret"
    secret.write_text('the secret of another\n[1.0,"stolen",0.5,1,null]\n')
    folder = make_session(server.sessions, "running", name="20261120-150403-linked")
    (attempt,) = folder.path.glob("stages/3-*/attempt-1")
    for name in ("log", "readings.jsonl"):
        (attempt / name).unlink()
        (attempt / name).symlink_to(secret)
    (other,) = folder.path.glob("stages/1-*")
    shutil.rmtree(other)
    (tmp_path / "elsewhere" / "attempt-1").mkdir(parents=True)
    shutil.copy(secret, tmp_path / "elsewhere" / "attempt-1" / "log")
    other.symlink_to(tmp_path / "elsewhere")
    for path in ("", "/log", "/log?stage=foundation", "/metrics"):
        assert b"secret of another" not in server.get(f"/s/{folder.id}{path}")[1]
        assert b"stolen" not in server.get(f"/api/sessions/{folder.id}{path}")[1]
    shutil.rmtree(folder.path)


def frames(connection: socket.socket) -> Iterator[tuple[str, str]]:
    """Name and data of each event of a stream, for a minute."""
    data, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline and (piece := connection.recv(65536)):
        data += piece
        while b"\n\n" in data:
            frame, _, data = data.partition(b"\n\n")
            fields = dict(line.partition(": ")[::2] for line in frame.decode().splitlines())
            if "event" in fields:
                yield fields["event"], fields["data"]


def test_a_session_that_is_deleted_while_watched(server: Server) -> None:
    """Who watches is told what is gone, once, its address is 404 then, and other sessions are as before."""
    folder = make_session(server.sessions, "running", name="20261119-150403-gone")
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n\r\n"
    with server.connect(f"GET /api/sessions/{folder.id}/events HTTP/1.1\r\n{head}".encode()) as connection:
        events = frames(connection)
        assert next(name for name, _ in events if name != "begin") == "state"
        folder.journal.unlink()
        assert "has no journal.jsonl any more" in next(data for name, data in events if name == "trouble")
        shutil.rmtree(folder.path)
        assert "is gone" in next(data for name, data in events if name == "trouble")
        connection.settimeout(2.0)
        with pytest.raises(TimeoutError):
            next(events)
    assert server.get(f"/s/{folder.id}")[0] == 404
    assert server.get(f"/api/sessions/{folder.id}")[0] == 404
    assert server.get(f"/s/{server.folder.id}")[0] == 200
    assert folder.id not in server.get("/")[1].decode()


def test_a_port_that_is_taken(server: Server) -> None:
    """A second server on the port ends with 4 and the command with another port; the first goes on."""
    words = ["serve", "--port", str(server.port), "--sessions-dir", str(server.sessions)]
    second = subprocess.run(
        [sys.executable, "-m", "autotrain_tui", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert second.returncode == 4
    assert f"port {server.port} of 127.0.0.1 is in use; try: autotrain-tui serve --port " in second.stderr
    assert answered(server)


def test_a_full_disk_stops_no_page(tmp_path: Path) -> None:
    """With no byte to be written, pages, events and figures are served, and a command fails without a trace."""
    server = Server(tmp_path, "--allow-commands")
    try:
        command_token = server.token_file.read_text().split()[1]
        _, most = resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, (0, most))
        for path in ("/", f"/s/{server.folder.id}", f"/s/{server.folder.id}/log", "/api/sessions", "/metrics"):
            assert server.get(path)[0] == 200, path
        headers = {"Origin": server.address, "Authorization": f"Bearer {command_token}"}
        status, answer = server.get(f"/s/{server.folder.id}/command", "POST", "verb=pause", **headers)
        assert status == 500
        assert b"File too large" in answer
        assert list(server.folder.control.glob("*.json")) == []
        assert answered(server)
    finally:
        server.stop()


def test_a_killed_server_is_started_again(tmp_path: Path) -> None:
    """After SIGKILL the same command takes the same port, and the token of the file still works."""
    server = Server(tmp_path)
    port, token = server.port, server.token
    events = server.connect(
        f"GET /api/sessions/{server.folder.id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    assert next(frames(events))
    server.child.kill()
    server.child.communicate(timeout=120)
    server.start()
    try:
        assert (server.port, server.token) == (port, token)
        assert json.loads(server.get("/api/sessions")[1])["sessions"]
    finally:
        events.close()
        server.stop()


def test_tls_serves_https_and_keeps_the_cookie_to_it(tmp_path: Path) -> None:
    """With a certificate the address is https, plain HTTP gets no answer, and the cookie is Secure."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: apt-get install openssl")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-days", "1", "-subj", "/CN=localhost"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    server = Server(tmp_path, "--tls-cert", str(certificate), "--tls-key", str(key))
    try:
        assert server.address.startswith("https://127.0.0.1:")
        with server.connect(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as plain:
            assert not plain.recv(100).startswith(b"HTTP/1.1 200")
        context = ssl.create_default_context(cafile=str(certificate))
        context.check_hostname = False
        body = f"token={server.token}"
        with contextlib.closing(
            http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=60)
        ) as connection:
            connection.request("POST", "/login", body, {"Origin": server.address})
            answer = connection.getresponse()
            assert answer.status == 303
            assert "secure" in (answer.getheader("Set-Cookie") or "").lower()
    finally:
        server.stop()
