"""The stop order: signal, grace, kill; who asked for an end, and who did not."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC230, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import asyncio
import os
import shlex
import signal
import time

import pytest

from autotrain_tui.runner.launchers.stop_orders import merge
from autotrain_tui.session.records.attempt_files import Exit, StopOrder, read_record
from autotrain_tui.session.records.process_identity import LINUX

from .conftest import log_of, py, until

READY = "print('ready', flush=True)\n"
SAVES = (
    "import os, signal, time\ndef save(*_): os.write(1, b'saved\\n'); os._exit(0)\n"
    f"signal.signal(signal.SIGTERM, save)\n{READY}time.sleep(1000)"
)
DEAF = f"import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{READY}time.sleep(1000)"


async def ready(start, code, **options):
    attempt = await start(*py(code), **options)
    await until(lambda: "ready" in log_of(attempt))
    return attempt


async def test_a_program_that_saves_has_its_time(start):
    """The signal reaches the command, which may exit 0; the record says who asked."""
    attempt = await ready(start, SAVES)
    await attempt.stop(signal.SIGTERM, 30, "a person")
    end = await attempt.wait()
    assert (end.exit_code, end.signal, end.sent_by) == (0, None, "a person")
    assert log_of(attempt) == "ready\nsaved\n"
    assert attempt.order.sent


@pytest.mark.skipif(not LINUX, reason="who writes to whom is read from /proc")
@pytest.mark.parametrize("reader", ["tee out", "grep --line-buffered -v nothing", "cat | cat"])
async def test_what_only_reads_the_program_ends_after_it(start, reader):
    """Behind `| tee` the signal reaches the program alone: its last words and its checkpoint come out whole."""
    program = (
        "import os, signal, time\nasked = []\nsignal.signal(signal.SIGTERM, lambda *_: asked.append(1))\n"
        f"{READY}while not asked: time.sleep(0.01)\n"
        "for step in range(20): print('saving', step, flush=True); time.sleep(0.02)\n"
        "print('saved', flush=True)"
    )
    attempt = await start("bash", "-c", f"{shlex.join(py(program))} 2>&1 | {reader}")
    await until(lambda: "ready" in log_of(attempt))
    await attempt.stop(signal.SIGTERM, 60, "a person")
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert end.signal == signal.SIGTERM
    assert log_of(attempt).endswith("saved\n")
    assert end.swept == []


async def test_a_reader_that_outlives_its_writer_is_signalled_too(start):
    """A program fed by another one is asked to stop as soon as nobody feeds it any more."""
    fed = f"import time\n{READY}time.sleep(1000)"
    attempt = await start("bash", "-c", f"yes | {shlex.join(py(fed))}")
    await until(lambda: "ready" in log_of(attempt))
    await attempt.stop(signal.SIGTERM, 1000, "a person")
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert end.signal == signal.SIGTERM


async def test_a_stop_at_the_very_start_is_not_lost(start):
    """A signal sent as soon as the command's process is known has its effect, however far that process has come."""
    for _ in range(10):
        attempt = await start("sleep", "1000")
        await attempt.stop(signal.SIGTERM, 1000, "a person")
        end = await asyncio.wait_for(attempt.wait(), 120)
        assert (end.signal, end.sent_by) == (signal.SIGTERM, "a person")


async def test_the_kill_comes_after_the_grace_and_not_before(start):
    """A command that ignores the signal is killed when its grace is over; the kill is known as ours."""
    attempt = await ready(start, DEAF)
    began = time.monotonic()
    await attempt.stop(signal.SIGTERM, 0.3, "a person")
    end = await attempt.wait()
    assert time.monotonic() - began >= 0.3
    assert (end.exit_code, end.signal, end.sent_by) == (None, signal.SIGKILL, "a person")


async def test_a_second_order_brings_the_kill_nearer(start):
    """A shorter grace given later holds; a longer one does not put the kill off."""
    attempt = await ready(start, DEAF)
    await attempt.stop(signal.SIGTERM, 1000, "first")
    await attempt.stop(signal.SIGTERM, 0.1, "second")
    await attempt.stop(signal.SIGTERM, 1000, "third")
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert end.signal == signal.SIGKILL


async def test_a_pause_never_kills(start):
    """Without a grace the command is only asked; what is left of its tree is asked too, and waited for."""
    attempt = await ready(start, DEAF, linger=0)
    await attempt.stop(signal.SIGTERM, None, "pause")
    assert attempt.order.deadline is None
    assert (await attempt.running()) == attempt.stage
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(attempt.wait(), 0.2)
    await attempt.kill("a person")
    end = await attempt.wait()
    assert (end.signal, end.sent_by) == (signal.SIGKILL, "a person")


async def test_kill_ends_the_whole_tree_at_once(start):
    """Kill waits for nobody: command, children in sessions of their own and deaf ones are gone."""
    code = f"import os, signal, time\nfor n in range(3):\n if os.fork() == 0: os.setsid(); time.sleep(1000)\n{READY}time.sleep(1000)"
    attempt = await ready(start, code, linger=1000)
    pids = [member.pid for member in attempt.tree()]
    assert len(pids) == 4
    await attempt.kill("a person")
    end = await attempt.wait()
    assert (end.signal, end.sent_by) == (signal.SIGKILL, "a person")
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


async def test_a_kill_from_outside_is_not_taken_for_ours(start):
    """SIGKILL by somebody else (the out-of-memory killer) has no sender, even under an order with grace left."""
    attempt = await ready(start, DEAF)
    os.kill(attempt.stage.pid, signal.SIGKILL)
    end = await attempt.wait()
    assert (end.signal, end.sent_by) == (signal.SIGKILL, None)
    attempt = await ready(start, DEAF)
    await attempt.stop(signal.SIGTERM, 1000, "a person")
    os.kill(attempt.stage.pid, signal.SIGKILL)
    end = await attempt.wait()
    assert (end.signal, end.sent_by) == (signal.SIGKILL, None)


