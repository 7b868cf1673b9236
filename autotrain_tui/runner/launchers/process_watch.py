"""An attempt's shims and command on this machine, watched through pidfds until its end is known."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from subprocess import Popen

from autotrain_tui.runner.launchers.exit_record import read_end
from autotrain_tui.runner.processes import signal_tree
from autotrain_tui.runner.processes.process_handle import HAS_PIDFD, ProcessHandle
from autotrain_tui.runner.processes.process_scan import Tree
from autotrain_tui.session.records.attempt_files import Exit, RunningRecord, Spec, Started, read_record
from autotrain_tui.session.records.process_identity import Identity
from autotrain_tui.session.records.read_file import Unread

__all__ = ["ProcessWatch"]

POLL = 0.05
"""Seconds between looks where the kernel gives no pidfd."""

ASK_AGAIN = 0.25
"""Seconds until a record or a process that could not be asked about is asked about again."""


class ProcessWatch:
    """What is known of a living attempt: who lives, the command's tree, the end. Made within a running event loop."""

    def __init__(
        self, folder: Path, started: Started | None, child: Popen[bytes] | None = None, end_pipe: int | None = None
    ) -> None:
        """`child`: shim A, when it is our own child. `end_pipe`: see `LocalAttempt`."""
        self.folder = folder
        self.reason = ""
        self.unread = Unread()
        shims = [shim for shim in (started.a, started.b) if shim] if started else []
        self.tree = Tree(shims, b"\0AUTOTRAIN_RESULT=" + bytes(folder / "result.json") + b"\0")
        self._child = child
        self._processes = [handle for shim in shims if (handle := ProcessHandle.open(shim))]
        self._shims = tuple(self._processes)
        self.command: ProcessHandle | None = None
        self._known = asyncio.Event()
        self._changed = asyncio.Event()
        self._end: asyncio.Future[Exit | None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        for handle in self._processes:
            self._watch_end(handle)
        if child is not None and not any(handle.identity.pid == child.pid for handle in self._processes):
            child.wait()  # shim A has ended already
        with contextlib.suppress(OSError):  # the watch asks again
            self._find_stage()
        self._end_pipe, self._record_written = end_pipe, False
        if end_pipe is not None:
            asyncio.get_running_loop().add_reader(end_pipe, self._read_end_pipe)
        self.keep(self._watch())

    @property
    def stage(self) -> Identity | None:
        """The command's own process; None until the shim has made it."""
        return self.tree.stage

    @property
    def ended(self) -> bool:
        """Whether the attempt's end is known."""
        return self._end.done()

    @property
    def shims_alive(self) -> bool:
        """Whether shim A or shim B lives."""
        return any(shim.alive() for shim in self._shims)

    @property
    def alive(self) -> bool:
        """Whether any of shim A, shim B and the command lives."""
        return any(handle.alive() for handle in self._processes)

    async def running(self) -> Identity | None:
        """Wait until the command's process is known; None when the attempt ended without one."""
        await self._known.wait()
        return self.stage

    async def wait(self) -> Exit | None:
        """Wait for the end; None: it ended, and nobody knows how (`reason` says what is known)."""
        return await asyncio.shield(self._end)

    async def sweep(self) -> None:
        """Kill what is left of the tree of a command that ended together with its shims."""
        if self.tree.rows():
            await signal_tree.kill(self.tree, patience=5.0)

    def close(self) -> None:
        """Close its handles; the command runs on."""
        for task in self._tasks:
            task.cancel()
        for handle in self._processes:
            self._forget(handle)
        self._close_end_pipe()
        if self._child is not None:
            # Popen warns of a child nobody waited for: this one is to outlive us
            self._child.returncode = self._child.poll() or 0

    def on_end(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when the end is known."""
        self._end.add_done_callback(lambda _end: callback())

    def keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run `work` in a task of the attempt, cancelled by `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _watch_end(self, handle: ProcessHandle) -> None:
        if handle.descriptor is not None:
            asyncio.get_running_loop().add_reader(handle.descriptor, self._ended, handle)

    def _ended(self, handle: ProcessHandle) -> None:
        self._forget(handle)
        self._changed.set()
        if self._child is not None and handle.identity.pid == self._child.pid:
            self._child.wait()  # it has ended: no zombie is left

    def _read_end_pipe(self) -> None:
        """A byte: the exit record is written. Its end: no shim lives."""
        assert self._end_pipe is not None
        self._record_written = bool(os.read(self._end_pipe, 1)) or self._record_written
        self._close_end_pipe()
        self._changed.set()

    def _close_end_pipe(self) -> None:
        if self._end_pipe is not None:
            asyncio.get_running_loop().remove_reader(self._end_pipe)
            os.close(self._end_pipe)
            self._end_pipe = None

    def _forget(self, handle: ProcessHandle) -> None:
        if handle.descriptor is not None:
            asyncio.get_running_loop().remove_reader(handle.descriptor)
        handle.close()

    def _find_stage(self) -> None:
        """Take hold of the command's process once running.json names it. Raises OSError if that cannot be told now."""
        if self._known.is_set():
            return
        reading = read_record(self.folder, RunningRecord)
        if reading.unreadable:
            raise OSError(reading.reason)
        running = reading.record
        if running is None:
            return
        self.command = ProcessHandle.open(running.identity)
        self.tree.stage = running.identity
        if self.command is not None:
            self._processes.append(self.command)
            self._watch_end(self.command)
        self._known.set()

    async def _watch(self) -> None:
        try:
            self._end.set_result(await self._find_end())
        except Exception as error:  # noqa: BLE001  who waits must hear of it, whatever it is
            self._end.set_exception(error)
        self._known.set()

    async def _find_end(self) -> Exit | None:
        """Until the exit record is there, or nobody lives who could write it.

        What cannot be read just now is read again: it is neither an end nor the lack of one.
        """
        while True:
            alive = self.alive  # checked first: a process that is alive now may write what is read next
            asked_again = False
            try:
                self._find_stage()
                reading = read_end(self.folder)
                if reading.unreadable:
                    raise OSError(reading.reason)
                if reading.record is not None and (self._record_written or not self.shims_alive):
                    return reading.record  # a shim that lives and did not say so has not written it, or ends just now
                if not alive:
                    await self._sweep_orphans()
                    self.reason = reading.reason or "its shims were killed and left no exit record: exit code unknown"
                    return None
            except OSError as error:
                asked_again = True
                self.unread.note(str(error))
            else:
                self.unread.note("")
            self._changed.clear()
            seconds = POLL / 5 if self.stage is None else None if HAS_PIDFD else POLL
            try:
                async with asyncio.timeout(ASK_AGAIN if asked_again else seconds):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _sweep_orphans(self) -> None:
        """Wait `linger_seconds` for what a command without shims leaves behind, as a shim would, then kill it."""
        reading = read_record(self.folder, Spec)
        if reading.unreadable:
            raise OSError(reading.reason)
        spec = reading.record
        deadline = time.monotonic() + (spec.linger_seconds if spec else 2.0)
        while self.tree.rows() and time.monotonic() < deadline:  # noqa: ASYNC110  orphans of others tell nobody
            await asyncio.sleep(POLL)
        await signal_tree.kill(self.tree, patience=5.0)
