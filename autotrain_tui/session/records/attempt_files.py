"""The small records in an attempt's folder, typed, and how to read them without trusting them.

| record | file | writer |
| `Spec` | spec.json | the launcher, before the shim is started |
| `Started` | started.json | the shim by link(); or a recovering runner, `cancelled` |
| `RunningRecord` | running.json | the shim, before the command is released |
| `StopOrder` | stop.json | the launcher, before the signal is sent; replaced when the order changes |
| `Exit` | exit.json | the shim by link(); the launcher when no shim could be started |

Reading never raises: a link, a folder, a pipe, or an incomplete, huge or contradictory file yields a reason instead,
and so does a file that could not be read, marked as such: it is asked again, never judged on.
Writers here and the shim agree: temporary file in the same folder, fsync, link() (the first wins) or rename().
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Annotated, ClassVar, Final, Generic, Literal, TypeVar

import msgspec

from autotrain_tui.session.records.first_decoding import FIRST_DECODING
from autotrain_tui.session.records.folder import replace_file
from autotrain_tui.session.records.job_request import EngineEnd, RayRequest, SlurmRequest
from autotrain_tui.session.records.process_identity import Identity
from autotrain_tui.session.records.read_file import read_file
from autotrain_tui.session.records.swept import Swept

__all__ = [
    "Exit",
    "Failure",
    "RecordRead",
    "RelaySettings",
    "RunningRecord",
    "Spec",
    "Started",
    "StopOrder",
    "Swept",
    "link_record",
    "read_record",
    "replace_record",
]

LARGEST: Final = 4 << 20
"""Bytes. No valid record is larger (a command line has at most 2 MiB on Linux)."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class Record(msgspec.Struct, frozen=True):
    """One of an attempt's files. Unknown keys are ignored: later versions only add."""

    FILE: ClassVar[str] = ""


class RelaySettings(msgspec.Struct, frozen=True):
    """What shim A does with a signal of what started it (a batch system), and with the runner's order files.

    TERM means that the job is being ended (`term_by`), USR1 that its time limit is near (`warning_by`): both become a
    stop order with these names as sender. USR2 means that there may be a new order file.
    """

    signal: Annotated[int, msgspec.Meta(ge=1, le=64)] = 15
    """The stop signal of the plan."""
    to: Literal["command", "ranks"] = "command"
    """Who gets a signal: the command's own process, or each rank (the command if none has registered)."""
    warning_seconds: Seconds | None = None
    """Seconds from USR1 to the limit: the grace of that stop order. None: no kill."""
    warning_by: str = "limit"
    term_grace_seconds: Seconds | None = None
    """Seconds from TERM to our own kill, less than the batch system's. None: no kill of ours."""
    term_by: str = "slurm"
    term_reaches_all: bool = False
    """Whether the sender of TERM signals every process of the tree itself: then it is not sent once more."""


class Spec(Record, frozen=True):
    """What the shim runs. It never contains secrets: the shim inherits the environment itself.

    `command` and `cwd` may hold any bytes but NUL (surrogateescape, as in `os.fsdecode`). `umask` None: the runner's.
    """

    FILE: ClassVar[str] = "spec.json"
    stage: str
    attempt: int
    command: Annotated[list[str], msgspec.Meta(min_length=1)]
    cwd: str
    pty: bool = False
    linger_seconds: Seconds = 2.0
    declared_env: dict[str, str] = {}
    env_names: list[str] = []
    umask: int | None = None
    version: int = 1
    engine: str = ""
    """What starts the ranks of a distributed attempt (`plan.model.Distributed.engine`); empty for one process."""
    ranks: int = 0
    """How many ranks it starts."""
    relay: RelaySettings | None = None
    """How shim A acts for a runner that can't signal its processes; None: signals to it are ignored."""
    launcher: str = "local"
    """Where the attempt is: recovery asks that launcher, whatever the plan says by then."""
    slurm: SlurmRequest | None = None
    ray: RayRequest | None = None


class Started(Record, frozen=True):
    """The owners of the attempt: shim A and its guard B. `cancelled`: it has none and will never start."""

    FILE: ClassVar[str] = "started.json"
    a: Identity | None = None
    b: Identity | None = None
    boot_id: str | None = None
    host: str = ""
    time: str = ""
    cancelled: bool = False
    machine_id: str | None = None

    def __post_init__(self) -> None:
        """An attempt has both shims, or was cancelled."""
        if not self.cancelled and (self.a is None or self.b is None):
            raise ValueError("has no shims and is not cancelled")


class RunningRecord(Record, frozen=True):
    """The command's own process; written before it is released."""

    FILE: ClassVar[str] = "running.json"
    pid: Annotated[int, msgspec.Meta(gt=1, lt=1 << 31)]
    start_time: Annotated[int, msgspec.Meta(ge=0)]
    time: str = ""

    @property
    def identity(self) -> Identity:
        """The process as an identity of the boot that `started.json` names."""
        return Identity(self.pid, self.start_time)


