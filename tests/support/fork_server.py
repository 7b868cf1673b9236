"""Starts the command line and the runner as processes of their own without importing the package each time.

A fork server, as multiprocessing has one, imports the package once; each program is a fork of it with the arguments,
environment, folder and standard streams that `subprocess.Popen` would give it. That saves 0.1 s of processor time for
a command and 0.2 s for a runner. From outside it looks the same: /proc shows its own command line and environment.

A fork can't show a fault of the start itself: a module that is missing or imported in the wrong order, and what the
command line's short imports leave out. `tests/cli/test_plain_start.py` starts both programs the usual way.

`ForkedPopen` takes what `subprocess.Popen` takes. It starts a program the usual way when the server can't do the same:
another interpreter or program, another setting that an interpreter reads at its start, file descriptors to pass on.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import errno
import gc
import importlib
import inspect
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

MODULES = {"autotrain_tui": "autotrain_tui.__main__", "autotrain_tui.runner": "autotrain_tui.runner.__main__"}
"""What `python -m` may name, and the module that it executes."""

STREAMS = ("p2cread", "c2pwrite", "errwrite")
"""Popen's names of the child's ends of stdin, stdout and stderr; -1: inherited."""

EXECUTE = inspect.signature(subprocess.Popen._execute_child)
"""Its parameters stand in another order in some versions of Python."""

STATUS_BYTES = 4

ROOM = 1 << 16
"""Bytes of the server's arguments, and of its environment, over which a fork writes its own (proc_pid_cmdline(5))."""


def _interpreter_settings(environment: dict[str, str]) -> dict[str, str]:
    """The variables that an interpreter reads when it starts (https://docs.python.org/3/using/cmdline.html)."""
    names = ("PYTHON", "LC_", "LANG", "LD_", "TZ")
    return {name: value for name, value in environment.items() if name.startswith(names)}


def _shown(words: Sequence[str], environment: Mapping[str, str]) -> tuple[bytes, bytes]:
    """What /proc has of a process with these: its `cmdline` and its `environ`."""
    lines = [f"{name}={value}" for name, value in environment.items()]
    return os.fsencode("\0".join([*words, ""])), os.fsencode("\0".join([*lines, ""]))


class _Client:
    """A connection to the fork server: of the process that started it, or of one of its forks."""

    def __init__(self, connection: socket.socket) -> None:
        self.pid, self.connection, self.lock = os.getpid(), connection, threading.Lock()

    def fork(self, request: dict[str, Any], streams: list[int]) -> tuple[int, int]:
        """The pid of the new process, and a file descriptor from which its wait status can be read when it ended."""
        status, theirs = os.pipe()
        try:
            with self.lock:
                socket.send_fds(self.connection, [json.dumps(request).encode()], [*streams, theirs])
                answer = self.connection.recv(64)
            if not answer:
                raise BrokenPipeError(errno.EPIPE, "the fork server is gone")
        except OSError:
            os.close(status)
            raise
        finally:
            os.close(theirs)
        return int(answer), status


class _Server:
    """What this process knows of its fork server; a fork of the server knows the same."""

    def __init__(self) -> None:
        self.settings = _interpreter_settings(dict(os.environ))
        self.umask = os.umask(0o077)
        os.umask(self.umask)
        self.address = b""
        self.client: _Client | None = None

    def fork(self, request: dict[str, Any], streams: list[int]) -> tuple[int, int]:
        """As the client's; if a test has killed the server, of a new one."""
        try:
            return self.connect().fork(request, streams)
        except (BrokenPipeError, ConnectionResetError):
            if self.address:
                raise
            self.client = None
            return self.connect().fork(request, streams)

    def connect(self) -> _Client:
        if self.client is None or self.client.pid != os.getpid():
            if self.address:
                connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                connection.connect(self.address)
                self.client = _Client(connection)
            else:
                self.client = self._start()
        return self.client

    def _start(self) -> _Client:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", os.path.abspath(__file__), str(theirs.fileno()), "-" * ROOM]
        # a test may have set variables by which an attempt's processes are found and killed
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTOTRAIN_")}
        environment["ROOM"] = "-" * ROOM
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        pid = os.getpid()

        def end() -> None:
            if pid == os.getpid():
                ours.close()
                process.wait()

        atexit.register(end)
        return _Client(ours)


_SERVER = _Server()


