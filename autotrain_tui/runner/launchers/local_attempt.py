"""A living attempt on this machine: signalled, stopped, frozen, killed; started or adopted alike."""

from __future__ import annotations

from pathlib import Path
from subprocess import Popen

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.launchers.process_watch import ProcessWatch
from autotrain_tui.runner.launchers.stop_orders import StopOrders
from autotrain_tui.runner.processes import signal_tree
from autotrain_tui.runner.processes.process_scan import Member, ProcessScan
from autotrain_tui.session.records.attempt_files import Exit, Started, StopOrder
from autotrain_tui.session.records.process_identity import Identity
from autotrain_tui.session.records.read_file import Unread

__all__ = ["LocalAttempt"]


class LocalAttempt:
    """One attempt's shims and command. See `launchers.LaunchedAttempt` for what each method promises.

    Made within a running event loop by `LocalLauncher` only.
    """

    waiting, never_starts, place, job = "", "", "", None
    """It is on this machine, and starts at once."""

    def __init__(
        self,
        folder: Path,
        started: Started | None,
        child: Popen[bytes] | None = None,
        *,
        order: StopOrder | None = None,
        end_pipe: int | None = None,
    ) -> None:
        """`child`: shim A, when it is our own child. `order`: the stop order that an earlier runner gave.

        `end_pipe`: a pipe in which a byte says that the shims have written the exit record; closed with the attempt.
        """
        self.folder = folder
        self._watch = ProcessWatch(folder, started, child, end_pipe)
        self._orders = StopOrders(self._watch, order)

    @property
    def stage(self) -> Identity | None:
        """The command's own process; None until the shim has made it."""
        return self._watch.stage

    @property
    def order(self) -> StopOrder | None:
        """The stop order in force."""
        return self._orders.order

    @property
    def unread(self) -> Unread:
        """What could not be asked about, and since when."""
        return self._watch.unread

    @property
    def alive(self) -> bool:
        """Whether any of shim A, shim B and the command lives."""
        return self._watch.alive

    @property
    def reason(self) -> str:
        """What is known of an end without an exit record."""
        return self._watch.reason

    async def hold(self) -> None:
        """It waits in no queue."""
        raise RefusedError("the attempt waits in no queue")

    async def release(self) -> None:
        """It waits in no queue."""
        raise RefusedError("the attempt waits in no queue")

    def tree(self) -> list[Member]:
        """The command's process and its descendants, daemonised ones too, without the shims."""
        return self._watch.tree.members()

    async def looked(self) -> None:
        """It waits in no queue."""

    async def running(self) -> Identity | None:
        """Wait until the command's process is known; None when the attempt ended without one."""
        return await self._watch.running()

    async def wait(self) -> Exit | None:
        """Wait for the end; None: its exit status is unknown (`reason` says why)."""
        return await self._watch.wait()

    def signal(self, number: int) -> bool:
        """Send a signal to the command's own process, or to each rank; False when there is none to send it to."""
        return self._orders.signal(number)

    async def stop(self, signal: int, grace_seconds: float | None, sent_by: str) -> None:
        """The stop order; returns when the signal is sent or the attempt has ended."""
        await self._orders.stop(signal, grace_seconds, sent_by)

    async def kill(self, sent_by: str) -> None:
        """SIGKILL to the whole tree; returns when everyone was sent it."""
        await self._orders.kill(sent_by)

    async def freeze(self, patience: float = 5.0) -> ProcessScan:
        """SIGSTOP to every process of the tree until all are stopped; a stop order meanwhile ends the attempt to."""
        await self.running()
        return await signal_tree.freeze(self._watch.tree, patience, self._orders.begin(freeze=True))

    async def thaw(self, patience: float = 5.0) -> ProcessScan:
        """SIGCONT to every process of the tree until none is stopped."""
        return await signal_tree.thaw(self._watch.tree, patience, self._orders.begin(freeze=False))

    def resume_order(self) -> None:
        """Go on with the stop order that an earlier runner gave."""
        self._orders.resume()

    async def sweep(self) -> None:
        """Kill what is left of the tree of a command that ended together with its shims."""
        await self._watch.sweep()

    def close(self) -> None:
        """Close its handles; the command runs on."""
        self._watch.close()
