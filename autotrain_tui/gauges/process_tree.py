"""The process trees of running stages and what they take, on Linux.

Look at the processes that are new since the last sample and keep those whose parent is of the tree. A process of
others can't become one of ours, since orphans go to an ancestor; so each is looked at once, and a sample costs what the
tree costs, however many others there are. Where others start many processes a second and the tree has few threads, the
kernel's own lists of children are read instead (/proc/PID/task/TID/children, one a thread).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from autotrain_tui.gauges.new_processes import NewProcesses
from autotrain_tui.gauges.proc import ProcessStat, command_line, read_bytes, read_leader, read_stat
from autotrain_tui.gauges.sample import ProcessSample, StageShare

__all__ = ["ProcessTrees"]

_TICKS: Final = os.sysconf("SC_CLK_TCK")
# a pid reused between two samples would be taken for the old process: list all processes now and then
_FULL_SECONDS: Final = 30.0
_READS: Final = 12  # reading a list of children costs as much as listing this many processes
_COMMAND_LOOKS: Final = 16  # samples between two reads of a command line, which exec changes

GpuMemory = Mapping[int, int | None]


class _Member:
    """A process of a tree, and its values in the last sample."""

    __slots__ = ("command", "looks", "own", "stat")

    def __init__(self, stat: ProcessStat) -> None:
        self.stat = stat
        self.own: int | None = None
        self.command = ""
        self.looks = 0


class _Tree:
    """One stage's processes, by pid. A process stays a member until it ends, even if its parent changes."""

    def __init__(self) -> None:
        self.roots: frozenset[int] = frozenset()
        self.members: dict[int, _Member] = {}
        self.time: float | None = None
        self.ticks = 0

    def keep(self, stats: Callable[[int], ProcessStat | None]) -> None:
        """Read the members again; remove those that ended or whose pid was reused."""
        for pid, member in list(self.members.items()):
            stat = stats(pid)
            if stat is None or stat.start_time != member.stat.start_time:
                del self.members[pid]
            else:
                member.stat = stat

    def adopt(self, found: Mapping[int, ProcessStat], *, old: bool) -> None:
        """Add those of `found` that descend from a member, in as many rounds as needed.

        `old`: they may have run before the last sample, so what they used until now is not of this interval.
        """
        waiting = {pid: stat for pid, stat in found.items() if pid not in self.members}
        while True:
            mine = [pid for pid, stat in waiting.items() if stat.ppid in self.members]
            if not mine:
                return
            for pid in mine:
                stat = waiting.pop(pid)
                self.members[pid] = _Member(stat)
                self.ticks += stat.tree if old else 0

    def share(self, now: float, gpu: GpuMemory | None) -> StageShare:
        """The tree's usage since the last call."""
        seconds = now - self.time if self.time is not None else 0.0
        processes, growth, ticks = [], 0, 0
        for pid in sorted(self.members):
            member = self.members[pid]
            stat = member.stat
            grown = stat.own - member.own if member.own is not None else None
            growth += grown or 0
            ticks += stat.tree
            processes.append(_process(pid, member, _percent(grown, seconds), gpu))
            member.own = stat.own
        # waited-for children's time is in their parent's, so the tree's sum also holds those that came and went unseen;
        # one that nobody waited for takes its time along, then the sum of the members' growth is nearer to the truth
        cpu = _percent(max(growth, ticks - self.ticks), seconds) if self.time is not None else None
        self.time, self.ticks = now, ticks
        memory = sum(process.gpu_memory or 0 for process in processes) if gpu is not None else None
        rss, threads = sum(process.rss for process in processes), sum(process.threads for process in processes)
        return StageShare(tuple(processes), cpu, rss, threads, memory)


