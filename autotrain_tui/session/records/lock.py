"""The runner's lock: flock on a file that is never unlinked; its content identifies the holder.

Only a runner takes the lock. Readers read the content and check whether that process is still alive
(pid, start time and boot id: a pid alone proves nothing, FAULTS rule 4).
"""

import contextlib
import errno
import os
import sys
import time

import msgspec

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.read_file import read_file

__all__ = ["LockOwner", "RunnerLock", "UnreadableOwner", "owner_alive", "owner_stopped", "read_owner", "signal_owner"]

LOCK_TRY_SECONDS = 5.0
"""Seconds after which flock counts as hanging (network file systems, FAULTS F1)."""


class LockOwner(msgspec.Struct, frozen=True):
    """The process that runs a session."""

    pid: int
    start_time: int | None
    boot_id: str | None
    host: str
    since: str = ""
    version: str = ""


class UnreadableOwner(msgspec.Struct, frozen=True):
    """The lock could not be read just now: whether a runner holds it is unknown."""

    reason: str


_DECODER = msgspec.json.Decoder(LockOwner)


def read_owner(folder: SessionFolder, *, ours: bool = False) -> LockOwner | UnreadableOwner | None:
    """The process that holds or last held the lock; None if there was none or the content is invalid.

    `ours`: None also if another user wrote it.
    """
    read = read_file(folder.lock, 4096, ours=ours)
    if read.unreadable:
        return UnreadableOwner(read.reason)
    if not read.data:
        return None
    try:
        return _DECODER.decode(read.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def owner_alive(owner: LockOwner | UnreadableOwner | None) -> bool | None:
    """Whether that process is alive; None if it is on another host or could not be read."""
    if owner is None:
        return False
    if isinstance(owner, UnreadableOwner) or owner.host != identity.host():
        return None
    if owner.boot_id != identity.boot_id():
        return False
    # a zombie, not yet waited for by the watcher that started it, is dead
    return owner.start_time is not None and identity.is_alive(identity.Identity(owner.pid, owner.start_time))


def owner_stopped(owner: LockOwner | None) -> bool:
    """Whether that process of this host is stopped by a signal (SIGSTOP): it answers nothing until it is continued."""
    if owner is None or owner.start_time is None:
        return False
    if owner.host != identity.host() or owner.boot_id != identity.boot_id():
        return False
    return identity.is_stopped(identity.Identity(owner.pid, owner.start_time))


def signal_owner(folder: SessionFolder, verb: str) -> bool:
    """Request `stop` or `kill` by signals, for disks that cannot be written; returns whether the signals were sent.

    SIGTERM means stop, SIGTERM and SIGINT mean kill: two signals of one kind would merge.
    """
    owner = read_owner(folder, ours=True)  # a file of another user could name any of our processes
    if not isinstance(owner, LockOwner) or owner_alive(owner) is not True:
        return False
    import signal  # its numbers become an enumeration: a hundredth of a short command, which sends none

    handle = None
    with contextlib.suppress(AttributeError, OSError):  # macOS and Linux before 5.3 have no pidfd
        handle = os.pidfd_open(owner.pid)
    try:
        try:
            if owner_alive(owner) is not True:  # checked again: from now on the handle cannot refer to another process
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
    """Held from `take` until the process ends; close-on-exec, so that no child inherits it."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self._descriptor = -1
        self._before = b""

    def take(self, version: str) -> LockOwner:
        """Take the lock and write this process's identity.

        Raises RefusedError with the holder's identity, MachineError if the lock cannot be taken at all.
        """
        import fcntl  # for start-up: readers don't lock

        _probe(self.folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self.folder.lock, flags, 0o600)
        except OSError as error:
            raise MachineError(f"{self.folder.lock}: cannot open the lock: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours, named = os.fstat(descriptor), os.stat(self.folder.lock, follow_symlinks=False)
            if (ours.st_dev, ours.st_ino) != (named.st_dev, named.st_ino):
                raise MachineError(f"{self.folder.lock}: the lock file was replaced while the lock was taken")
            owner = LockOwner(
                os.getpid(), identity.start_time(os.getpid()), identity.boot_id(), identity.host(), now_iso(), version
            )
            text = msgspec.json.encode(owner)
            self._before = os.pread(descriptor, 4096, 0)
            os.pwrite(descriptor, text + b"\n", 0)
            os.ftruncate(descriptor, len(text) + 1)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError):
                raise self._refusal(error) from error
            raise
        self._descriptor = descriptor
        return owner

    def release(self) -> None:
        """Let it go before the process ends; the former holder's identity is back."""
        os.pwrite(self._descriptor, self._before, 0)
        os.ftruncate(self._descriptor, len(self._before))
        os.close(self._descriptor)
        self._descriptor = -1

    def _refusal(self, error: OSError) -> Exception:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            deadline = time.monotonic() + 1.0
            while owner_alive(owner := read_owner(self.folder)) is False and time.monotonic() < deadline:
                time.sleep(0.01)  # the holder is about to replace its predecessor's identity by its own
            who = "an unknown process"
            if isinstance(owner, LockOwner):
                who = f"process {owner.pid} on {owner.host} since {owner.since}"
            return RefusedError(f"session {self.folder.id} already has a runner: {who}")
        return MachineError(f"{self.folder.lock}: can't be locked: {error.strerror}")


def _probe(folder: SessionFolder) -> None:
    """Try flock in a child first: on a network file system it may hang in the kernel, where no signal reaches it."""
    if not _on_network(folder):
        return
    import subprocess  # for start-up: 5 ms that readers of the lock do not need

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
        child.returncode = -9  # no signal may reach it: do not wait for it
        raise MachineError(
            f"{folder.lock}: the file system did not grant a lock within {LOCK_TRY_SECONDS:.0f} s; put the sessions "
            "on a local disk with --sessions-dir or AUTOTRAIN_SESSIONS_DIR"
        ) from None
    if status:
        raise MachineError(
            f"{folder.lock}: the file system does not support locks; put the sessions "
            "on a local disk with --sessions-dir or AUTOTRAIN_SESSIONS_DIR"
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
    """Whether the folder is on a network file system (Linux: the longest matching mount point of /proc/mounts)."""
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