async def test_a_crash_while_stopping_is_not_called_a_stop(start):
    """A command that dies of SIGSEGV in its handler has crashed; nobody sent that."""
    code = (
        f"import os, signal, time\nsignal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGSEGV))\n"
        f"{READY}time.sleep(1000)"
    )
    attempt = await ready(start, code)
    await attempt.stop(signal.SIGTERM, 30, "a person")
    end = await attempt.wait()
    assert (end.signal, end.sent_by) == (signal.SIGSEGV, None)


async def test_orders_after_the_end_change_nothing(start):
    """Stop, kill, signal, freeze and thaw of an ended attempt do nothing and raise nothing."""
    attempt, end = await start.run("/bin/true")
    await attempt.stop(signal.SIGTERM, 1, "late")
    await attempt.kill("late")
    assert attempt.signal(signal.SIGUSR1) is False
    assert (await attempt.freeze()).members == ()
    assert (await attempt.thaw()).complete
    assert not (attempt.folder / "stop.json").exists()
    assert read_record(attempt.folder, Exit).record == end


async def test_a_frozen_command_gets_its_signal_and_goes_on_to_follow_it(start):
    """Stop of a frozen tree: the signal waits for the SIGCONT that follows it, and the program can save."""
    code = f"import os, time\nif os.fork() == 0: time.sleep(1000)\n{SAVES}"
    attempt = await ready(start, code)
    assert (await attempt.freeze()).complete
    await attempt.stop(signal.SIGTERM, 30, "a person")
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert (end.exit_code, end.sent_by) == (0, "a person")
    assert log_of(attempt) == "ready\nsaved\n"


async def test_a_stop_ends_a_freeze_that_is_still_at_work(start):
    """Stop and freeze at the same moment: the stop holds, and nobody is stopped again behind it."""
    attempt = await ready(start, SAVES)
    freezing = asyncio.ensure_future(attempt.freeze())
    await asyncio.sleep(0)
    await attempt.stop(signal.SIGTERM, 30, "a person")
    await freezing
    assert (await asyncio.wait_for(attempt.wait(), 120)).exit_code == 0


async def test_a_signal_reaches_the_command_only(start):
    """The checkpoint signal goes to the command's own process, not to its children."""
    code = (
        "import os, signal, time\nsignal.signal(signal.SIGUSR1, lambda *_: os.write(1, b'saving %d\\n' % os.getpid()))\n"
        f"if os.fork() == 0: time.sleep(1000)\n{READY}\nwhile True: time.sleep(1000)"
    )
    attempt = await ready(start, code)
    assert attempt.signal(signal.SIGUSR1)
    await until(lambda: "saving" in log_of(attempt))
    assert log_of(attempt).splitlines()[1:] == [f"saving {attempt.stage.pid}"]


async def test_a_stop_is_carried_out_when_it_cannot_be_written_down(start, monkeypatch):
    """A full disk keeps nobody from stopping: only the sender is missing from the record."""
    attempt = await ready(start, SAVES)

    def full(folder, record):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autotrain_tui.runner.launchers.order_file.replace_record", full)
    await attempt.stop(signal.SIGTERM, 30, "a person")
    end = await attempt.wait()
    assert (end.exit_code, end.sent_by) == (0, None)
    assert "No space left" in attempt.reason


BROKEN = [
    b"", b"{", b"[]", b"1e999", b"\0" * 99, b"[" * 100_000, b'"\\ud800"', b"\xff", b'{"signal": 9}',
    b'{"signal": "9", "grace_seconds": "x", "sent_by": "x", "monotonic": 1}',
    b'{"signal": 99, "grace_seconds": 1, "sent_by": "x", "monotonic": 1}',
    b'{"signal": 9, "grace_seconds": 1, "monotonic": 1}',
    b'{"signal": 9, "grace_seconds": 1, "sent_by": {}, "monotonic": 1}',
    b'{"signal": 9, "grace_seconds": 1, "sent_by": "x", "monotonic": 1, "signals": 5}',
    b'{"signal": 9, "grace_seconds": 1' + b"0" * 400 + b', "sent_by": "x", "monotonic": 1.5}',
]  # fmt: skip


@pytest.mark.parametrize("content", BROKEN)
async def test_a_broken_stop_order_is_none(start, content):
    """Whatever stands in stop.json, the end is recorded."""
    attempt = await start("/bin/sh", "-c", "while [ ! -e stop.json ]; do :; done; sleep 1000 & exit 3")
    (attempt.folder / "stop.json").write_bytes(content)
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert (end.exit_code, end.sent_by, len(end.swept)) == (3, None, 1)


def test_orders_merge_to_the_nearest_kill():
    """The grace counts from the first order; all signals given are remembered."""
    first = StopOrder(15, 30.0, "a", "t", time.monotonic() - 10, [15])
    second = merge(first, 2, 5.0, "b")
    assert second.monotonic == first.monotonic
    assert 15 <= second.grace_seconds < 30
    assert second.signals == [15, 2]
    assert merge(second, 15, None, "c").grace_seconds == second.grace_seconds
    assert merge(second, 15, 1000.0, "c").grace_seconds == second.grace_seconds
    assert merge(StopOrder(15, None, "a", "t", time.monotonic() - 10, [15]), 9, 0.0, "b").grace_seconds >= 10
    other_boot = StopOrder(15, 30.0, "a", "t", time.monotonic() + 1e6, [15])
    assert merge(other_boot, 2, 5.0, "b").grace_seconds == 5.0
