"""SIGKILL to either half of the shim, at any system call: nothing is lost, nothing starts twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from autotrain_tui.runner.launchers import FoundLost
from autotrain_tui.runner.launchers.local import SHIM
from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.session.records.attempt_files import Exit, RunningRecord, Started, read_record
from autotrain_tui.session.records.process_identity import is_alive
from tests.support.processes import command_lines

from .conftest import log_of, py, shims, until

KILLER = Path(__file__).with_name("syscalls.py")
LEAVES_ONE = ["/bin/sh", "-c", "echo ran >> ran; (sleep 1000 &); echo out; exit 7"]


def killed_at(folder: Path, who: str, stop: int, command=LEAVES_ONE, *, served=False, **spec) -> tuple[str, int]:
    """Run the attempt with one half killed at its n-th stop; what the killer says."""
    import subprocess

    record = {"stage": "s", "attempt": 1, "command": command, "cwd": str(folder), "linger_seconds": 0.02, **spec}
    (folder / "spec.json").write_text(json.dumps(record))
    done = subprocess.run(
        [sys.executable, str(KILLER), who, str(stop), str(folder), *["served"] * served],
        stdout=subprocess.PIPE,
        check=True,
    )
    word, stops = done.stdout.decode().split()
    return word, int(stops)


async def check(folder: Path) -> None:
    """Either nothing ran and nothing ever will, or it ran once to its recorded end and left nothing behind."""
    if read_record(folder, Started).absent:
        await until(lambda: not read_record(folder, Started).absent or not living_shims(folder))
    if read_record(folder, Started).absent:
        assert not (folder / "ran").exists()
        return
    end = await until(lambda: read_record(folder, Exit).record)
    assert (end.exit_code, end.signal, end.sent_by, end.error) == (7, None, None, None)
    assert end.cpu_seconds is not None or end.max_rss_bytes is None
    assert (folder / "ran").read_text() == "ran\n"
    assert (folder / "log").read_text() == "out\n"
    assert read_record(folder, RunningRecord).record is not None
    await until(lambda: not living_shims(folder))
    assert [name for name in os.listdir(folder) if name.startswith(".")] == []


def living_shims(folder: Path) -> list[int]:
    return [
        pid
        for pid, words in command_lines().items()
        if len(words) > 4 and words[3].endswith(b"shim.py") and words[4] == bytes(folder)
    ]


ptrace = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ptrace as on Linux")


@ptrace
@pytest.mark.parametrize("pty", [False, True])
@pytest.mark.parametrize("who", ["a", "b"])
async def test_a_half_killed_at_any_system_call_loses_nothing(tmp_path, who, pty):
    """The command runs once, its exit code, output and leftovers are recorded, wherever the kill falls (P3, P6)."""
    if pty and who == "a":
        pytest.skip("A does nothing of its own with a terminal")
    command = ["/bin/sh", "-c", "echo ran >> ran; echo out; exit 7"] if pty else LEAVES_ONE

    def fresh(number: int) -> Path:
        folder = tmp_path / f"{number}"
        folder.mkdir()
        return folder

    word, stops = killed_at(fresh(0), who, 0, command, pty=pty)
    assert word == "finished"
    await check(tmp_path / "0")
    # A's first thousand are Python's own start; benchmarks/kills.py takes every one of both
    points = {stops - 1 - 7 * number for number in range(14)} | {round(stops * number / 12) for number in range(1, 12)}
    for point in sorted(points):
        folder = fresh(point)
        await asyncio.to_thread(killed_at, folder, who, point, command, pty=pty)
        await check(folder)


HOLD = "import os, time\nprint('ready', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.005)\nprint('end')\nraise SystemExit(5)"


async def held(start, **options):
    attempt = await start(*py(HOLD), **options)
    await until(lambda: "ready" in log_of(attempt))
    return attempt


@pytest.mark.parametrize("which", [0, 1])
async def test_either_half_may_die_while_the_command_runs(start, which):
    """The other half records the end, all output is there, and the launcher notices at once."""
    attempt = await held(start)
    victim, other = shims(attempt.folder)[which], shims(attempt.folder)[1 - which]
    send(victim, signal.SIGKILL)
    await until(lambda: not is_alive(victim))
    assert is_alive(other)
    (attempt.folder / "go").touch()
    end = await attempt.wait()
    assert (end.exit_code, log_of(attempt)) == (5, "ready\nend\n")


async def test_the_guards_death_while_survivors_linger_changes_nothing(start):
    """B is killed after the command's end: A waits out the linger time and sweeps."""
    began = time.monotonic()
    attempt = await start("/bin/sh", "-c", "sleep 1000 & echo over; exit 4", linger=3)
    a, b = shims(attempt.folder)
    stage = await attempt.running()
    await until(lambda: not is_alive(stage))
    send(b, signal.SIGKILL)
    end = await attempt.wait()
    assert (end.exit_code, [swept.command for swept in end.swept]) == (4, ["sleep 1000"])
    assert end.elapsed_seconds < time.monotonic() - began - 2.9, "the command's own time"
    assert not is_alive(b)


