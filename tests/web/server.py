"""`serve` as a child process, for tests with real connections."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
from pathlib import Path

from autotrain_tui.session.records.folder import SessionFolder
from tests.tui.sessions import make_session

__all__ = ["Server"]


class Server:
    """`serve` as a child, on sessions made by hand; `restart` keeps its port and tokens."""

    def __init__(self, root: Path, *flags: str) -> None:
        self.flags, self.errors = flags, root / "stderr"
        self.sessions, self.token_file = root / "sessions", root / "token"
        self.folder: SessionFolder = make_session(self.sessions, "running")
        self.port = 0
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
        self.start()

    def start(self) -> None:
        words = [
            "serve",
            "--port",
            str(self.port),
            "--token-file",
            str(self.token_file),
            "--sessions-dir",
            str(self.sessions),
            *self.flags,
        ]
        with self.errors.open("a") as errors:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "autotrain_tui", *words],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=self.environment,
            )
        assert self.child.stdout is not None
        self.login = self.child.stdout.readline().strip()
        self.address = self.login.partition("/login#")[0]
        self.port = int(self.address.rpartition(":")[2])

    def stop(self) -> None:
        self.child.terminate()
        self.child.communicate(timeout=120)

    def append(self, name: str, text: str) -> None:
        (path,) = self.folder.path.glob(f"stages/3-*/attempt-1/{name}")
        with path.open("a") as file:
            file.write(text)

    @property
    def token(self) -> str:
        """The read token."""
        return self.token_file.read_text().split()[0]

    def get(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of a request with the read token."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers={"Authorization": f"Bearer {self.token}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def connect(self, data: bytes) -> socket.socket:
        """A connection on which these bytes were sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(data)
        return connection

    def open_connections(self) -> int:
        """Its sockets."""
        found = 0
        for path in Path(f"/proc/{self.child.pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                found += os.readlink(path).startswith("socket:")
        return found
