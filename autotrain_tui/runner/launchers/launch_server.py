"""The runner's launch server: `shim.py --serve`, which forks a shim for each attempt faster than an interpreter starts.

Runner and server share an unnamed socket pair; `shim.serve` says what a request is. Nothing depends on the server: if
it is dead or says nothing for a second, the request is taken back and the shim is started by itself. Taking it back is
reading the one byte of the pipe that came with it: who reads that byte, the forked shim or the runner, has the
attempt, so that no command starts twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

from autotrain_tui.runner.launchers.shim_pipe import read_until_closed

__all__ = ["LaunchServer"]

log = logging.getLogger(__name__)

PATIENCE: Final = 1.0
"""Seconds of silence after which a request is taken back."""

MOST_FAILURES: Final = 3
"""A server that failed is replaced so often; then every shim is started by itself."""

LARGEST: Final = 16 << 20
"""Bytes of an environment that are sent; the kernel would refuse a command that has so many."""

_ROOM: Final = " " * 1024
"""Blanks at the end of the server's command line: each shim writes its own over it."""

_LIMITS: Final = [number for name in sorted(dir(resource)) if name.startswith("RLIMIT_")
                  for number in (getattr(resource, name),)]  # fmt: skip


class LaunchServer:
    """A launch server, started by `start`, and again when it has failed."""

    def __init__(self, program: Callable[[], Path]) -> None:
        """`program`: the shim's file, or its bytecode."""
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._failures = 0
        self._ending: list[subprocess.Popen[bytes]] = []
        self._turn = asyncio.Lock()

    def start(self) -> None:
        """Start it, unless it runs or has failed too often; returns at once."""
        if self._channel is not None or self._failures >= MOST_FAILURES or not sys.platform.startswith("linux"):
            return
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        variables = {name: value for name, value in os.environ.items() if not name.startswith("AUTOTRAIN_")}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(self._program()), "--serve", _ROOM],
                env=variables, cwd="/", start_new_session=True,
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            ours.close()
            self._failures = MOST_FAILURES
            log.warning("the launch server can't be started: %s", error.strerror)
            return
        finally:
            theirs.close()
        self._channel = ours

    async def launch(self, folder: Path, environment: Mapping[str, str], registered: Callable[[], bool]) -> int | None:
        """Have shims started for the attempt in `folder`; returns when their start is over, registered or not.

        The descriptor is the end of a pipe in which a byte says that the exit record is written. None if nothing of
        this request can start any more. `registered`: whether the attempt's shims are.
        """
        self.start()
        data = _packed(environment)
        channel = self._channel
        if channel is None or data is None:
            return None
        with _Ticket() as ticket, _Pipe() as said, _Pipe() as end:
            try:
                request, descriptors = _request(folder, data), (said.writer, end.writer, ticket.descriptor)
                sent = await self._send(channel, request, descriptors)
            except BaseException:
                self._fail("a request was cut off")  # the next one would not be understood
                raise
            said.close_writer()
            end.close_writer()
            if sent:
                await read_until_closed(said.take_reader(), lambda: registered() or ticket.take_back())
            if not registered() and ticket.take_back():
                self._fail("it did not answer" if sent else "it takes no requests")
                return None
            return end.take_reader()

    async def _send(self, channel: socket.socket, request: bytes, descriptors: tuple[int, ...]) -> bool:
        """Whether the whole request was taken within the time."""
        async with self._turn:
            try:
                async with asyncio.timeout(PATIENCE):
                    count = socket.send_fds(channel, [request], descriptors)
                    await asyncio.get_running_loop().sock_sendall(channel, request[count:])
            except (OSError, TimeoutError):
                return False
        return True

    def _fail(self, reason: str) -> None:
        """End it; the next attempt gets another one."""
        self._failures += 1
        process = self._process
        log.warning("the launch server is replaced: %s (exit status %s)", reason, process and process.poll())
        self.close()

    async def settle(self) -> None:
        """End it, and wait for a moment until it has; `launch` starts another one."""
        self.close()
        for _ in range(100):
            if not self._ending:
                return
            await asyncio.sleep(0.002)
            self.close()

    def close(self) -> None:
        """End it. The shims that it started live on."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.kill()
            self._ending.append(self._process)
            self._process = None
        self._ending = [process for process in self._ending if process.poll() is None]


class _Pipe:
    """A pipe for the shims; what is not taken over is closed."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_writer()
        if self.reader >= 0:
            os.close(self.reader)

    def close_writer(self) -> None:
        """Only the shims hold it from now on."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def take_reader(self) -> int:
        """The reading end, which is the caller's to close."""
        reader, self.reader = self.reader, -1
        return reader


class _Ticket:
    """A pipe with one byte. Its reader has the attempt."""

    def __init__(self) -> None:
        self.descriptor, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(writer, b"1")
        os.close(writer)
        self._taken_back = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def take_back(self) -> bool:
        """Whether the request is taken back, now or before: then nobody else can have the attempt."""
        self._taken_back = self._taken_back or os.read(self.descriptor, 1) == b"1"
        return self._taken_back


def _packed(environment: Mapping[str, str]) -> bytes | None:
    """The environment as `NAME=VALUE`, NUL-separated; None for one that only a plain start can refuse properly."""
    if any("=" in name or "\0" in name or "\0" in value for name, value in environment.items()):
        return None
    data = b"\0".join(os.fsencode(f"{name}={value}") for name, value in environment.items())
    return data if len(data) <= LARGEST else None


def _request(folder: Path, environment: bytes) -> bytes:
    """What `shim.serve` reads."""
    asked = {"folder": str(folder), "oom_score": _oom_score(), "limits": _limits()}
    head = json.dumps(asked).encode()
    return len(head).to_bytes(4, "little") + len(environment).to_bytes(4, "little") + head + environment


def _limits() -> list[tuple[int, int, int]]:
    """Resource limits of this process: number, soft, hard."""
    return [(number, *resource.getrlimit(number)) for number in _LIMITS]


def _oom_score() -> int | None:
    try:
        with open("/proc/self/oom_score_adj", "rb", 0) as file:
            return int(file.read(16))
    except (OSError, ValueError):
        return None