class ProcessTrees:
    """Follows the trees of all running stages with one listing of /proc for all of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._trees: dict[str, _Tree] = {}
        self._new_processes = NewProcesses()
        self._listed: set[str] = set()
        self._full = float("-inf")
        self._kernel_lists = os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # CONFIG_PROC_CHILDREN
        self._again = False
        """Children are read twice in a row: one that was just being made stands in the second lists."""

    def shares(self, stages: Mapping[str, Collection[int]], gpu: GpuMemory | None = None) -> dict[str, StageShare]:
        """What each stage takes, `stages` naming the living roots of its tree; `gpu` is GPU memory by pid, if known.

        Roots should hold the shims: they inherit what the stage's own processes leave behind.
        """
        now = self._clock()
        for name in self._trees.keys() - stages.keys():
            del self._trees[name]
        if not stages:
            return {}
        changed = [name for name, pids in stages.items() if self._tree(name).roots != frozenset(pids)]
        full = bool(changed) or now - self._full >= _FULL_SECONDS
        found = self._look(everything=full)
        if full:
            self._full = now
        for name, tree in self._trees.items():
            tree.keep(lambda pid: found.get(pid) or read_stat(pid))
            if name in changed:
                _plant(tree, frozenset(stages[name]), found)
            tree.adopt(found, old=full)
        return {name: self._trees[name].share(now, gpu) for name in stages}

    def _tree(self, name: str) -> _Tree:
        return self._trees.setdefault(name, _Tree())

    def _look(self, *, everything: bool) -> dict[int, ProcessStat]:
        """The processes that are new since the last call, and possibly others."""
        born = self._new_processes.since(len(self._listed))
        if not everything and (born is None or self._again) and (below := self._below()) is not None:
            self._again = born is None
            self._new_processes.seen(lambda _pid: True)
            return below
        if born is not None and not everything:
            looked = {pid: stat for pid in born if (stat := read_leader(pid)) is not None}
            self._new_processes.seen(looked.__contains__)
            return looked
        names = set(os.listdir("/proc"))
        self._new_processes.seen(lambda pid: str(pid) in names)
        fresh: Iterable[str] = names if everything else names - self._listed
        self._listed = names
        looks = ((int(name), read_stat(name)) for name in fresh if name.isdigit())
        return {pid: stat for pid, stat in looks if stat is not None}

    def _below(self) -> dict[int, ProcessStat] | None:
        """The processes below the trees' members; None if looking at all processes costs less."""
        members = {pid: member.stat.threads for tree in self._trees.values() for pid, member in tree.members.items()}
        if not self._kernel_lists or _READS * sum(members.values()) > len(self._listed):
            return None
        found: dict[int, ProcessStat] = {}
        waiting = list(members)
        while waiting:
            pid = waiting.pop()
            threads = found[pid].threads if pid in found else members[pid]
            for child in _children(pid, threads):
                if child not in members and child not in found and (stat := read_stat(child)) is not None:
                    found[child] = stat
                    waiting.append(child)
        return found


def _children(pid: int, threads: int) -> Iterator[int]:
    """The children of a process, as the kernel lists them for each of its threads (proc_pid_task_children(5))."""
    names: Sequence[str] = (str(pid),)
    if threads > 1:
        try:
            names = os.listdir(f"/proc/{pid}/task")
        except OSError:
            return
    for name in names:
        yield from map(int, (read_bytes(f"/proc/{pid}/task/{name}/children", 1 << 16) or b"").split())


def _plant(tree: _Tree, roots: frozenset[int], found: Mapping[int, ProcessStat]) -> None:
    """Gives a tree its roots; those that live and are not in it yet join with what they used so far left out."""
    for pid in roots - tree.members.keys():
        stat = found.get(pid)
        if stat is not None:
            tree.members[pid] = _Member(stat)
            tree.ticks += stat.tree
    tree.roots = roots


def _process(pid: int, member: _Member, cpu: float | None, gpu: GpuMemory | None) -> ProcessSample:
    stat = member.stat
    # the second look soon after the first: between fork and exec a process still shows its parent's command
    if member.looks < 2 or member.looks % _COMMAND_LOOKS == 0:
        member.command = command_line(pid, stat.name)
    member.looks += 1
    memory = gpu.get(pid) if gpu is not None else None
    return ProcessSample(
        pid, stat.ppid, stat.start_time, member.command, stat.state, cpu, stat.rss, stat.threads, memory
    )


def _percent(ticks: int | None, seconds: float) -> float | None:
    """Percent of one core; None without an interval to speak of."""
    return 100.0 * max(0, ticks) / _TICKS / seconds if ticks is not None and seconds > 0 else None
