"""Regular expressions in a process of their own: one that never ends does not block the screen.

Python's `re` can't be interrupted, and holds the GIL while it works; an expression such as `(a+)+b` takes exponential
time on a line of a few dozen a's. The child gets blocks of lines through a pipe, and a limit of processor time for
each: SIGPROF kills it there, and the query reports a problem. A machine that is busy with training may let it wait for
longer: that says nothing about the expression.
"""

from __future__ import annotations

import atexit
import signal
import struct
import subprocess
import sys
import threading
from array import array
from typing import IO

from autotrain_tui.logs.query import Pattern, TextQuery

__all__ = ["IsolatedQuery"]

_SECONDS = {b"L": 1.0, b"S": 0.25, b"H": 0.25}
"""Limits of processor time for a block of some thousand lines, and for one line; an ordinary expression takes a
thousandth.
"""
_HEAD = struct.Struct("<cI")


class IsolatedQuery:
    """A `TextQuery` that runs in a child process; after a timeout it matches nothing."""

    look_behind = 0

    def __init__(self, query: TextQuery) -> None:
        self.query = query
        self.problem = ""
        """Why it no longer works, for the screen; "" while it works."""

    def lacking(self, block: bytes) -> bool:  # noqa: ARG002  see `Query`
        """Only its lines tell."""
        return False

    def lines(self, block: bytes) -> list[int]:
        """See `Query`."""
        return self._ask(b"L", block)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a line's text the patterns match, in order."""
        ends = self._ask(b"S", text.encode())
        return list(zip(ends[::2], ends[1::2], strict=True))

    def holds(self, text: str) -> bool:
        """Does a line with this text match?"""
        return bool(self._ask(b"H", text.encode()))

    def _ask(self, what: bytes, data: bytes) -> list[int]:
        if self.problem:
            return []
        # Queries from the screen don't wait behind those of a scan.
        child = _FRONT if threading.current_thread() is threading.main_thread() else _BACK
        try:
            return child.ask(self.query, what, data)
        except (OSError, EOFError):
            self.problem = "this expression takes too long"
            return []


class _Child:
    """A process that answers requests one by one, and keeps the patterns of the last query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._query: TextQuery | None = None

    def ask(self, query: TextQuery, what: bytes, data: bytes) -> list[int]:
        """The numbers of the answer. Raises EOFError or OSError if none comes in time, or no process starts."""
        with self._lock:
            process = self._process = self._process or self._start()
            assert process.stdin is not None and process.stdout is not None  # noqa: PT018  both are pipes
            try:
                if query is not self._query:
                    self._query = query
                    _send(process.stdin, b"F", b"")
                    for group, patterns in ((b"E", query.every), (b"N", query.none)):
                        for one in patterns:
                            _send(process.stdin, group, bytes((one.regex, one.case)) + one.text.encode())
                _send(process.stdin, what, data)
                return array("I", _receive(process.stdout)[1]).tolist()
            except (OSError, EOFError):
                self.close()
                raise

    def close(self) -> None:
        """Kill the process; the next request starts another one."""
        process, self._process, self._query = self._process, None, None
        if process is not None:
            process.kill()
            process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        atexit.unregister(self.close)
        atexit.register(self.close)
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "autotrain_tui.logs.regex_process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


_FRONT, _BACK = _Child(), _Child()


def _send(pipe: IO[bytes], what: bytes, data: bytes) -> None:
    pipe.write(_HEAD.pack(what, len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    what, length = _HEAD.unpack(head)
    return what, pipe.read(length)


def main() -> None:
    """Answer requests until the pipe is closed, or the timer kills the process (setitimer(2))."""
    every: list[Pattern] = []
    none: list[Pattern] = []
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            what, data = _receive(source)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, _SECONDS.get(what, 1.0))
        query = TextQuery(tuple(every), tuple(none))
        if what == b"F":
            every, none = [], []
            continue
        if what in (b"E", b"N"):
            pattern = Pattern(data[2:].decode(), regex=bool(data[0]), case=bool(data[1]))
            (every if what == b"E" else none).append(pattern)
            continue
        if what == b"L":
            found = query.lines(data)
        elif what == b"S":
            found = [end for span in query.spans(data.decode()) for end in span]
        else:
            found = [1] * query.holds(data.decode())
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(sink, what, array("I", found).tobytes())


if __name__ == "__main__":
    main()
