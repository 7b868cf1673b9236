"""The runner's lock: flock on a file that is never unlinked; its text says who holds it.

Only a runner takes the lock. Readers look at the text and ask the machine whether that very process still lives
(pid, start time and boot id: a pid alone proves nothing, FAULTS rule 4).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import sys
import time

import msgspec

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import SessionFolder, read_small

__all__ = ["LockOwner", "RunnerLock", "owner_alive", "read_owner", "signal_owner"]

LOCK_TRY_SECONDS = 5.0
"""How long flock may take before we say that it hangs (network file systems, FAULTS F1)."""


class LockOwner(msgspec.Struct, frozen=True):
    """Who runs a session."""

    pid: int
    start_time: int | None
    boot_id: str | None
    host: str
    since: str = ""
    version: str = ""


_DECODER = msgspec.json.Decoder(LockOwner)


def read_owner(folder: SessionFolder, *, ours: bool = False) -> LockOwner | None:
    """Who holds or last held the lock; None when nobody ever did or the text can't be read.

    `ours`: None as well when another user wrote it.
    """
    data = read_small(folder.lock, 4096, ours=ours)
    if not data:
        return None
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def owner_alive(owner: LockOwner | None) -> bool | None:
    """Whether that very process lives; None when it is another host's and can't be asked."""
    if owner is None:
        return False
    if owner.host != identity.host():
        return None
    if owner.boot_id != identity.boot_id():
        return False
    # a runner that has ended but that its parent (a watcher that started it) hasn't waited for is dead all the same
    return owner.start_time is not None and identity.is_alive(identity.Identity(owner.pid, owner.start_time))


def signal_owner(folder: SessionFolder, verb: str) -> bool:
    """Ask the runner by signals to `stop` or `kill` the session: for disks that take no command. Whether it was asked.

    SIGTERM means stop, both kinds kill: two of one kind would merge.
    """
    owner = read_owner(folder, ours=True)  # what others wrote could name any process of ours
    if owner is None or owner_alive(owner) is not True:
        return False
    handle = None
    with contextlib.suppress(AttributeError, OSError):  # macOS, and Linux before 5.3, know a process by its pid only
        handle = os.pidfd_open(owner.pid)
    try:
        try:
            if owner_alive(owner) is not True:  # asked again: from here on the handle can mean no other process
                return False
            for number in (signal.SIGTERM, signal.SIGINT)[: 1 if verb == "stop" else 2]:
                if handle is not None:
                    signal.pidfd_send_signal(handle, number)
                else:
                    os.kill(owner.pid, number)
        finally:
            if handle is not None:
                os.close(handle)
    except OSError:
        return False
    return True


class RunnerLock:
    """Held from `take` to the process's end; close-on-exec, so that no child keeps it."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self._descriptor = -1

    def take(self, version: str) -> LockOwner:
        """Take the lock and write who we are.

        Raises RefusedError naming the holder, MachineError when the lock can't be had at all.
        """
        _probe(self.folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self.folder.lock, flags, 0o600)
        except OSError as error:
            raise MachineError(f"{self.folder.lock}: the lock can't be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours, named = os.fstat(descriptor), os.stat(self.folder.lock, follow_symlinks=False)
            if (ours.st_dev, ours.st_ino) != (named.st_dev, named.st_ino):
                raise MachineError(f"{self.folder.lock}: was replaced while it was being taken")
            owner = LockOwner(
                os.getpid(), identity.start_time(os.getpid()), identity.boot_id(), identity.host(), now_iso(), version
            )
            text = msgspec.json.encode(owner)
            os.pwrite(descriptor, text + b"\n", 0)
            os.ftruncate(descriptor, len(text) + 1)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError):
                raise self._refusal(error) from error
            raise
        self._descriptor = descriptor
        return owner

    def _refusal(self, error: OSError) -> Exception:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            deadline = time.monotonic() + 1.0
            while owner_alive(owner := read_owner(self.folder)) is False and time.monotonic() < deadline:
                time.sleep(0.01)  # it has the lock, and is about to write who it is over the name of a former one
            who = f"process {owner.pid} on {owner.host} since {owner.since}" if owner else "somebody"
            return RefusedError(f"session {self.folder.id} already has a runner: {who}")
        return MachineError(f"{self.folder.lock}: can't be locked: {error.strerror}")


def _probe(folder: SessionFolder) -> None:
    """Try flock in a child first: where the home is on a network it may hang in the kernel, beyond any signal."""
    if not _on_network(folder):
        return
    import subprocess  # 5 ms that a reader of the lock needn't pay

    code = (
        "import fcntl,os,sys; "
        "fcntl.flock(os.open(sys.argv[1], os.O_RDWR|os.O_CREAT, 0o600), fcntl.LOCK_SH|fcntl.LOCK_NB)"
    )
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code, str(folder.lock) + ".probe"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        status = child.wait(LOCK_TRY_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.returncode = -9  # it may hang beyond any signal: nobody waits for it
        raise MachineError(
            f"{folder.lock}: this file system does not answer a lock within {LOCK_TRY_SECONDS:.0f} s; put the sessions "
            "on a local disk with --sessions-dir or AUTOTRAIN_SESSIONS_DIR"
        ) from None
    if status:
        raise MachineError(
            f"{folder.lock}: this file system has no locks; put the sessions on a local disk with --sessions-dir or "
            "AUTOTRAIN_SESSIONS_DIR"
        )


_NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "fuse.sshfs",
    "lustre",
    "gpfs",
    "beegfs",
    "ceph",
    "afs",
    "9p",
    "glusterfs",
    "fuse.glusterfs",
}


def _on_network(folder: SessionFolder) -> bool:
    """Whether the folder lies on a network file system (Linux: the longest matching mount point of /proc/mounts)."""
    best, kind = "", ""
    here = os.path.realpath(folder.path)
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as mounts:
            for line in mounts:
                words = line.split()
                place = words[1].replace("\\040", " ")
                if (here == place or here.startswith(place.rstrip("/") + "/")) and len(place) >= len(best):
                    best, kind = place, words[2]
    except (OSError, IndexError):
        return False
    return kind in _NETWORK
