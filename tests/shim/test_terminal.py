"""A command with `pty`: it has a terminal, the log has all it wrote, and no end or death cuts it short."""

from __future__ import annotations

import signal

import pytest

from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.session.records.process_identity import is_alive

from .conftest import log_of, py, shims, until


async def test_the_command_sees_a_terminal(start):
    """stdout and stderr are a terminal of 80x24, /dev/tty is it, stdin is still at its end, and nothing else is open."""
    code = (
        "import os, sys\nprint(os.isatty(1), os.isatty(2), os.get_terminal_size(1), sys.stdin.read() == '')\n"
        "tty = open('/dev/tty', 'w'); print(os.ttyname(1) == os.ttyname(2), file=tty); tty.close()\n"
        "print([fd for fd in range(256) if os.path.exists(f'/proc/self/fd/{fd}')])"
    )
    attempt, end = await start.run(*py(code), pty=True)
    assert end.exit_code == 0
    lines = log_of(attempt).splitlines()
    assert lines[0] == "True True os.terminal_size(columns=80, lines=24) True"
    assert lines[1:] == ["True", "[0, 1, 2]"]


async def test_bytes_pass_unchanged(start):
    """Newlines stay newlines, colours and control characters arrive in the log as they were written."""
    text = b"plain\nred \x1b[31mx\x1b[0m\r50%\r100%\n\x00\x01\x02\xff\xfe\ttab\x08\x7f\n"
    attempt, _ = await start.run(*py(f"import os; os.write(1, {text!r})"), pty=True)
    assert (attempt.folder / "log").read_bytes() == text


async def test_all_output_of_a_fast_end_is_there(start):
    """A megabyte written just before the exit is complete."""
    attempt, end = await start.run("/bin/sh", "-c", "seq 150000; exit 3", pty=True)
    assert end.exit_code == 3
    assert log_of(attempt) == "".join(f"{number}\n" for number in range(1, 150_001))


async def test_a_command_that_closes_its_terminal_runs_on(start):
    """With no descriptor of the terminal left the command still runs to its own end."""
    code = "import os, time\nos.write(1, b'ready')\nos.closerange(0, 3)\ntime.sleep(0.3)\nos._exit(4)"
    attempt, end = await start.run(*py(code), pty=True)
    assert (end.exit_code, log_of(attempt)) == (4, "ready")
    assert end.elapsed_seconds >= 0.3


COUNT = "import os, time\nfor n in range(4000):\n os.write(1, b'%d\\n' % n)\n if n % 50 == 0: time.sleep(0.002)\nos._exit(6)"


@pytest.mark.parametrize("which", [0, 1])
async def test_either_half_may_die_and_not_a_line_is_lost(start, which):
    """The guard or shim A killed while the command prints: the other one copies on, without a gap or a repeat."""
    attempt = await start(*py(COUNT), pty=True)
    await until(lambda: len(log_of(attempt)) > 100)
    send(shims(attempt.folder)[which], signal.SIGKILL)
    end = await attempt.wait()
    assert end.exit_code == 6
    assert log_of(attempt) == "".join(f"{number}\n" for number in range(4000))


async def test_with_both_halves_dead_the_command_is_hung_up(start):
    """Nobody holds the terminal any more: the command gets SIGHUP, and its end is noticed."""
    attempt = await start("sleep", "1000", pty=True)
    for shim in shims(attempt.folder):
        send(shim, signal.SIGKILL)
    assert await attempt.wait() is None
    assert not is_alive(attempt.stage)


async def test_stop_freeze_and_failure_work_as_without_a_terminal(start):
    """Freeze, thaw and stop reach the tree; a command that can't start says so in the log."""
    attempt = await start("sleep", "1000", pty=True)
    assert (await attempt.freeze()).complete
    assert (await attempt.thaw()).complete
    await attempt.stop(signal.SIGTERM, 20, "a person")
    end = await attempt.wait()
    assert (end.signal, end.sent_by) == (signal.SIGTERM, "a person")
    attempt, end = await start.run("no-such-command", pty=True)
    assert end.exit_code == 127
    assert "cannot start" in log_of(attempt)
