"""A full disk: nothing starts unregistered, no end is forgotten, and writing goes on by itself when space is back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from autotrain_tui.errors import MachineError
from autotrain_tui.session.records.attempt_files import Exit, RunningRecord, Started, read_record
from autotrain_tui.session.records.process_identity import is_alive

from .conftest import shims, until


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=64", "tmpfs", str(place)]
    if os.getuid() != 0 or not sys.platform.startswith("linux") or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small file system can't be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place) -> None:
    with open(place / "ballast", "wb", 0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


async def test_nothing_starts_on_a_full_disk(start, small_disk):
    """An attempt that can't be registered is refused with the reason, and its command does not run."""
    folder = small_disk / "attempt"
    folder.mkdir()
    fill(small_disk)
    with pytest.raises(MachineError, match="No space left"):
        await start("/bin/sh", "-c", f"echo ran > {start.root}/ran", folder=folder)
    assert not (start.root / "ran").exists()


async def test_the_end_waits_for_space(start, small_disk):
    """The command ends on a full disk: the shims wait, and write the record when there is room again."""
    folder = small_disk / "attempt"
    folder.mkdir()
    attempt = await start("sleep", "1000", folder=folder)
    fill(small_disk)
    os.kill(attempt.stage.pid, signal.SIGKILL)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(attempt.wait(), 0.3)
    assert all(map(is_alive, shims(folder)))
    assert read_record(folder, Exit).absent
    (small_disk / "ballast").unlink()
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert end.signal == signal.SIGKILL
    assert [name for name in os.listdir(folder) if name.startswith(".")] == []


async def test_a_stop_on_a_full_disk_works(start, small_disk):
    """Nobody has to wait for space to stop a command."""
    folder = small_disk / "attempt"
    folder.mkdir()
    attempt = await start("sleep", "1000", folder=folder)
    fill(small_disk)
    await attempt.stop(signal.SIGTERM, 20, "a person")
    await until(lambda: not is_alive(attempt.stage))
    (small_disk / "ballast").unlink()
    assert (await attempt.wait()).signal == signal.SIGTERM


async def test_a_command_held_at_its_gate_by_a_full_disk_can_be_killed(start, small_disk, monkeypatch):
    """running.json can't be written: the command waits unreleased, may be killed, and never ran."""
    folder = small_disk / "attempt"
    folder.mkdir()
    (folder / "running.json").mkdir()  # what can't be replaced by rename
    (folder / "running.json" / "x").touch()
    attempt = await start("/bin/sh", "-c", f"echo ran > {start.root}/ran", folder=folder)
    assert attempt.stage is None
    assert not read_record(folder, Started).absent
    await attempt.kill("a person")
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert (end.exit_code, end.signal, end.sent_by) == (None, signal.SIGKILL, "a person")
    assert not (start.root / "ran").exists()
    assert read_record(folder, RunningRecord).record is None
