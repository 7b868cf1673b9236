"""A living attempt on this machine: watched through pidfds, stopped, frozen, killed; started or adopted alike."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine
from pathlib import Path
from subprocess import Popen

from autotrain_tui.runner import halt
from autotrain_tui.runner.launchers.ending import read_end
from autotrain_tui.runner.process import HAS_PIDFD, Handle
from autotrain_tui.runner.tree import Census, Member, Tree
from autotrain_tui.session.attempt import Exit, Running, Spec, Started, StopOrder, read_record, replace_record
from autotrain_tui.session.clock import now_iso
from autotrain_tui.session.identity import Identity

__all__ = ["LocalAttempt"]

POLL = 0.05
"""Seconds between looks where the kernel gives no pidfd."""


class LocalAttempt:
    """One attempt's shims and command. See `launchers.Attempt` for what each method promises.

    Made within a running event loop by `LocalLauncher` only. `child`: shim A, when it is our own child.
    """

    def __init__(self, folder: Path, started: Started | None, child: Popen[bytes] | None = None) -> None:
        self.folder = folder
        self.reason = ""
        shims = [shim for shim in (started.a, started.b) if shim] if started else []
        self._tree = Tree(shims, b"\0AUTOTRAIN_RESULT=" + bytes(folder / "result.json") + b"\0")
        self._child = child
        self._handles = [handle for shim in shims if (handle := Handle.open(shim))]
        self._shims = tuple(self._handles)
        self._stage: Handle | None = None
        self._known = asyncio.Event()
        self._changed = asyncio.Event()
        self._end: asyncio.Future[Exit | None] = asyncio.get_running_loop().create_future()
        self._order = read_record(folder, StopOrder).record
        self._halts = 0
        self._killer: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        for handle in self._handles:
            self._watch_end(handle)
        if child is not None and not any(handle.identity.pid == child.pid for handle in self._handles):
            child.wait()  # shim A has ended already
        self._find_stage()
        self._keep(self._watch())

    # -- what is known ---------------------------------------------------------------------------------------------

    @property
    def stage(self) -> Identity | None:
        """The command's own process; None until the shim has made it."""
        return self._tree.stage

    @property
    def order(self) -> StopOrder | None:
        """The stop order in force."""
        return self._order

    @property
    def alive(self) -> bool:
        """Whether any of shim A, shim B and the command lives."""
        return any(handle.alive() for handle in self._handles)

    def tree(self) -> list[Member]:
        """The command's process and its descendants, daemonised ones too, without the shims."""
        return self._tree.members()

    async def running(self) -> Identity | None:
        """Wait until the command's process is known; None when the attempt ended without one."""
        await self._known.wait()
        return self.stage

    async def wait(self) -> Exit | None:
        """Wait for the end; None: it ended, and nobody knows how (`reason` says what is known)."""
        return await asyncio.shield(self._end)

    # -- what can be done ------------------------------------------------------------------------------------------

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

    async def sweep(self) -> None:
        """End whatever is left of the tree of a command that has ended unseen, its shims with it."""
        if self._tree.rows():
            await halt.kill(self._tree, patience=5.0)

    def close(self) -> None:
        """Let go of it; the command runs on."""
        for task in self._tasks:
            task.cancel()
        for handle in self._handles:
            self._forget(handle)
        if self._child is not None:
            # Popen warns of a child nobody waited for: this one is to outlive us
            self._child.returncode = self._child.poll() or 0

    # -- the stop order --------------------------------------------------------------------------------------------

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
        if self._killer is not None:
            self._killer.cancel()
            self._killer = None
        if self._order is not None and self._order.deadline is not None:
            self._killer = self._keep(self._kill_at(self._order.deadline))

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

    # -- watching --------------------------------------------------------------------------------------------------

    def _keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _watch_end(self, handle: Handle) -> None:
        if handle.descriptor is not None:
            asyncio.get_running_loop().add_reader(handle.descriptor, self._ended, handle)

    def _ended(self, handle: Handle) -> None:
        self._forget(handle)
        self._changed.set()
        if self._child is not None and handle.identity.pid == self._child.pid:
            self._child.wait()  # it has ended: no zombie is left

    def _forget(self, handle: Handle) -> None:
        if handle.descriptor is not None:
            asyncio.get_running_loop().remove_reader(handle.descriptor)
        handle.close()

    def _find_stage(self) -> None:
        """Take hold of the command's process once running.json names it."""
        running = read_record(self.folder, Running).record
        if running is None or self._tree.stage is not None:
            return
        self._tree.stage = running.identity
        self._stage = Handle.open(running.identity)
        if self._stage is not None:
            self._handles.append(self._stage)
            self._watch_end(self._stage)
        self._known.set()

    async def _watch(self) -> None:
        try:
            self._end.set_result(await self._find_end())
        except Exception as error:  # noqa: BLE001  who waits must hear of it, whatever it is
            self._end.set_exception(error)
        self._known.set()
        if self._killer is not None:
            self._killer.cancel()

    async def _find_end(self) -> Exit | None:
        """Until the exit record is there, or nobody lives who could write it."""
        while True:
            alive = self.alive  # looked at first: whoever was alive in this look may have written what is read next
            self._find_stage()
            reading = read_end(self.folder)
            if reading.record is not None and not any(shim.alive() for shim in self._shims):
                return reading.record  # a shim that lives has not written it, or ends in this moment
            if not alive:
                self.reason = reading.reason or "its shims were killed, and nobody wrote down how it ended"
                await self._sweep_orphans()
                return None
            self._changed.clear()
            seconds = POLL / 5 if self.stage is None else None if HAS_PIDFD else POLL
            try:
                await asyncio.wait_for(self._changed.wait(), seconds)
            except TimeoutError:
                pass

    async def _sweep_orphans(self) -> None:
        """What a command without shims leaves behind gets the same time as with them, and is then ended."""
        spec = read_record(self.folder, Spec).record
        deadline = time.monotonic() + (spec.linger_seconds if spec else 2.0)
        while self._tree.rows() and time.monotonic() < deadline:  # noqa: ASYNC110  orphans of others tell nobody
            await asyncio.sleep(POLL)
        await halt.kill(self._tree, patience=5.0)


def merge(earlier: StopOrder | None, number: int, grace_seconds: float | None, sent_by: str) -> StopOrder:
    """The order in force after another one: the kill can only come nearer, both count from the first."""
    now = time.monotonic()
    if earlier is None or earlier.monotonic > now:
        return StopOrder(number, grace_seconds, sent_by, now_iso(), now, [number])
    grace = None if grace_seconds is None else now - earlier.monotonic + grace_seconds
    if earlier.grace_seconds is not None:
        grace = earlier.grace_seconds if grace is None else min(grace, earlier.grace_seconds)
    return StopOrder(number, grace, sent_by, earlier.time, earlier.monotonic, [*earlier.signals, number])
