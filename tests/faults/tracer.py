"""Runs a program and kills it, or the first process it forks, at its n-th call of a kind that changes the world.

    python -I -S tracer.py self|child N REPORT PROGRAM ARGUMENT …

The program keeps this process's pid and parent: the tracer is a grandchild of its own session that seizes it (ptrace(2))
before the exec. Kills happen at the entry of the call, which is then not made. Every other process runs untraced.
REPORT gets one line: `killed CALL` or `finished COUNT`. A REPORT that exists already means: trace nothing, just run.
Linux on x86-64 and 64-bit ARM.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

CALLS = {
    "x86_64": {
        1: "write",
        18: "pwrite64",
        20: "writev",
        56: "clone",
        57: "fork",
        58: "vfork",
        59: "execve",
        77: "ftruncate",
        82: "rename",
        83: "mkdir",
        86: "link",
        87: "unlink",
        258: "mkdirat",
        263: "unlinkat",
        264: "renameat",
        265: "linkat",
        316: "renameat2",
        322: "execveat",
        435: "clone3",
    },
    "aarch64": {
        34: "mkdirat",
        35: "unlinkat",
        37: "linkat",
        38: "renameat",
        46: "ftruncate",
        64: "write",
        66: "writev",
        68: "pwrite64",
        220: "clone",
        221: "execve",
        276: "renameat2",
        281: "execveat",
        435: "clone3",
    },
}.get(os.uname().machine, {})
CONT, DETACH, SYSCALL, GETEVENTMSG, SEIZE, INTERRUPT, SYSCALL_INFO = 7, 17, 24, 0x4201, 0x4206, 0x4207, 0x420E
OPTIONS = 1 | 2 | 4 | 8  # PTRACE_O_TRACESYSGOOD, FORK, VFORK, CLONE
FORK_EVENTS = (1, 2, 3)
STOP_EVENT = 128
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request: int, pid: int, address: int | None = None, data: object = None) -> int:
    return int(libc.ptrace(request, pid, address, data))


def entered(pid: int) -> int | None:
    """The number of the call that the process is about to make; None at the end of one."""
    info = (ctypes.c_uint8 * 88)()
    ptrace(SYSCALL_INFO, pid, 88, ctypes.addressof(info))
    return int.from_bytes(bytes(info[24:32]), "little") if info[0] == 1 else None


def follow(root: int, who: str, number: int, ready: int) -> str:
    """Trace `root` until it, or its first child, is at its `number`-th call; what came of it."""
    if ptrace(SEIZE, root, None, OPTIONS) != 0:
        os.write(ready, b"0")
        return "not allowed"
    ptrace(INTERRUPT, root)
    os.waitpid(root, WALL)
    os.write(ready, b"1")
    target = root if who == "self" else 0
    ptrace(SYSCALL, root)
    count = 0
    early: set[int] = set()  # a child's first stop may be told before its parent's fork
    while True:
        try:
            pid, status = os.waitpid(-1, WALL)
        except ChildProcessError:
            return f"finished {count}"
        if not os.WIFSTOPPED(status):
            if pid == target:
                return f"finished {count}"
            continue
        event, stop = status >> 16, os.WSTOPSIG(status)
        if event in FORK_EVENTS and pid == root and not target:
            child = ctypes.c_ulong()
            ptrace(GETEVENTMSG, pid, None, ctypes.addressof(child))
            target = child.value
            if target in early:
                ptrace(SYSCALL, target)
        if pid != root and not target:
            early.add(pid)
        elif pid not in (root, target):
            ptrace(DETACH, pid)
        elif stop == signal.SIGTRAP | 0x80:
            call = entered(pid)
            if pid == target and call in CALLS:
                count += 1
                if count == number:
                    os.kill(pid, signal.SIGKILL)
                    return f"killed {CALLS[call]}"
            ptrace(SYSCALL, pid)
        elif pid == root and target != root and target:
            ptrace(DETACH, pid)  # the child was what this was about
        else:
            ptrace(SYSCALL, pid, None, 0 if event or stop == signal.SIGTRAP else stop)


def main(who: str, number: int, report: str, command: list[str]) -> None:
    try:
        os.close(os.open(report, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        os.execv(command[0], command)
    me = os.getpid()
    libc.prctl(0x59616D61, me, 0, 0, 0)  # PR_SET_PTRACER: Yama may ask for it
    wait, ready = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        null = os.open("/dev/null", os.O_RDWR)
        for number_of in range(64):
            if number_of != ready and number_of != null:
                try:
                    os.dup2(null, number_of) if number_of < 3 else os.close(number_of)
                except OSError:
                    pass
        said = follow(me, who, number, ready)
        with open(report, "w") as file:
            file.write(said + "\n")
        os._exit(0)
    os.waitpid(pid, 0)
    libc.prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)
    if os.read(wait, 1) != b"1":
        sys.exit("ptrace is not allowed here")
    os.close(wait)
    os.close(ready)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
