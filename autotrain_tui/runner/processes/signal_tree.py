"""Stops, continues or kills all processes of a tree, repeatedly until all have followed: a tree may fork meanwhile.

Signals reach one process after the other, while others of the tree may fork: only a round that finds no process new or
running proves that all are stopped, and for a stop it takes two in a row.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable

from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.runner.processes.process_scan import ProcessRow, ProcessScan, Tree, member
from autotrain_tui.session.records.process_identity import LINUX

__all__ = ["freeze", "kill", "signal_all", "thaw"]

LOOK_AGAIN_SECONDS = 2.0
"""How long a look at the processes that fails is repeated, at least."""


def signal_all(rows: Iterable[ProcessRow], number: int) -> None:
    """Send a signal to each of these very processes that still exists. Raises OSError if one could not be asked about,
    after the others got theirs.
    """
    trouble = None
    for row in rows:
        try:
            send(row.identity, number)
        except OSError as error:
            trouble = error
    if trouble is not None:
        raise trouble


def _halted(row: ProcessRow) -> bool:
    """Whether every thread of the process is stopped (a leader may be so while its threads still finish a call)."""
    if row.state not in "TtZX":
        return False
    if row.threads <= 1 or not LINUX:
        return True
    try:
        for thread in os.listdir(f"/proc/{row.pid}/task"):
            with open(f"/proc/{row.pid}/task/{thread}/stat", "rb", 0) as file:
                if file.read(2048).rpartition(b")")[2].split()[0] not in (b"T", b"t", b"Z", b"X"):
                    return False
    except OSError:
        return False  # it is ending: look again
    return True


async def _until(
    tree: Tree,
    follows: Callable[[ProcessRow], bool],
    act: Callable[[list[ProcessRow]], None],
    *,
    rounds: int = 1,
    patience: float,
    wanted: Callable[[], bool] = lambda: True,
) -> ProcessScan:
    """Act on the rows that don't follow until `rounds` looks in a row find that all follow, or patience ends.

    A look that fails (no free descriptor) proves nothing: it is repeated. Raises OSError if the last one fails.
    """
    began, clean, pause = time.monotonic(), 0, 0.001
    while True:
        seconds, failed = time.monotonic() - began, False
        try:
            rows = tree.rows()
            stubborn = [row for row in rows if not follows(row)]
            clean = 0 if stubborn else clean + 1
            go_on = clean < rounds and wanted()
            if go_on:
                act(stubborn)
        except OSError:
            if seconds >= max(patience, LOOK_AGAIN_SECONDS):
                raise
            clean, failed, go_on = 0, True, True
        if not failed and (not go_on or seconds >= patience):
            return ProcessScan(tuple(map(member, rows)), tuple(map(member, stubborn)), seconds)
        if failed or stubborn:
            await asyncio.sleep(pause)
            pause = min(0.05, pause * 1.5)


async def freeze(tree: Tree, patience: float, wanted: Callable[[], bool] = lambda: True) -> ProcessScan:
    """SIGSTOP to every process until all threads of all are stopped; given up when no longer `wanted`."""

    def act(rows: list[ProcessRow]) -> None:
        signal_all(rows, signal.SIGSTOP)
        signal_all(_unfinished_spawns(tree.rows()), signal.SIGCONT)

    return await _until(tree, _halted, act, rounds=2, patience=patience, wanted=wanted)


def _unfinished_spawns(rows: list[ProcessRow]) -> list[ProcessRow]:
    """Stopped children in whose exec their parents are stuck: they get a moment to reach it, and are stopped again.

    After vfork(2) (what subprocess and many shells use) the parent can't be stopped before the child has called exec;
    until then the two share one memory, which is how they are told.
    """
    stuck = {row.pid: row for row in rows if row.state == "D"}
    return [row for row in rows if row.state == "T" and row.ppid in stuck and stuck[row.ppid].memory == row.memory]


async def thaw(tree: Tree, patience: float, wanted: Callable[[], bool] = lambda: True) -> ProcessScan:
    """SIGCONT to every process, children before parents, until none is stopped; a traced one is its tracer's.

    Also to those that don't look stopped: SIGCONT takes back a SIGSTOP that has not yet had its effect.
    """
    with contextlib.suppress(OSError):  # the rounds that follow tell what is still stopped
        signal_all(reversed(tree.rows()), signal.SIGCONT)
    return await _until(tree, lambda row: row.state != "T", lambda rows: signal_all(reversed(rows), signal.SIGCONT),
                        patience=patience, wanted=wanted)  # fmt: skip


async def kill(tree: Tree, patience: float) -> ProcessScan:
    """SIGKILL to every process until nobody is left; each round stops all first, so that nobody forks meanwhile."""

    def act(rows: list[ProcessRow]) -> None:
        signal_all(rows, signal.SIGSTOP)
        signal_all(rows, signal.SIGKILL)

    return await _until(tree, lambda _: False, act, patience=patience)
