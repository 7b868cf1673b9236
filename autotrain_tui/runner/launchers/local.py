"""Attempts on this machine, each owned by a pair of shims (`runner/shim.py`)."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import py_compile
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from autotrain_tui.errors import MachineError, RefusedError, UnreadableError
from autotrain_tui.runner.launchers import FoundAlive, FoundCancelled, FoundElsewhere, FoundEnded, FoundLost, Visit
from autotrain_tui.runner.launchers.ask_again import read_again
from autotrain_tui.runner.launchers.exit_record import read_end
from autotrain_tui.runner.launchers.launch_server import LaunchServer
from autotrain_tui.runner.launchers.local_attempt import LocalAttempt
from autotrain_tui.runner.launchers.shim_pipe import read_until_closed
from autotrain_tui.session.records.attempt_files import (
    Exit,
    Failure,
    Record,
    RecordRead,
    Spec,
    Started,
    StopOrder,
    link_record,
    read_record,
)
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.process_identity import boot_id, host, is_alive, machine_id

__all__ = ["SHIM", "LocalLauncher"]

R = TypeVar("R", bound=Record)

SHIM: Final = Path(__file__).parents[1] / "shim.py"
TRIES: Final = 3
"""Shims killed before they registered are replaced: the link of started.json lets only one of them run the command."""


class LocalLauncher:
    """Starts attempts as processes of this machine, and adopts them."""

    def __init__(self, *, server: bool = False) -> None:
        """`server`: start shims through a launch server, which is started now."""
        self._server = LaunchServer(lambda: compiled(SHIM)) if server else None
        if self._server is not None:
            self._server.start()

    async def start(self, folder: Path, spec: Spec, environment: Mapping[str, str]) -> LocalAttempt:
        """Start the attempt in its existing folder; returns as soon as its command is released (or can't be started).

        `environment` is the command's whole environment. A command that can't be started yields an attempt that ended
        with exit code 126 or 127 and `Exit.error`. Raises MachineError when the folder can't be written, and
        RefusedError when this attempt was started or cancelled before.
        """
        folder = Path(os.path.abspath(folder))  # noqa: ASYNC240  touches no disk
        try:
            # of use to the shim only; one of our own that stands there is from a try that found no room
            if not link_record(folder, spec, sync=False) and (await _read(folder, Spec)).record != spec:
                raise RefusedError(f"{folder}: was started before")
            said = ""
            if self._server is not None and (attempt := await self._by_server(self._server, folder, environment)):
                return attempt
            for number in range(TRIES):
                try:
                    program = SHIM if number else compiled(SHIM)
                    child, said = await self._spawn(program, folder, environment)
                except OSError as error:
                    text = error.strerror or str(error)
                    if error.errno == errno.E2BIG:  # of its environment: our own words are few
                        failure = Failure("too_long", spec.command[0], f"{text} (its environment is too large)")
                    else:
                        failure = Failure("shim", str(sys.executable), text)
                    return await self._failed(folder, failure)
                started = (await _read(folder, Started)).record
                if started is not None and not started.cancelled:
                    return LocalAttempt(folder, started, child)
                child.wait()
                if started is not None:
                    raise RefusedError(f"{folder}: was cancelled before it started")
                if child.returncode >= 0 and program == SHIM:
                    break
            said = said.splitlines()[-1] if said else "the shim was killed before it started"
            if said.startswith("started.json can't be written"):
                raise MachineError(f"{folder}: {said}")
            return await self._failed(folder, Failure("shim", str(folder), said))
        except UnreadableError as error:
            raise MachineError(str(error)) from error
        except OSError as error:
            raise MachineError(f"{folder}: can't be written: {error.strerror or error}") from error

    async def _by_server(
        self, server: LaunchServer, folder: Path, environment: Mapping[str, str]
    ) -> LocalAttempt | None:
        """The attempt, started by the launch server; None if its shims must be started one by one."""
        end_pipe = await server.launch(folder, environment, lambda: _registered(folder))
        started = (await _read(folder, Started)).record
        if started is not None and not started.cancelled:
            return LocalAttempt(folder, started, end_pipe=end_pipe)
        if end_pipe is not None:
            os.close(end_pipe)
        if started is not None:
            raise RefusedError(f"{folder}: was cancelled before it started")
        return None

    async def _spawn(
        self, program: Path, folder: Path, environment: Mapping[str, str]
    ) -> tuple[subprocess.Popen[bytes], str]:
        """Start shim A and wait until the start is over: both shims then let go of the pipe. What they said in it."""
        reader, writer = os.pipe()
        try:
            child = subprocess.Popen(  # noqa: ASYNC220  a few ms, and asyncio's own would watch the child for us
                [sys.executable, "-I", "-S", str(program), str(folder)],
                env=dict(environment), cwd="/", start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=writer, stderr=writer,
            )  # fmt: skip
        except OSError:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        try:
            return child, await read_until_closed(reader, lambda: _registered(folder))
        except BaseException:
            child.returncode = 0  # cancelled: the attempt goes on, and can be adopted
            raise

    async def _failed(self, folder: Path, failure: Failure) -> LocalAttempt:
        """An attempt without a shim; its records are ours to write, by the same rule that the first link wins."""
        now = now_iso()
        if link_record(folder, Started(cancelled=True, boot_id=boot_id(), host=host(), time=now)):
            _tell_in_log(folder / "log", failure)
            link_record(folder, Exit(exit_code=126, started=now, ended=now, elapsed_seconds=0.0, error=failure))
        return LocalAttempt(folder, (await _read(folder, Started)).record)

    async def adopt(self, folder: Path, *, force: bool = False) -> Visit:
        """Visit an attempt that has no end in the journal. Raises MachineError when the folder can't be written, and
        UnreadableError when its records can't be read now: nothing is decided then.

        `force`: an attempt from elsewhere counts as lost; no process is signalled for it.
        """
        folder = Path(os.path.abspath(folder))  # noqa: ASYNC240  touches no disk
        ended = await read_again(lambda: read_end(folder))
        reading = await _read(folder, Started)
        if ended.record is not None and not _shims_alive(reading.record):
            return FoundEnded(ended.record)
        if reading.absent:
            try:
                mark = Started(cancelled=True, boot_id=boot_id(), host=host(), time=now_iso())
                if link_record(folder, mark):
                    return FoundCancelled()
            except OSError as error:
                raise MachineError(f"{folder}: can't be written: {error.strerror or error}") from error
            reading = await _read(folder, Started)
        started = reading.record
        if started is not None and started.cancelled:
            return FoundCancelled()
        elsewhere = _elsewhere(started, reading.reason)
        if elsewhere is not None:
            return FoundLost(elsewhere.reason) if force else elsewhere
        if started is None or started.boot_id != boot_id():
            return FoundLost(_reboot_words(), rebooted=True)
        attempt = LocalAttempt(folder, started, order=(await _read(folder, StopOrder)).record)
        if attempt.alive:
            attempt.resume_order()
            return FoundAlive(attempt)
        await attempt.sweep()  # what the command left behind must not meet the next attempt
        attempt.close()
        ended = await read_again(lambda: read_end(folder))  # it may have come between the two looks
        if ended.record is not None:
            return FoundEnded(ended.record)
        return FoundLost(ended.reason or "no process of it is alive and there is no exit record: exit code unknown")

    async def settle(self) -> None:
        """A process that has ended leaves nothing; the launch server ends, and would start again if it were needed."""
        if self._server is not None:
            await self._server.settle()


async def _read(folder: Path, kind: type[R]) -> RecordRead[R]:
    """A record of the attempt, asked for again while it can't be read. Raises UnreadableError."""
    return await read_again(lambda: read_record(folder, kind))


def _registered(folder: Path) -> bool:
    """Whether the attempt's shims have registered, or it was cancelled."""
    return read_record(folder, Started).record is not None


def _tell_in_log(log: Path, failure: Failure) -> None:
    """Say in the attempt's log why it could not be started, in the words of a shim that can't start a command."""
    with contextlib.suppress(OSError), open(os.open(log, _APPEND, 0o600), "a", errors="replace") as file:
        file.write(f"autotrain-tui: cannot start: {failure.path}: {failure.text}\n")


_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def _shims_alive(started: Started | None) -> bool:
    """Whether a shim lives: then it has not written the end down, or ends in this moment."""
    shims = (started.a, started.b) if started is not None and started.boot_id == boot_id() else ()
    return any(shim is not None and is_alive(shim) for shim in shims)


def _reboot_words() -> str:
    """What to tell of an attempt that ended with its machine's boot."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; it counts from the boot
    up = datetime.fromtimestamp(time.time() - time.clock_gettime(clock), UTC) if clock is not None else None
    when = f" at {up:%Y-%m-%d %H:%M} UTC" if up is not None else ""
    return f"interrupted by a reboot{when}: exit code unknown"


def compiled(source: Path) -> Path:
    """The program's bytecode, made where it is missing or old; the source itself where none can be kept.

    Python caches only what is imported: compiling the shim anew would be a third of every start.
    """
    try:
        cache = Path(importlib.util.cache_from_source(str(source)))
        status = source.stat()
        wanted = (0, int(status.st_mtime), status.st_size)  # PEP 552: flags, and what the source must be
        stamp = b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in wanted)
        if not cache.exists() or cache.read_bytes()[:16] != importlib.util.MAGIC_NUMBER + stamp:
            if sys.dont_write_bytecode:
                return source
            py_compile.compile(str(source), str(cache), doraise=True,
                               invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)  # fmt: skip
    except (OSError, NotImplementedError, py_compile.PyCompileError):
        return source
    return cache


def _elsewhere(started: Started | None, reason: str) -> FoundElsewhere | None:
    """Whether an attempt is beyond what can be known from here."""
    if started is None:
        return FoundElsewhere("", reason)
    if started.host != host():
        return FoundElsewhere(started.host, f"was started on {started.host or 'an unknown host'}")
    if started.machine_id is not None and machine_id() is not None and started.machine_id != machine_id():
        return FoundElsewhere(started.host, f"was started on another machine that is called {started.host}, too")
    if started.boot_id is None or boot_id() is None:
        return FoundElsewhere(started.host, "in which boot it was started can't be known")
    # another boot of this machine: a reboot ends every process, so nothing of it can be alive
    return None