class StopOrder(Record, frozen=True):
    """An order to end. `grace_seconds` None: never kill (pause). `monotonic` is of the boot of the order.

    A later order replaces an earlier one and keeps its `monotonic`, so that the grace period counts from the first;
    `signals` are all signals of both. `sent`: the last signal was sent, so a later runner does not send it again.
    """

    FILE: ClassVar[str] = "stop.json"
    signal: Annotated[int, msgspec.Meta(ge=1, le=64)]
    grace_seconds: Seconds | None
    sent_by: str
    time: str
    monotonic: float
    signals: list[int] = []
    sent: bool = False
    to: Literal["command", "ranks"] = "command"
    """Who was sent the signal: the command's own process, or each rank of a distributed attempt."""

    @property
    def deadline(self) -> float | None:
        """The monotonic time of the kill; None if there is none."""
        return None if self.grace_seconds is None else self.monotonic + self.grace_seconds


class Failure(msgspec.Struct, frozen=True):
    """Why a command could not be started.

    `kind`: `not_found`, `not_executable`, `bad_interpreter`, `bad_cwd`, `too_long` (arguments and environment),
    `log`, `spec`, `shim` (no shim could be started) or `other`; `path` the file concerned; `text` the system's message.
    """

    kind: str
    path: str
    text: str


class Exit(Record, frozen=True):
    """How the command's own process ended. Both exit_code and signal None: exit status unknown.

    `sent_by` names the sender of the stop order, if the end agrees with that order.
    `cpu_seconds` and `max_rss_bytes` are those of the command's process and of the children that it
    waited for; None if the kernel was not asked in time.
    """

    FILE: ClassVar[str] = "exit.json"
    exit_code: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    signal: Annotated[int, msgspec.Meta(ge=1, le=64)] | None = None
    sent_by: str | None = None
    started: str | None = None
    ended: str | None = None
    elapsed_seconds: Seconds | None = None
    cpu_seconds: Seconds | None = None
    max_rss_bytes: Annotated[int, msgspec.Meta(ge=0)] | None = None
    swept: list[Swept] = []
    error: Failure | None = None
    engine: EngineEnd | None = None
    """What the batch system said of the job's end, if it is known."""

    def __post_init__(self) -> None:
        """A process exits or is killed by a signal, never both."""
        if self.exit_code is not None and self.signal is not None:
            raise ValueError("has both an exit code and a signal")

    @property
    def known(self) -> bool:
        """Whether it is known how the command ended."""
        return self.exit_code is not None or self.signal is not None


R = TypeVar("R", bound=Record)


class RecordRead(msgspec.Struct, Generic[R], frozen=True):
    """The result of reading a record: the record; no file (`absent`); an invalid file (`damaged`); or `unreadable`.

    `unreadable`: the file could not be read just now, which says nothing about it: ask again. `reason` says why in
    both cases.
    """

    record: R | None
    reason: str = ""
    unreadable: bool = False

    @property
    def absent(self) -> bool:
        """Whether there is no such file."""
        return self.record is None and not self.reason

    @property
    def damaged(self) -> bool:
        """Whether there is a file that is no valid record."""
        return self.record is None and bool(self.reason) and not self.unreadable


def read_record(folder: Path, kind: type[R]) -> RecordRead[R]:
    """Read a record of the attempt in `folder`; never raises, whatever is on the disk."""
    path = folder / kind.FILE
    read = read_file(path, LARGEST, ours=True)
    if read.data is None:
        return RecordRead(None, read.reason, read.unreadable)
    import json  # for start-up: most commands read no record

    try:
        # the standard library keeps lone surrogates, which stand for bytes that are not UTF-8
        with FIRST_DECODING:
            return RecordRead(msgspec.convert(json.loads(read.data), kind))
    except (ValueError, msgspec.ValidationError, RecursionError) as error:
        return RecordRead(None, f"{path}: not a valid record: {error}")


def replace_record(folder: Path, record: Record) -> None:
    """Replace a record atomically and durably, mode 0600. Raises OSError."""
    replace_file(folder / record.FILE, encode(record))


def link_record(folder: Path, record: Record, *, sync: bool = True) -> bool:
    """Write a record unless it exists: True if ours is in place. `sync`: on the disk on return. Raises OSError."""
    temporary = folder / f".{record.FILE}.{os.getpid()}.{os.urandom(4).hex()}"
    replace_file(temporary, encode(record), sync=sync)
    try:
        os.link(temporary, folder / record.FILE, follow_symlinks=False)
    except FileExistsError:
        # NFS may report a link that it made as already existing, if its answer was lost: link(2), BUGS
        return os.stat(temporary).st_nlink == 2
    except OSError as error:
        if error.errno in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise OSError(error.errno, "the file system does not support hard links", str(folder)) from error
        raise
    finally:
        os.unlink(temporary)
    if not sync:
        return True
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True


def encode(record: Record) -> bytes:
    """A record as one line of ASCII JSON."""
    import json  # as above

    return json.dumps(msgspec.to_builtins(record)).encode() + b"\n"
