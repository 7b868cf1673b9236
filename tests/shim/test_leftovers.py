"""What a command leaves behind is found however it hid, told when it is to stop, and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from .conftest import log_of, py, shims, until

# Each leaves one process that writes its pid to the file `left` and would live for ever.
STAY = "import os, signal, time; open('left', 'w').write(str(os.getpid())); time.sleep(1000)"
WAYS = {
    "background child": "if os.fork() == 0: stay()",
    "session of its own": "if os.fork() == 0: os.setsid(); stay()",
    "double fork": "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0: stay()\n os._exit(0)\nos.wait()",
    "ignores hang-up": "if os.fork() == 0: signal.signal(signal.SIGHUP, signal.SIG_IGN); stay()",
    "closes all descriptors": "if os.fork() == 0: os.setsid(); os.closerange(0, 256); stay()",
    "ignores TERM, no environment": (
        "if os.fork() == 0:\n os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        " os.execve(sys.executable, [sys.executable, '-I', '-S', '-c', STAY], {})"
    ),
}


def leaver(way: str) -> list[str]:
    code = (
        f"import os, signal, sys, time\nSTAY = {STAY!r}\ndef stay(): exec(STAY)\n{WAYS[way]}\n"
        "while not os.path.exists('left') or not open('left').read(): time.sleep(0.005)\nos._exit(5)"
    )
    return py(code)


def gone(pid: int) -> bool:
    return not os.path.exists(f"/proc/{pid}")


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_to_stay_behind_is_found_and_ended(start, way):
    """Whoever outlives the command is killed after the linger time and stands in the record with its command."""
    attempt, end = await start.run(*leaver(way))
    pid = int((attempt.folder / "left").read_text())
    assert end.exit_code == 5
    assert [swept.pid for swept in end.swept] == [pid]
    assert "time.sleep(1000)" in end.swept[0].command or "stay" in end.swept[0].command
    assert gone(pid)


async def test_those_who_end_in_time_are_not_swept(start):
    """Who ends by itself within the linger time is left alone, and what it still prints is kept."""
    program = "(while [ ! -e go ]; do sleep 0.01; done; echo late) & exit 0"
    began = time.monotonic()
    attempt = await start("/bin/sh", "-c", program, linger=1000)
    await until(lambda: gone(attempt.stage.pid))
    over = time.monotonic() - began
    await asyncio.sleep(0.1)
    (attempt.folder / "go").touch()
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert end.swept == []
    assert log_of(attempt) == "late\n"
    assert end.elapsed_seconds < over + 0.1, "the command's own time"


async def test_a_tree_that_forks_while_it_is_killed_ends(start):
    """Processes that fork as fast as they can are swept to the last one."""
    code = (
        "import os, time\nfor n in range(3):\n if os.fork() == 0:\n"
        "  end = time.monotonic() + 20\n"
        "  while time.monotonic() < end:\n"
        "   try:\n"
        "    if os.fork(): time.sleep(0.002); os._exit(0)\n"
        "   except OSError: pass\n"
        "time.sleep(0.1)\nos._exit(0)"
    )
    attempt, end = await start.run(*py(code))
    assert end.swept
    assert attempt.tree() == []


async def test_the_survivor_of_a_wrapper_is_told_to_stop(start):
    """When the signal ends only the shell around the program, the program gets it too and may save within the grace."""
    program = (
        "import os, signal, time\ndef save(*_):\n time.sleep(0.2); os.write(1, b'saved\\n'); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, save); print('ready', flush=True); time.sleep(1000)"
    )
    attempt = await start("/bin/sh", "-c", '"$@"; echo after', "sh", *py(program), linger=0)
    await until(lambda: log_of(attempt))
    await attempt.stop(signal.SIGTERM, 20, "a person")
    end = await attempt.wait()
    assert log_of(attempt) == "ready\nsaved\n"
    assert (end.signal, end.sent_by, end.swept) == (signal.SIGTERM, "a person", [])


async def test_a_stop_that_comes_while_survivors_linger_reaches_them(start):
    """The command has ended and its child lingers on: a stop order given now is executed by the shim."""
    child = (
        "import os, signal, time\nsignal.signal(signal.SIGUSR1, lambda *_: (os.write(1, b'told\\n'), os._exit(0)))\n"
        "print(os.getpid(), flush=True); time.sleep(1000)"
    )
    attempt = await start("/bin/sh", "-c", '"$@" & exit 3', "sh", *py(child), linger=1000)
    await until(lambda: log_of(attempt))
    await attempt.stop(signal.SIGUSR1, 20, "a person")
    end = await attempt.wait()
    assert log_of(attempt).splitlines()[1:] == ["told"]
    assert (end.exit_code, end.sent_by, end.swept) == (3, None, [])


async def test_after_the_grace_deaf_survivors_are_killed(start):
    """A survivor that ignores the stop signal has the rest of the grace, and is then swept."""
    child = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True); time.sleep(1000)"
    attempt = await start("/bin/sh", "-c", '"$@" & wait', "sh", *py(child), linger=1000)
    await until(lambda: log_of(attempt))
    began = time.monotonic()
    await attempt.stop(signal.SIGTERM, 0.4, "a person")
    end = await attempt.wait()
    assert time.monotonic() - began >= 0.4
    assert (end.signal, end.sent_by, len(end.swept)) == (signal.SIGTERM, "a person", 1)


async def test_daemons_that_end_leave_no_zombies(start):
    """Orphans that end while the command runs are reaped by the shim, so nothing piles up over days."""
    attempt = await start(
        "/bin/sh", "-c", "for i in 1 2 3 4 5; do (setsid sh -c 'exit 1' &); done; echo done; sleep 100"
    )
    await until(lambda: log_of(attempt))
    b = shims(attempt.folder)[1]

    def children():
        rows = [Path(f"/proc/{pid}/stat").read_text(errors="replace") for pid in os.listdir("/proc") if pid.isdigit()]
        return [row for row in rows if row.rpartition(")")[2].split()[1] == str(b.pid)]

    def alone():
        try:
            return len(children()) == 1
        except OSError:
            return False

    await until(alone)
    assert log_of(attempt) == "done\n", "and the command runs on"


@pytest.mark.parametrize("whom", ["os.getppid()", "-os.getpgrp()", "0"])
async def test_a_command_that_signals_those_around_it_hurts_only_itself(start, whom):
    """TERM, HUP, INT, QUIT, USR1 to its parent or its group do not reach the runner, nor stop the shim's work."""
    code = (
        "import os, signal\nfor s in (1, 2, 3, 6, 10, 12, 13, 14, 15):\n"
        f" try: signal.signal(s, signal.SIG_IGN); os.kill({whom}, s)\n except OSError: pass\nos._exit(6)"
    )
    _, end = await start.run(*py(code))
    assert end.exit_code == 6


async def test_a_command_that_kills_its_parent_is_still_recorded(start):
    """SIGKILL to the parent takes the guard: shim A inherits the command and its exit code."""
    code = "import os\np = os.getppid(); os.kill(p, 9)\nwhile os.getppid() == p: pass\nprint(os.getppid(), flush=True); os._exit(6)"
    attempt, end = await start.run(*py(code))
    assert end.exit_code == 6
    assert int(log_of(attempt)) == shims(attempt.folder)[0].pid
