"""The stop order of a local attempt: written down, sent to the command, and enforced when its grace is over."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable

from msgspec.structs import replace

from autotrain_tui.runner.launchers.order_file import OrderFile
from autotrain_tui.runner.launchers.process_watch import ProcessWatch
from autotrain_tui.runner.launchers.rank_signals import RankSignals
from autotrain_tui.runner.processes import signal_tree
from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.session.records.attempt_files import StopOrder
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.process_identity import Identity

__all__ = ["StopOrders", "merge"]

ENGINE_PAUSE, ENGINE_LOOKS = 0.2, 10
"""Seconds between looks at the ranks after a stop order, and how many in a row find none before the engine is told."""


class StopOrders:
    """One attempt's stop orders. Each call that signals the tree ends what an earlier one is still doing."""

    def __init__(self, watch: ProcessWatch, order: StopOrder | None) -> None:
        self.order = order
        """The order in force, also one that an earlier runner gave."""
        self._requests = 0
        self._freeze_begun = False
        """Whether a SIGSTOP may still be on its way: a process shows it only when it runs next."""
        self._watch = watch
        self._file = OrderFile(watch.folder)
        self._killer: asyncio.Task[None] | None = None
        self._ranks = RankSignals(watch.folder, watch.tree)
        self._told: frozenset[Identity] = frozenset()
        """The ranks that a stop order's signal was sent to."""
        watch.on_end(self._disarm)
        watch.on_end(self._file.close)

    def begin(self, *, freeze: bool) -> Callable[[], bool]:
        """Begin a freeze or a thaw; the answer says whether it is still wanted: a newer request ends an older one."""
        self._requests += 1
        self._freeze_begun = freeze
        mine = self._requests
        return lambda: self._requests == mine

    async def stop(self, number: int, grace_seconds: float | None, sent_by: str) -> None:
        """Give an order; returns when the signal is sent or the attempt has ended."""
        if self._watch.ended:
            return
        self._requests += 1
        await self._write(merge(self.order, number, grace_seconds, sent_by))
        self._arm()
        await self._send()

    async def kill(self, sent_by: str) -> None:
        """SIGKILL to the whole tree; returns when everyone was sent it."""
        if self._watch.ended:
            return
        self._requests += 1
        await self._write(merge(self.order, signal.SIGKILL, 0.0, sent_by))
        await self._kill_tree()
        self._arm()

    def resume(self) -> None:
        """Go on with the order that an earlier runner gave: its grace runs since then."""
        order = self.order
        if order is None or order.monotonic > time.monotonic() or self._watch.ended:
            return  # none, or of another boot
        self._arm()
        if not order.sent:
            self._watch.keep(self._send())
        elif order.to == "ranks":
            self._watch.keep(self._end_engine(order))

    def signal(self, number: int) -> bool:
        """A signal that ends nothing (checkpoint): to each rank, or to the command of one process.

        False if there is none to send it to. An engine never gets it: USR1 would end torchrun and leave its ranks.
        """
        command = self._watch.command
        ranks = self._ranks.living()
        if ranks or self._ranks.engine not in ("", "none"):
            return sum(send(rank, number) for rank in ranks) > 0
        return command is not None and command.send(number)

    async def _write(self, order: StopOrder) -> None:
        self.order = order
        await self._file.write(order)  # a disk that does not take it must not keep anyone from the signal
        if self._file.trouble:
            self._watch.reason = f"the stop order can't be written down: {self._file.trouble}"

    async def _send(self) -> None:
        """The signal to the command; whoever is frozen, it or its children, is set going to follow it."""
        await self._watch.running()
        order, command = self.order, self._watch.command
        if order is None or command is None:
            return
        ranks = self._ranks.to_stop(order.signal, order.grace_seconds)
        if ranks:
            self._told = frozenset(ranks)
            if not sum(send(rank, order.signal) for rank in ranks):
                return
        elif not command.send(order.signal):
            return
        # D: it may have a stop still to come
        if self._freeze_begun or any(row.state in "TD" for row in self._watch.tree.rows()):
            await signal_tree.thaw(self._watch.tree, patience=1.0)
        if self.order is order:
            order = replace(order, sent=True, to="ranks" if ranks else "command")
            await self._write(order)
            if ranks:
                self._watch.keep(self._end_engine(order))

    async def _end_engine(self, order: StopOrder) -> None:
        """When the ranks have ended and the engine goes on, it gets the signal too: it may be starting them again."""
        alone = 0
        while alone < ENGINE_LOOKS and self.order is order and not self._watch.ended:
            told = self._ranks.living()
            alone = 0 if told and not self._restarted(told) else alone + 1
            await asyncio.sleep(ENGINE_PAUSE)
        if self.order is order and not self._watch.ended and self._watch.command is not None:
            self._watch.command.send(order.signal)

    def _restarted(self, ranks: list[Identity]) -> bool:
        """Whether these ranks were started after the order's signal had been sent."""
        self._told = self._told or frozenset(ranks)
        return not self._told.intersection(ranks)

    def _arm(self) -> None:
        """Have the tree killed when the grace of the order in force is over."""
        self._disarm()
        if self.order is not None and self.order.deadline is not None:
            self._killer = self._watch.keep(self._kill_at(self.order.deadline))

    def _disarm(self) -> None:
        if self._killer is not None:
            self._killer.cancel()
            self._killer = None

    async def _kill_at(self, deadline: float) -> None:
        await asyncio.sleep(deadline - time.monotonic())
        self._requests += 1
        await self._kill_tree()
        while not self._watch.ended:  # a process in a hanging device outlives SIGKILL: it is signalled again
            await asyncio.sleep(1.0)
            await signal_tree.kill(self._watch.tree, patience=0.0)

    async def _kill_tree(self) -> None:
        """SIGKILL to the command; the rest of the tree is the shim's, who keeps a list of whom it had to kill."""
        if self._watch.command is None or not self._watch.shims_alive:
            await signal_tree.kill(self._watch.tree, patience=0.0)
        else:
            self._watch.command.send(signal.SIGKILL)


def merge(earlier: StopOrder | None, number: int, grace_seconds: float | None, sent_by: str) -> StopOrder:
    """The order in force after another one: the kill can only come nearer, both count from the first."""
    now = time.monotonic()
    if earlier is None or earlier.monotonic > now:
        return StopOrder(number, grace_seconds, sent_by, now_iso(), now, [number])
    grace = None if grace_seconds is None else now - earlier.monotonic + grace_seconds
    if earlier.grace_seconds is not None:
        grace = earlier.grace_seconds if grace is None else min(grace, earlier.grace_seconds)
    return StopOrder(number, grace, sent_by, earlier.time, earlier.monotonic, [*earlier.signals, number])
