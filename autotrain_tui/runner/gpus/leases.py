"""Leases of GPUs across the sessions of one user: `gpus = N` takes the freest, and no two stages take the same.

One file per GPU in the user's runtime folder. A runner holds flock on it, which ends with the runner; the file says
which attempt the GPU is for, and the lease holds while any of the attempt's processes lives (pid, start time, boot).
So a stage whose runner was killed keeps its GPU, and the runner that adopts the stage takes the lease again.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from autotrain_tui.errors import MachineError, UnreadableError
from autotrain_tui.gauges.sample import GpuReading, GpuSample
from autotrain_tui.runner.core.runtime_folder import open_private, runtime_folder
from autotrain_tui.runner.gpus.gpu_selection import GpuChoice, GpusUnavailable, choose
from autotrain_tui.runner.gpus.lease_file import LeaseHolder, peek_lease, read_lease, write_lease
from autotrain_tui.session.records.process_identity import Identity, boot_id
from autotrain_tui.session.records.read_file import could_not_ask

__all__ = ["GpuLeases", "GpusUnavailable", "Lease", "LeaseHolder", "gpu_key"]

_TOUCH_SECONDS: Final = 12 * 3600.0  # cleaners of /tmp take files that nobody touched for days
_RETAKE_TRIES: Final = 20  # of 2 ms: another runner looks at a file for some 0.1 ms


class Lease:
    """GPUs held for one attempt, until `release` or the end of this process. `environment` is what its command gets."""

    def __init__(self, files: dict[str, int], holder: LeaseHolder, folder: Path, environment: dict[str, str]) -> None:
        self._files, self._holder, self._folder = files, holder, folder
        self.environment = environment

    @property
    def gpus(self) -> tuple[str, ...]:
        """The leased GPUs by what names them: UUID, else PCI address."""
        return tuple(self._files)

    def bind(self, processes: Iterable[Identity]) -> None:
        """Notes who the attempt's processes are (shims, command), so that the lease outlives this runner with them."""
        self._holder = msgspec.structs.replace(self._holder, processes=tuple(processes))
        for fd in self._files.values():
            write_lease(fd, self._holder)

    def share(self, attempt_dir: str) -> None:
        """Let a further attempt use these GPUs; bind the processes of all of them."""
        self._holder = msgspec.structs.replace(self._holder, others=(*self._holder.others, attempt_dir))
        for fd in self._files.values():
            write_lease(fd, self._holder)

    def covers(self, attempt_dir: str) -> bool:
        """Whether it is for this attempt, alone or with others."""
        return attempt_dir in (self._holder.attempt_dir, *self._holder.others)

    def keep(self) -> bool:
        """Call now and then: makes the files anew where a logout or a cleaner of /tmp removed them.

        False when another runner has taken one of the GPUs in the meantime; the rest is still held.
        """
        kept = True
        for key, fd in list(self._files.items()):
            status = os.fstat(fd)
            if status.st_nlink == 0:
                anew = _take(self._folder, key)
                if anew is None:
                    kept = False
                    continue
                write_lease(anew, self._holder)
                self._files[key] = anew
                os.close(fd)
            elif time.time() - status.st_mtime > _TOUCH_SECONDS:
                os.utime(fd)
        return kept

    def release(self) -> None:
        """Release the GPUs. A second call does nothing."""
        while self._files:
            _, fd = self._files.popitem()
            os.ftruncate(fd, 0)
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


