"""Runs a shim under ptrace and kills one half of it at its n-th system call: `python syscalls.py WHO N FOLDER`.

WHO is `a` or `b`. Stops at the entry and the exit of each system call count one each; N = 0 kills nobody. Prints one
line: `killed STOP` or `finished STOPS`. Stand-alone, so that the tracer has one thread and no event loop.
The other processes are let go of at once: they run untraced.
"""

from __future__ import annotations

import ctypes
import os
import signal
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


def start(folder: str) -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        ptrace(TRACEME, 0)
        os.execv(sys.executable, [sys.executable, "-I", "-S", str(SHIM), folder])
    os.waitpid(pid, 0)  # the stop at exec
    ptrace(SETOPTIONS, pid, SYSGOOD | FORKS)
    return pid


def main(who: str, target_stop: int, folder: str) -> str:
    a = start(folder)
    target = a if who == "a" else 0
    ptrace(SYSCALL if target else CONT, a)
    stops, b, killed = 0, 0, False
    while True:
        try:
            pid, status = os.waitpid(-1, WALL)
        except ChildProcessError:
            break
        if not os.WIFSTOPPED(status):
            continue  # who was killed may have left a process in its first stop: let go of it, too
        number = os.WSTOPSIG(status)
        if not b and pid != a:
            b = pid  # the first process that A forks
            target = target or b
        if pid == target:
            if number == signal.SIGTRAP | 0x80:
                stops += 1
                if stops == target_stop:
                    killed = True
                    os.kill(pid, signal.SIGKILL)
                    continue
            ptrace(SYSCALL, pid, 0 if number & 0x7F in (signal.SIGTRAP, signal.SIGSTOP) else number)
        elif who == "b" and pid == a and not (status >> 16):
            ptrace(CONT, pid, 0 if number == signal.SIGTRAP else number)
        else:
            ptrace(DETACH, pid)
    return f"killed {stops}" if killed else f"finished {stops}"


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]), flush=True)
