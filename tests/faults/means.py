"""Means of injecting faults that not every machine has: each a context, or a mark that skips with a word."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not ROOT, reason="needs root")
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
needs_setpriv = pytest.mark.skipif(not ROOT or shutil.which("setpriv") is None, reason="needs root and setpriv")


@contextlib.contextmanager
def small_disk(megabytes: float, inodes: int = 0) -> Iterator[Path]:
    """A file system of that size; skips where none can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="autotrain-disk-"))
    options = f"size={int(megabytes * 1024)}k" + (f",nr_inodes={inodes}" if inodes else "")
    mounted = (
        shutil.which("mount") is not None
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True
        ).returncode
        == 0
    )
    try:
        if not mounted:
            pytest.skip("no small file system can be mounted here")
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


@contextlib.contextmanager
def freezer() -> Iterator[Path]:
    """A cgroup (version 1) whose processes are put into state D, where no signal reaches them, while it is FROZEN."""
    folder = Path("/sys/fs/cgroup/freezer") / f"autotrain-test-{os.getpid()}-{time.monotonic_ns()}"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("no freezer cgroup (version 1) can be made here")
    try:
        yield folder
    finally:
        (folder / "freezer.state").write_text("THAWED")
        deadline = time.monotonic() + 60
        while (folder / "cgroup.procs").read_text().split() and time.monotonic() < deadline:
            for pid in map(int, (folder / "cgroup.procs").read_text().split()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        folder.rmdir()


@contextlib.contextmanager
def memory_limit(megabytes: int) -> Iterator[Path]:
    """A memory cgroup (version 1) below our own with that limit."""
    place = ""
    with contextlib.suppress(OSError), open("/proc/self/cgroup") as file:
        place = next((line.strip().split(":", 2)[2] for line in file if ":memory:" in line), "")
    folder = Path(f"/sys/fs/cgroup/memory{place.rstrip('/')}") / f"autotrain-test-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(megabytes << 20))
    except OSError:
        pytest.skip("no memory cgroup (version 1) can be made here")
    try:
        yield folder
    finally:
        deadline = time.monotonic() + 60
        while (folder / "cgroup.procs").read_text().split() and time.monotonic() < deadline:
            time.sleep(0.01)
        folder.rmdir()


def without_root_rights(*command: str) -> list[str]:
    """The command as ours, but without root's right to read and write what its mode forbids."""
    rights = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}", *command]


def injected(*rules: str, path: Path | None = None) -> list[str]:
    """The start of a command line that runs a program under strace with these injections, children left alone.

    `path`: only calls that name this path.
    """
    words = ["strace", "-D", "-qq", "-o", "/dev/null"]
    if path is not None:
        words += ["-P", str(path)]
    for rule in rules:
        words += ["-e", f"inject={rule}"]
    return words


@contextlib.contextmanager
def failing(pid: int, *rules: str, path: Path | None = None) -> Iterator[None]:
    """Injections (strace) into a process that runs already, as long as the context lasts."""
    words = ["strace", "-qq", "-o", "/dev/null", "-p", str(pid)]
    if path is not None:
        words += ["-P", str(path)]
    for rule in rules:
        words += ["-e", f"inject={rule}"]
    tracer = subprocess.Popen(words)
    try:
        deadline = time.monotonic() + 60
        while f"TracerPid:\t{tracer.pid}\n" not in Path(f"/proc/{pid}/status").read_text():
            assert tracer.poll() is None, "ptrace is not allowed here"
            assert time.monotonic() < deadline, "the tracer never attached"
            time.sleep(0.01)
        yield
    finally:
        tracer.terminate()
        tracer.wait()


def preload(folder: Path, name: str) -> Path:
    """The library made of the C file of that name beside this module, to be preloaded (ld.so(8))."""
    library, source = folder / f"{name}.so", Path(__file__).with_name(f"{name}.c")
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-D_GNU_SOURCE"]
    subprocess.run(["gcc", *options, "-o", str(library), str(source)], check=True)
    return library


def program(folder: Path, text: str, name: str = "program") -> str:
    """An executable file with that text."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o700)
    return str(path)


PYTHON = sys.executable
