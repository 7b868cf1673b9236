"""The checks of `doctor`, one thing each."""

from __future__ import annotations

import errno
import fcntl
import importlib.metadata
import os
import platform
import resource
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from autotrain_tui import __version__
from autotrain_tui.cli.logout_check import logout_ends_training
from autotrain_tui.gauges.sample import GpuReading
from autotrain_tui.session.launch.preflight import Finding, Verdict
from autotrain_tui.text.escape_filter import size_text

__all__ = ["machine", "read_gpus", "sessions_disk"]

_PACKAGES = ("textual", "rich", "msgspec", "psutil", "nvidia-ml-py")
_GPU_SECONDS = 3.0
_LITTLE_ROOM = 1 << 30
_FEW_FILES = 256


def machine(gpus: GpuReading) -> Iterator[Finding]:
    """Python, packages, terminal, limits, GPUs, and what happens at logout."""
    python = f"Python {platform.python_version()} ({sys.executable})"
    yield Finding("autotrain-tui", Verdict.GOOD, f"{__version__}, {python}")
    yield _system()
    for name in _PACKAGES:
        yield _package(name)
    yield _terminal()
    yield _open_files()
    if sys.platform == "linux":
        yield _inotify()
    yield from _gpus(gpus)
    words = logout_ends_training(os.environ)
    yield Finding("logout", Verdict.NOTE if words else Verdict.GOOD, words or "training continues after logout")


def _system() -> Finding:
    if sys.platform == "linux":
        return Finding("system", Verdict.GOOD, platform.platform())
    if sys.platform == "darwin":
        return Finding(
            "system", Verdict.NOTE, f"{platform.platform()}: no subreaper on this system; process groups are used"
        )
    return Finding("system", Verdict.FAIL, f"{platform.system()} is not supported; Linux and macOS are")


def _package(name: str) -> Finding:
    try:
        return Finding(name, Verdict.GOOD, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        missing = Verdict.NOTE if name == "nvidia-ml-py" else Verdict.FAIL
        return Finding(name, missing, "not installed")


def _terminal() -> Finding:
    kind = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        return Finding("terminal", Verdict.NOTE, "stdout is not a terminal: run acts as with --no-ui")
    if kind in ("", "dumb"):
        return Finding(
            "terminal", Verdict.NOTE, f"TERM={kind or 'nothing'}: no screen on this terminal; use run --no-ui"
        )
    size = shutil.get_terminal_size()
    small = size.columns < 80 or size.lines < 24
    return Finding(
        "terminal",
        Verdict.NOTE if small else Verdict.GOOD,
        f"{kind}, {size.columns}x{size.lines}" + (": the screen needs 80x24" if small else ""),
    )


def _open_files() -> Finding:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = limit != resource.RLIM_INFINITY and limit < _FEW_FILES
    return Finding(
        "open files",
        Verdict.NOTE if few else Verdict.GOOD,
        f"at most {limit}" + (": low for a training program; raise with: ulimit -n 4096" if few else ""),
    )


def _inotify() -> Finding:
    try:
        with open("/proc/sys/fs/inotify/max_user_instances", encoding="ascii") as file:
            limit = int(file.read())
    except (OSError, ValueError):
        return Finding("inotify", Verdict.NOTE, "not available: commands are noticed within a second, not at once")
    return Finding("inotify", Verdict.GOOD, f"{limit} instances per user")


def read_gpus() -> GpuReading:
    """The drivers' answer; one that does not come in time is left, and has no `time`."""
    from autotrain_tui.gauges.gpus import Gpus  # loads the drivers' libraries

    gpus = Gpus()
    gpus.ask()
    deadline = time.monotonic() + _GPU_SECONDS
    reading = gpus.reading()
    while reading.time is None and time.monotonic() < deadline:
        time.sleep(0.02)
        reading = gpus.reading()
    gpus.close()
    return reading


def _gpus(reading: GpuReading) -> Iterator[Finding]:
    """Each GPU; a driver that did not answer in time is said to."""
    if not reading.gpus:
        why = reading.reason or f"no answer within {_GPU_SECONDS:.0f} s"
        yield Finding("GPU", Verdict.GOOD if reading.absent else Verdict.NOTE, why)
    for gpu in reading.gpus:
        if gpu.reason is not None:
            yield Finding(f"GPU {gpu.index}", Verdict.NOTE, f"{gpu.name or gpu.vendor}: {gpu.reason}")
            continue
        free, total = gpu.memory_free, gpu.memory_total
        room = f", {size_text(free)} of {size_text(total)} free" if free is not None and total is not None else ""
        yield Finding(f"GPU {gpu.index}", Verdict.GOOD, f"{gpu.name or gpu.vendor}{room}")


def sessions_disk(sessions: Path) -> Iterator[Finding]:
    """The folder of all sessions: can be written, has locks and hard links, has room."""
    folder = sessions
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder != sessions:
        yield Finding("sessions", Verdict.GOOD, f"{sessions} will be created")
    if not folder.is_dir():
        yield Finding("sessions", Verdict.FAIL, f"{folder} is not a folder")
        return
    yield _records(folder)
    free, total = shutil.disk_usage(folder)[2], shutil.disk_usage(folder)[0]
    little = free < _LITTLE_ROOM
    yield Finding(
        "disk",
        Verdict.NOTE if little else Verdict.GOOD,
        f"{size_text(free)} of {size_text(total)} free at {folder}"
        + ("; list old sessions with: autotrain-tui clean --max-size 10G" if little else ""),
    )
    foreign = folder == sessions and folder.stat().st_mode & 0o022
    if foreign:
        yield Finding("sessions", Verdict.NOTE, f"{sessions} can be written by other users")


def _records(folder: Path) -> Finding:
    """Write, link and lock a file there, as the records of a session are."""
    probe = folder / f".probe-{secrets.token_hex(4)}"
    try:
        descriptor = os.open(probe, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        return Finding("sessions", Verdict.FAIL, f"{folder} cannot be written: {error.strerror}")
    linked = probe.with_name(f"{probe.name}.2")
    what = "locks"
    hint = "choose a local folder with --sessions-dir or AUTOTRAIN_SESSIONS_DIR"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _locked_by_another(probe):
            return Finding(
                "sessions",
                Verdict.FAIL,
                f"file locks at {folder} do not exclude other processes: two runners could run one session; {hint}",
            )
        what = "hard links"
        os.link(probe, linked)
        os.unlink(linked)
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "")
        return Finding("sessions", Verdict.FAIL, f"the disk of {folder} has no {what} ({code}); {hint}")
    finally:
        os.close(descriptor)
        os.unlink(probe)
    return Finding("sessions", Verdict.GOOD, f"{folder} supports writing, locks and hard links")


_LOCK = """
import fcntl, sys
with open(sys.argv[1], "rb+") as file:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(0)
sys.exit(9)
"""
"""9 when the lock was to be had. In a process of its own: over NFS a lock belongs to a process, not to an open file."""


def _locked_by_another(path: Path) -> bool:
    """Whether another process can lock a file that this one holds locked; False too where that can't be asked."""
    command = [sys.executable, "-I", "-S", "-c", _LOCK, os.fspath(path)]
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return False
    return result.returncode == 9
