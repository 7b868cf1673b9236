"""Room and throughput of the disk below one folder, on Linux."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from autotrain_tui.gauges.hang_guard import Watch
from autotrain_tui.gauges.proc import read_bytes
from autotrain_tui.gauges.rates import Rates
from autotrain_tui.gauges.sample import DiskSample

__all__ = ["Disk", "Mount", "find_mount"]

_SECTOR: Final = 512  # bytes, whatever the disk's own (Documentation/block/stat.rst)
# a call on one of these may wait for an unreachable server
_REMOTE: Final = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "pvfs2"
})  # fmt: skip

_OCTAL: Final = re.compile(rb"\\([0-7]{3})")

Room = tuple[int, int]


class Mount(NamedTuple):
    """A mounted file system: its device number as `major:minor`, its type, and what is mounted."""

    number: str
    kind: str
    source: str

    @property
    def remote(self) -> bool:
        """Whether another machine or another program serves it."""
        return self.kind in _REMOTE or self.kind.startswith("fuse.")


class Disk:
    """The disk that holds `path`. A network file system is read in a thread, because its server may not answer."""

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        mount = find_mount(os.path.realpath(path))
        self._watch = Watch("disk", self._room, clock=clock) if mount is not None and mount.remote else None
        self._counters = _counters(mount) if mount is not None else None
        self._rates: Rates[str] = Rates(clock)

    def sample(self) -> DiskSample | None:
        """Free space and rates now; None if the folder cannot be read or its server has not answered."""
        room = self._room() if self._watch is None else self._answered(self._watch)
        if room is None:
            return None
        free, total = room
        read, written = self._throughput() or (None, None)
        return DiskSample(free, total, read, written, self._device())

    def close(self) -> None:
        """Ends the thread, if there is one."""
        if self._watch is not None:
            self._watch.close()

    def _answered(self, watch: Watch[Room | None]) -> Room | None:
        watch.ask()
        return watch.answer if watch.overdue() is None else None

    def _room(self) -> Room | None:
        """Bytes free for us (not root's reserve) and in all."""
        try:
            fs = os.statvfs(self._path)
        except OSError:
            return None
        return fs.f_bavail * fs.f_frsize, fs.f_blocks * fs.f_frsize

    def _throughput(self) -> tuple[float, float] | None:
        data = read_bytes(os.path.join(self._counters, "stat"), 512) if self._counters else None
        if not data:
            return None
        fields = data.split(None, 7)
        return self._rates.since({"disk": (int(fields[2]) * _SECTOR, int(fields[6]) * _SECTOR)})

    def _device(self) -> str | None:
        return os.path.basename(self._counters) if self._counters else None


def find_mount(path: str, table: bytes | None = None) -> Mount | None:
    """The file system that `path` is on: the longest mount point above it, the last mounted of equals.

    By name and not by stat's device number, which btrfs and overlayfs make up. `table` is /proc/self/mountinfo.
    """
    data = table if table is not None else read_bytes("/proc/self/mountinfo", 1 << 20) or b""
    best, found = -1, None
    for line in data.split(b"\n"):
        before, dash, after = line.partition(b" - ")
        fields, kinds = before.split(b" "), after.split(b" ")
        if not dash or len(fields) < 5 or len(kinds) < 2:
            continue
        # blanks in a mount point are written \040; os.fsdecode, as the path we were given came
        point = os.fsdecode(_OCTAL.sub(lambda match: bytes([int(match[1], 8)]), fields[4]))
        if (path == point or path.startswith(point.rstrip("/") + "/")) and len(point) >= best:
            best, found = len(point), Mount(fields[2].decode(), kinds[0].decode(), os.fsdecode(kinds[1]))
    return found


def _counters(mount: Mount) -> str | None:
    """The sysfs folder of the whole disk below a file system; None when there is no such disk (tmpfs, nfs, overlay)."""
    number = mount.number
    if number.startswith("0:"):  # made up: look at what is mounted instead
        try:
            rdev = os.stat(mount.source).st_rdev if mount.source.startswith("/dev/") else 0
        except OSError:
            return None
        if not rdev:
            return None
        number = f"{os.major(rdev)}:{os.minor(rdev)}"
    folder = os.path.realpath(f"/sys/dev/block/{number}")
    if os.path.exists(os.path.join(folder, "partition")):
        folder = os.path.dirname(folder)
    return folder if os.path.exists(os.path.join(folder, "stat")) else None