async def test_both_halves_dead_the_command_goes_on_and_its_end_is_seen(start):
    """With both shims killed the command runs on; its end is noticed, and called unknown, never a success (P4)."""
    attempt = await held(start)
    for shim in shims(attempt.folder):
        send(shim, signal.SIGKILL)
    await until(lambda: not any(map(is_alive, shims(attempt.folder))))
    assert is_alive(attempt.stage)
    (attempt.folder / "go").touch()
    assert await attempt.wait() is None
    assert attempt.reason
    assert log_of(attempt) == "ready\nend\n"
    assert read_record(attempt.folder, Exit).absent
    assert isinstance(await start.adopt(attempt.folder), FoundLost)


async def test_without_shims_leftovers_are_still_found(start):
    """Both shims dead: a daemonised child is known by the attempt's environment, frozen with the rest, and ended."""
    code = (
        "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(1000)\n os._exit(0)\n"
        f"os.wait()\n{HOLD}"
    )
    attempt = await start(*py(code))
    await until(lambda: "ready" in log_of(attempt))
    for shim in shims(attempt.folder):
        send(shim, signal.SIGKILL)
    await until(lambda: not any(map(is_alive, shims(attempt.folder))))
    scan = await attempt.freeze()
    assert scan.complete
    assert len(scan.members) == 2
    await attempt.thaw()
    daemon = next(member for member in scan.members if member.pid != attempt.stage.pid)
    (attempt.folder / "go").touch()
    assert await attempt.wait() is None
    assert not is_alive(daemon.identity)


async def test_stop_and_kill_work_without_shims(start):
    """Both shims dead: the stop order still signals the command, and kills it after the grace."""
    attempt = await start(
        *py("import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(1000)")
    )
    await until(lambda: "ready" in log_of(attempt))
    for shim in shims(attempt.folder):
        send(shim, signal.SIGKILL)
    await until(lambda: not any(map(is_alive, shims(attempt.folder))))
    await attempt.stop(signal.SIGTERM, 0.1, "a person")
    assert await asyncio.wait_for(attempt.wait(), 120) is None
    assert not is_alive(attempt.stage)


async def test_a_shim_killed_before_it_registered_is_replaced(start, monkeypatch, tmp_path):
    """The first shim dies at its start: another one takes the attempt, and the command runs once."""
    flag, real = tmp_path / "first", SHIM
    fake = tmp_path / "shim.py"
    fake.write_text(
        f"import os\nif not os.path.exists({str(flag)!r}):\n open({str(flag)!r}, 'w'); os.kill(os.getpid(), 9)\n"
        f"exec(compile(open({str(real)!r}).read(), 'shim.py', 'exec'))"
    )
    monkeypatch.setattr("autotrain_tui.runner.launchers.local.SHIM", fake)
    attempt, end = await start.run("/bin/sh", "-c", "echo ran; exit 3")
    assert flag.exists()
    assert (end.exit_code, log_of(attempt)) == (3, "ran\n")


async def test_the_end_is_written_in_spite_of_a_folder_that_refuses(start):
    """While exit.json can't be written (here: its temporary name is taken) the shim tries on, and writes it in the end."""
    attempt = await held(start)
    b = shims(attempt.folder)[1]
    blocker = attempt.folder / f".exit.json.{b.pid}"
    blocker.mkdir()
    (attempt.folder / "go").touch()
    await until(lambda: not is_alive(attempt.stage))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(attempt.wait(), 0.2)
    blocker.rmdir()
    assert (await attempt.wait()).exit_code == 5


async def test_a_folder_that_was_removed_ends_the_shims(start):
    """With the attempt's folder deleted nothing is written and nobody waits for ever (J7)."""
    import shutil

    attempt = await start("sleep", "1000")
    pair = shims(attempt.folder)
    shutil.rmtree(attempt.folder)
    send(attempt.stage, signal.SIGKILL)
    assert await asyncio.wait_for(attempt.wait(), 120) is None
    assert not any(map(is_alive, pair))
    assert not attempt.folder.exists()


async def test_a_folder_that_was_moved_still_gets_the_end(start, tmp_path):
    """The shims hold the folder itself, not its name: the exit record follows a rename."""
    attempt = await start("/bin/sh", "-c", "echo ran; exec sleep 1000")
    await until(lambda: log_of(attempt) == "ran\n")  # before it, the command still has to enter its folder
    attempt.folder.rename(tmp_path / "moved")
    send(attempt.stage, signal.SIGKILL)
    end = await until(lambda: read_record(tmp_path / "moved", Exit).record)
    assert end.signal == signal.SIGKILL
    attempt.folder = tmp_path / "moved"


async def test_guard_and_shim_killed_in_quick_rounds(start):
    """Twenty attempts whose halves are killed at odd moments end with their exit code; none runs twice."""
    command = ["/bin/sh", "-c", "echo ran; exec sleep 0.03"]

    async def one(number: int):
        attempt = await start(*command)
        a, b = shims(attempt.folder)
        await asyncio.sleep(number * 0.002)
        send((a, b)[number % 2], signal.SIGKILL)
        end = await asyncio.wait_for(attempt.wait(), 120)
        assert end is not None
        assert (end.exit_code, log_of(attempt)) == (0, "ran\n")

    for number in range(20):
        await one(number)