class GpuLeases:
    """All leases of one user on this machine. No call waits for another runner longer than some milliseconds."""

    def __init__(self, folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self.folder = folder if folder is not None else runtime_folder(environ)
        self._environ = environ

    def claim(
        self, count: int, reading: GpuReading, holder: LeaseHolder, memory: int | None = None
    ) -> Lease | GpusUnavailable:
        """The `count` freest GPUs of a reading that nobody has leased, or all that stands in the way.

        All or nothing. Ask again with a fresh reading. `memory`: bytes that must be free on each of them. Raises
        MachineError when the folder can't be used, UnreadableError when that can't be told just now.
        """
        choice = choose(reading, count, self._environ, memory)
        if isinstance(choice, GpusUnavailable):
            return choice
        if len(choice.usable) < count:
            return GpusUnavailable(_waits_for(count, choice.obstacles))
        directory = _take(self.folder, "choosing")
        if directory is None:
            return GpusUnavailable("another session is choosing GPUs")
        try:
            return self._claim(count, choice, msgspec.structs.replace(holder, boot_id=boot_id()))
        finally:
            os.close(directory)

    def retake(self, attempt_dir: str) -> Lease | None:
        """The lease of a living attempt whose runner died, for the runner that adopts it; None when there is none.

        Its command has its environment already: the lease's is empty. Raises UnreadableError when a lease can't be read
        just now: it is nobody's to take, and the adopter asks again.
        """
        files: dict[str, int] = {}
        found: LeaseHolder | None = None
        for key in self._keys():
            fd = _take(self.folder, key, tries=_RETAKE_TRIES)
            if fd is None:
                continue
            try:
                holder = read_lease(fd)
            except UnreadableError:
                os.close(fd)
                for held in files.values():
                    os.close(held)
                raise
            if holder is not None and attempt_dir in (holder.attempt_dir, *holder.others) and holder.living:
                files[key], found = fd, holder
            else:
                os.close(fd)
        return Lease(files, found, self.folder, {}) if found is not None else None

    def holders(self) -> dict[str, LeaseHolder]:
        """The holder of each leased GPU, for showing; the keys are those of `Lease.gpus`.

        Raises UnreadableError when a lease can't be read just now.
        """
        found: dict[str, LeaseHolder] = {}
        for key in self._keys():
            fd = _take(self.folder, key)
            try:
                holder = read_lease(fd) if fd is not None else peek_lease(self.folder, key)
            finally:
                if fd is not None:
                    os.close(fd)
            free = fd is not None and not (holder is not None and holder.living)
            if holder is not None and not free:
                found[key] = holder
        return found

    def _claim(self, count: int, choice: GpuChoice, holder: LeaseHolder) -> Lease | GpusUnavailable:
        files: dict[str, int] = {}
        taken: list[GpuSample] = []
        obstacles = list(choice.obstacles)
        for gpu in choice.usable:
            if len(taken) == count:
                break
            key = gpu_key(gpu)
            fd = _take(self.folder, key)
            try:
                other = read_lease(fd) if fd is not None else peek_lease(self.folder, key)
            except UnreadableError as error:  # whose it is is unknown: it is not taken
                obstacles.append(f"whether GPU {gpu.index} is leased is unknown: {error}")
                if fd is not None:
                    os.close(fd)
                continue
            if fd is None or (other is not None and other.living):
                obstacles.append(f"GPU {gpu.index} is leased" + (f" to {_named(other)}" if other else ""))
                if fd is not None:
                    os.close(fd)
                continue
            files[key] = fd
            taken.append(gpu)
        lease = Lease(files, holder, self.folder, choice.environment(taken))
        if len(taken) < count:
            for fd in files.values():
                os.close(fd)  # not `release`: what a dead attempt left there stays as it is
            return GpusUnavailable(_waits_for(count, obstacles))
        lease.bind(holder.processes)
        return lease

    def _keys(self) -> list[str]:
        try:
            names = os.listdir(self.folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise UnreadableError(f"{self.folder}: can't be read: {error.strerror}") from error
        return sorted(name.removesuffix(".lease") for name in names if name.endswith(".lease"))


def gpu_key(gpu: GpuSample) -> str:
    """What names a GPU over reboots and in every process, fit for a file name."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", gpu.uuid or gpu.pci or f"{gpu.vendor}-{gpu.index}")


def _take(folder: Path, key: str, tries: int = 1) -> int | None:
    """A locked descriptor of a GPU's file, None when a living runner holds it. The file is never unlinked by us."""
    directory = open_private(folder)
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(f"{key}.lease" if key != "choosing" else "choosing.lock", flags, 0o600, dir_fd=directory)
    except OSError as error:
        kind = UnreadableError if could_not_ask(error, folder / f"{key}.lease") else MachineError
        raise kind(f"{folder}: a GPU can't be leased: {error.strerror}") from error
    finally:
        os.close(directory)
    for left in reversed(range(tries)):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return fd
        except BlockingIOError:
            if left:
                time.sleep(0.002)
        except OSError as error:
            os.close(fd)
            raise MachineError(f"{folder}: has no locks: {error.strerror}") from error
    os.close(fd)
    return None


def _named(holder: LeaseHolder) -> str:
    return f"{holder.stage} of {os.path.basename(holder.session)}"


def _waits_for(count: int, obstacles: Iterable[str]) -> str:
    what = "a free GPU" if count == 1 else f"{count} free GPUs"
    return f"waits for {what}: {', '.join(obstacles)}"
