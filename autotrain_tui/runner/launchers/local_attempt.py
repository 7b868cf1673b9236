"""A living attempt on this machine: signalled, stopped, frozen, killed; started or adopted alike."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from subprocess import Popen

from autotrain_tui.runner.launchers.process_watch import Watched
from autotrain_tui.runner.processes import signal_tree as halt
from autotrain_tui.runner.processes.process_scan import Census
from autotrain_tui.session.records.attempt_files import Started, StopOrder, read_record, replace_record
from autotrain_tui.session.records.clock import now_iso

__all__ = ["LocalAttempt"]


class LocalAttempt(Watched):
    """One attempt's shims and command. See `launchers.Attempt` for what each method promises.

    Made within a running event loop by `LocalLauncher` only.
    """

    def __init__(self, folder: Path, started: Started | None, child: Popen[bytes] | None = None) -> None:
        """`child`: shim A, when it is our own child."""
        super().__init__(folder, started, child)
        self._order = read_record(folder, StopOrder).record
        self._halts = 0
        """How many wishes there were: a newer one ends what an older one is still doing."""
        self._killer: asyncio.Task[None] | None = None
        self._end.add_done_callback(lambda _end: self._disarm())

    @property
    def order(self) -> StopOrder | None:
        """The stop order in force."""
        return self._order

    def signal(self, number: int) -> bool:
        """Send a signal to the command's own process; False when it has ended or isn't known yet."""
        return self._stage is not None and self._stage.send(number)

    async def stop(self, signal: int, grace_seconds: float | None, sent_by: str) -> None:
        """The stop order; returns when the signal is sent or the attempt has ended."""
        if self._end.done():
            return
        self._halts += 1
        self._write(merge(self._order, signal, grace_seconds, sent_by))
        self._arm()
        await self._send_order()

    async def kill(self, sent_by: str) -> None:
        """SIGKILL to the whole tree; returns when everyone was sent it."""
        if self._end.done():
            return
        self._halts += 1
        self._write(merge(self._order, signal.SIGKILL, 0.0, sent_by))
        await self._strike()
        self._arm()

    async def freeze(self, patience: float = 5.0) -> Census:
        """SIGSTOP to every process of the tree until all are stopped; a stop order meanwhile ends the attempt to."""
        await self.running()
        self._halts += 1
        mine = self._halts
        return await halt.freeze(self._tree, patience, lambda: self._halts == mine)

    async def thaw(self, patience: float = 5.0) -> Census:
        """SIGCONT to every process of the tree until none is stopped."""
        self._halts += 1
        mine = self._halts
        return await halt.thaw(self._tree, patience, lambda: self._halts == mine)

    def resume_order(self) -> None:
        """Carry on with the stop order that an earlier runner gave: its grace runs since then."""
        order = self._order
        if order is None or order.monotonic > time.monotonic() or self._end.done():
            return  # none, or of another boot
        self._arm()
        if not order.sent:
            self._keep(self._send_order())

    def _write(self, order: StopOrder) -> None:
        self._order = order
        try:
            replace_record(self.folder, order)
        except OSError as error:
            self.reason = f"the stop order can't be written down: {error}"  # a full disk must not keep anyone from it

    async def _send_order(self) -> None:
        """The signal to the command; whoever is frozen, it or its children, is set going to follow it."""
        await self.running()
        order = self._order
        if order is None or not self.signal(order.signal):
            return
        if any(row.state in "TD" for row in self._tree.rows()):  # D: it may have a stop still to come
            await halt.thaw(self._tree, patience=1.0)
        if self._order is order:
            self._write(StopOrder(order.signal, order.grace_seconds, order.sent_by, order.time, order.monotonic,
                                  order.signals, sent=True))  # fmt: skip

    def _arm(self) -> None:
        """Have the tree killed when the grace of the order in force is over."""
        self._disarm()
        if self._order is not None and self._order.deadline is not None:
            self._killer = self._keep(self._kill_at(self._order.deadline))

    def _disarm(self) -> None:
        if self._killer is not None:
            self._killer.cancel()
            self._killer = None

    async def _kill_at(self, deadline: float) -> None:
        await asyncio.sleep(deadline - time.monotonic())
        self._halts += 1
        await self._strike()
        while not self._end.done():  # a process in a hanging device outlives SIGKILL: it is told again, and waited for
            await asyncio.sleep(1.0)
            await halt.kill(self._tree, patience=0.0)

    async def _strike(self) -> None:
        """SIGKILL to the command; the rest of the tree is the shim's, who keeps a list of whom it had to kill."""
        shims_alive = any(handle.alive() for handle in self._handles if handle is not self._stage)
        if self._stage is None or not shims_alive:
            await halt.kill(self._tree, patience=0.0)
        else:
            self._stage.send(signal.SIGKILL)


def merge(earlier: StopOrder | None, number: int, grace_seconds: float | None, sent_by: str) -> StopOrder:
    """The order in force after another one: the kill can only come nearer, both count from the first."""
    now = time.monotonic()
    if earlier is None or earlier.monotonic > now:
        return StopOrder(number, grace_seconds, sent_by, now_iso(), now, [number])
    grace = None if grace_seconds is None else now - earlier.monotonic + grace_seconds
    if earlier.grace_seconds is not None:
        grace = earlier.grace_seconds if grace is None else min(grace, earlier.grace_seconds)
    return StopOrder(number, grace, sent_by, earlier.time, earlier.monotonic, [*earlier.signals, number])
