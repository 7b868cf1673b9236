"""Runs a shim under ptrace and kills one half of it at its n-th system call: `python syscalls.py WHO N FOLDER [served]`.

WHO is `a` or `b`; with `served` a launch server forks the shim, and WHO may be `server`. Stops at the entry and the exit
of each system call count one each; N = 0 kills nobody. Prints one line: `killed STOP` or `finished STOPS`, or
`back STOP` if no shim took the request. Stand-alone, so that the tracer has one thread and no event loop.
The other processes are let go of at once: they run untraced.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path

SHIM = Path(__file__).parents[2] / "autotrain_tui" / "runner" / "shim.py"
TRACEME, CONT, DETACH, SYSCALL, SETOPTIONS = 0, 7, 17, 24, 0x4200
SYSGOOD, FORKS = 1, 2 | 4 | 8  # PTRACE_O_TRACESYSGOOD; fork, vfork, clone: ptrace(2)
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request: int, pid: int, data: int = 0) -> None:
    libc.ptrace(request, pid, None, data)


def start(*words: str, channel: int | None = None) -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for fd, kept in enumerate((null if channel is None else channel, null, null)):
            os.dup2(kept, fd)
        ptrace(TRACEME, 0)
        os.execv(sys.executable, [sys.executable, "-I", "-S", str(SHIM), *words])
    os.waitpid(pid, 0)  # the stop at exec
    ptrace(SETOPTIONS, pid, SYSGOOD | FORKS)
    return pid


def request(folder: str) -> tuple[int, int, int]:
    """A launch server with one request, and the end of file behind it; its pid, what shims say, and the request's byte."""
    ours, theirs = socket.socketpair()
    server = start("--serve", " " * 1024, channel=theirs.fileno())
    theirs.close()
    (said, saying), (_, end), (ticket, word) = os.pipe(), os.pipe(), os.pipe2(os.O_NONBLOCK)
    os.write(word, b"1")
    asked = json.dumps({"folder": folder, "oom_score": 0, "limits": []}).encode()
    environment = b"PATH=" + os.environb[b"PATH"]
    lengths = len(asked).to_bytes(4, "little") + len(environment).to_bytes(4, "little")
    socket.send_fds(ours, [lengths + asked + environment], [saying, end, ticket])
    for descriptor in (saying, end, word):
        os.close(descriptor)
    ours.close()
    return server, said, ticket


def main(who: str, target_stop: int, folder: str, how: str = "") -> str:
    server, said, ticket = request(folder) if how == "served" else (0, -1, -1)
    word, stops = trace(who, target_stop, server or start(folder), ["server", "a", "b"] if server else ["a", "b"])
    if server:
        while os.read(said, 4096):
            pass
        if os.read(ticket, 1):
            word = "back"
    return f"{word} {stops}"


def trace(who: str, target_stop: int, first: int, names: list[str]) -> tuple[str, int]:
    """Follow the first process and, of each that has a name, the first one that it forks; what happened, and its stops."""
    pids = {names[0]: first}
    target = pids.get(who, 0)
    ptrace(SYSCALL if target else CONT, first)
    stops, killed = 0, False
    while True:
        try:
            pid, status = os.waitpid(-1, WALL)
        except ChildProcessError:
            break
        if not os.WIFSTOPPED(status):
            continue  # who was killed may have left a process in its first stop: let go of it, too
        number = os.WSTOPSIG(status)
        if pid not in pids.values() and len(pids) < len(names):
            pids[names[len(pids)]] = pid
            target = pids.get(who, 0)
        if pid == target:
            if number == signal.SIGTRAP | 0x80:
                stops += 1
                if stops == target_stop:
                    killed = True
                    os.kill(pid, signal.SIGKILL)
                    continue
            ptrace(SYSCALL, pid, 0 if number & 0x7F in (signal.SIGTRAP, signal.SIGSTOP) else number)
        elif not target and pid in pids.values() and not (status >> 16):
            ptrace(CONT, pid, 0 if number in (signal.SIGTRAP, signal.SIGSTOP) else number)
        else:
            ptrace(DETACH, pid)
    return "killed" if killed else "finished", stops


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]), flush=True)
