"""Every process of the machine, listed on request, in a thread of its own.

A listing costs about 15 µs a process. It is never made more often than every two seconds, and with very many processes
so seldom that it takes no more than a fiftieth of a core.

The kernel blocks a reader of /proc/PID/cmdline while the process changes its memory map, which may last for ever
(proc_pid_cmdline(5) takes its lock): such a thread is left behind, the list stays as it was, and `trouble` says so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final, Protocol

from autotrain_tui.gauges.hang_guard import Watch
from autotrain_tui.gauges.proc import LINUX, ProcessStat, command_line, read_stat
from autotrain_tui.gauges.sample import ProcessListing, ProcessSample

__all__ = ["LinuxProcesses", "ProcessList", "user_name"]

_PAUSE: Final = 2.0
"""Seconds between two listings, at least."""
_SHARE: Final = 50.0
"""A listing that takes a second is made every 50 s."""
_COMMAND_LOOKS: Final = 16
"""Listings between two reads of a command line, which exec changes, and of the user, which setuid changes."""


class ProcessLister(Protocol):
    """Lists the processes; remembers what each had used the time before."""

    def listing(self) -> ProcessListing:
        """All of them now."""


class ProcessList:
    """The last listing, and the next one when it is asked for and due. Returns at once; nothing is listed unasked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, lister: ProcessLister | None = None) -> None:
        self._clock = clock
        self._lister = lister
        self._watch = Watch("processes", self._read, clock=clock)
        self._asked = float("-inf")

    def ask(self) -> ProcessListing | None:
        """The last listing; a new one is begun if that is due."""
        now, last = self._clock(), self._watch.answer
        pause = max(_PAUSE, _SHARE * last.cost) if last is not None else _PAUSE
        if now - self._asked >= pause:
            self._asked = now
            self._watch.ask()
        return last

    @property
    def trouble(self) -> str:
        """Why the last listing is old or missing: for how long there was no answer, or an error; empty if it is not."""
        silent = self._watch.overdue()
        return f"no answer for {silent:.0f} s" if silent is not None else self._watch.failure or ""

    def close(self) -> None:
        """Let the thread end."""
        self._watch.close()

    def _read(self) -> ProcessListing:
        if self._lister is None:
            if LINUX:
                self._lister = LinuxProcesses(self._clock)
            else:
                from autotrain_tui.gauges.portable_processes import PortableProcesses  # psutil: Linux needs none

                self._lister = PortableProcesses(self._clock)
        return self._lister.listing()


class _Known:
    """A process as it was in the listing before."""

    __slots__ = ("command", "looks", "own", "start_time", "user")

    def __init__(self, start_time: int) -> None:
        self.start_time = start_time
        self.own: int | None = None
        self.command = self.user = ""
        self.looks = 0


class LinuxProcesses:
    """Lists /proc. Not for several threads at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._users: dict[int, str] = {}
        self._time: float | None = None
        self._ticks = os.sysconf("SC_CLK_TCK")

    def listing(self) -> ProcessListing:
        """All processes now."""
        began, now = time.thread_time(), self._clock()
        since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
        seconds = now - self._time if self._time is not None else 0.0
        known: dict[str, _Known] = {}
        found: list[ProcessSample] = []
        for name in os.listdir("/proc"):
            stat = read_stat(name) if name.isdigit() else None
            if stat is None:
                continue
            member = self._known.get(name)
            if member is None or member.start_time != stat.start_time:
                member = _Known(stat.start_time)
            known[name] = member
            found.append(self._sample(int(name), stat, member, seconds, since_boot))
        first, self._time, self._known = self._time is None, now, known
        hidden = read_stat(1) is None  # the first process is always there
        kernel = read_stat(2)  # the parent of the kernel's threads; in a container it is any process or none
        inside = not hidden and (kernel is None or kernel.name != b"kthreadd")
        return ProcessListing(now, tuple(found), first, hidden, inside, time.thread_time() - began)

    def _sample(self, pid: int, stat: ProcessStat, member: _Known, seconds: float, since_boot: float) -> ProcessSample:
        age = max(0.0, since_boot - stat.start_time / self._ticks)
        # of one that was not there before: since its start
        used, during = (stat.own, age) if member.own is None else (stat.own - member.own, seconds)
        member.own = stat.own
        # the second look soon after the first: between fork and exec a process still shows its parent's command
        if member.looks < 2 or member.looks % _COMMAND_LOOKS == 0:
            member.command, member.user = command_line(pid, stat.name), self._user(pid)
        member.looks += 1
        cpu = 100.0 * max(0, used) / self._ticks / during if during > 0 else None
        return ProcessSample(
            pid, stat.ppid, stat.start_time, member.command, stat.state, cpu, stat.rss, stat.threads, None,
            member.user, age,
        )  # fmt: skip

    def _user(self, pid: int) -> str:
        try:
            number = os.stat(f"/proc/{pid}").st_uid  # the effective user's, whatever the process is (proc(5))
        except OSError:  # it has ended
            return ""
        found = self._users.get(number)
        if found is None:
            found = self._users[number] = user_name(number)
        return found


def user_name(number: int) -> str:
    """The name of a user, or the number of one without a name (in containers)."""
    import pwd  # not on Windows

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