class ForkedPopen(subprocess.Popen):
    """`subprocess.Popen`, but `python -m autotrain_tui` and the runner are forks of the fork server."""

    _status = -1

    def _execute_child(self, *args: Any) -> None:
        options = EXECUTE.bind(self, *args).arguments
        request = self._request(options)
        if request is None:
            super()._execute_child(*args)
            return
        words = list(options["args"])
        sys.audit("subprocess.Popen", words[0], words, options["cwd"], options["env"])
        ends = [options[name] if options[name] != -1 else number for number, name in enumerate(STREAMS)]
        try:
            self.pid, self._status = _SERVER.fork(request, ends)
        finally:
            self._close_pipe_fds(
                *(options[n] for n in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite"))
            )
        self._child_created = True

    def _request(self, options: dict[str, Any]) -> dict[str, Any] | None:
        """What to ask of the server; None if it can't do it."""
        words = options["args"]
        if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
            return None
        plain = not any(options[name] for name in ("preexec_fn", "pass_fds", "shell", "executable"))
        environment = dict(os.environ if options["env"] is None else options["env"])
        safe_path = len(words) > 1 and words[1] == "-P"
        rest = words[1 + safe_path :]
        if not plain or words[0] != sys.executable or rest[:1] != ["-m"] or rest[1] not in MODULES:
            return None
        umask = os.umask(_SERVER.umask)
        os.umask(umask)
        folder = os.path.abspath(os.fspath(options["cwd"] or "."))
        same = umask == _SERVER.umask and _interpreter_settings(environment) == _SERVER.settings
        fits = max(map(len, _shown(words, environment))) < ROOM
        if sys.platform != "linux" or not same or not fits or not os.path.isdir(folder):
            return None
        return {
            "module": MODULES[rest[1]],
            "command": list(words),
            "words": rest[2:],
            "safe_path": bool(safe_path),
            "environment": environment,
            "folder": folder,
            "new_session": bool(options["start_new_session"]),
        }

    def _read_status(self, flags: int) -> tuple[int, int]:
        """As os.waitpid: the pid and the wait status, or two zeros while it runs."""
        if flags & os.WNOHANG and not select.select([self._status], [], [], 0)[0]:
            return 0, 0
        told = os.read(self._status, STATUS_BYTES)
        os.close(self._status)
        assert len(told) == STATUS_BYTES, "the fork server is gone"
        self._status = -2
        return self.pid, int.from_bytes(told, "little")

    def _internal_poll(self, *args: Any, **options: Any) -> int | None:
        if self._status == -1:
            return super()._internal_poll(*args, **options)
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                if self.returncode is None:
                    pid, status = self._read_status(os.WNOHANG)
                    if pid:
                        self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        return super()._try_wait(wait_flags) if self._status == -1 else self._read_status(wait_flags)


# ---- the server ------------------------------------------------------------------------------------------------------


def _import_all() -> None:
    import autotrain_tui.cli.commands
    import autotrain_tui.runner.__main__

    del sys.modules["autotrain_tui.runner.__main__"]  # a fork executes it under the name __main__

    for name in sorted(os.listdir(os.path.dirname(autotrain_tui.cli.commands.__file__))):
        if name.endswith(".py"):
            importlib.import_module(f"autotrain_tui.cli.commands.{name[:-3]}".removesuffix(".__init__"))


def _show(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Write these over the arguments and the environment that this process was started with."""
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    # arg_start to env_end are the fields 48 to 51 of proc_pid_stat(5), and the first of these here is field 3
    places = [int(field) for field in fields[45:49]]
    for text, start, end in zip(_shown(words, environment), places[::2], places[1::2], strict=True):
        ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Turn this fork into the program. Never returns."""
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if request["new_session"]:
            os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(3, 1024)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        _show(request["command"], request["environment"])
        for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
            old = getattr(sys, name)
            stream = open(number, mode, encoding=old.encoding, errors=old.errors, closefd=False)  # noqa: SIM115  open to the end
            if mode == "w":
                stream.reconfigure(line_buffering=name == "stderr" or stream.isatty())
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        sys.path[:] = sys.path if request["safe_path"] else [request["folder"], *sys.path]
        sys.argv[1:] = request["words"]
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _serve(starter: socket.socket) -> None:
    """Fork a program for each request until who started us is gone; tell each one's wait status when it ends."""
    statuses: dict[int, int] = {}
    waking, woken = os.pipe()
    for end in (waking, woken):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-c ends the tests, and with them their connection
    signal.set_wakeup_fd(woken)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind("")  # the kernel picks an abstract address: unix(7), "Autobind"
    listening.listen()
    _SERVER.address = listening.getsockname()
    sockets = [starter]
    while starter in sockets:
        ready, _, _ = select.select([waking, listening, *sockets], [], [])
        if waking in ready:
            os.read(waking, 4096)
            _tell_ends(statuses)
        if listening in ready:
            sockets.append(listening.accept()[0])
        for each in set(sockets).intersection(ready):
            try:
                text, files, _, _ = socket.recv_fds(each, 1 << 20, 4)
            except ConnectionResetError:  # it was killed with an answer unread
                text = b""
            if not text:
                sockets.remove(each)
                each.close()
                continue
            pid = os.fork()
            if pid == 0:
                _become(json.loads(text), files[:3])
            for stream in files[:3]:
                os.close(stream)
            statuses[pid] = files[3]
            with contextlib.suppress(OSError):  # who asked was killed meanwhile
                each.send(str(pid).encode())


def _tell_ends(statuses: dict[int, int]) -> None:
    """Reap what has ended, and write each one's status to its pipe."""
    while statuses:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        pipe = statuses.pop(pid)
        with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
            os.write(pipe, status.to_bytes(STATUS_BYTES, "little"))
        os.close(pipe)


if __name__ == "__main__":
    _import_all()
    subprocess.Popen = ForkedPopen  # the command line starts runners: they are forks of this server too
    gc.freeze()  # a fork's garbage collector leaves what was imported where it is
    _serve(socket.socket(fileno=int(sys.argv[1])))
