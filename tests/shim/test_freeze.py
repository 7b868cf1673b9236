"""Freeze stops every process of a tree, whatever its sessions, and thaw sets all going again."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC230, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import os
import signal
import time

from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.runner.processes.process_scan import look

from .conftest import log_of, py, shims, until

# A torchrun-like tree: three ranks in sessions of their own, each with a worker in another process group; all of them
# count in shared memory, so that a beat can be seen without asking them.
RANKS = """
import mmap, os, time
page = mmap.mmap(-1, 4096)
def beat(slot):
    while True:
        page[slot] = (page[slot] + 1) % 256
        with open('beats', 'r+b' if os.path.exists('beats') else 'w+b') as f: f.seek(slot); f.write(page[slot:slot+1])
        time.sleep(0.002)
for rank in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: os.setpgid(0, 0); beat(2 * rank)
        beat(2 * rank + 1)
print('ready', flush=True)
beat(6)
"""


def beats(attempt) -> bytes:
    try:
        return (attempt.folder / "beats").read_bytes()
    except FileNotFoundError:
        return b""


async def ranks(start):
    attempt = await start(*py(RANKS))
    await until(lambda: len(attempt.tree()) == 7 and len(beats(attempt)) == 7 and all(beats(attempt)))
    return attempt


async def moves(attempt) -> None:
    before = beats(attempt)
    await until(lambda: all(a != b for a, b in zip(before, beats(attempt), strict=True)))


async def test_a_tree_of_sessions_freezes_as_one_and_goes_on(start):
    """All seven processes are stopped when freeze answers, nothing beats any more, and thaw sets all of them going."""
    attempt = await ranks(start)
    scan = await attempt.freeze()
    assert scan.complete
    assert {member.state for member in scan.members} == {"T"}
    assert len(scan.members) == 7
    before = beats(attempt)
    deadline = time.monotonic() + 0.1
    while time.monotonic() < deadline:
        assert beats(attempt) == before
    for shim in shims(attempt.folder):
        assert look(shim.pid).state in "SDR"
    assert (await attempt.thaw()).complete
    await moves(attempt)


async def test_a_tree_that_forks_freezes(start):
    """Processes born during the freeze are found and stopped, too."""
    code = (
        "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nprint('ready', flush=True)\n"
        "while True:\n if os.fork() == 0: time.sleep(0.02); os._exit(0)\n time.sleep(0.001)"
    )
    attempt = await start(*py(code))
    await until(lambda: "ready" in log_of(attempt))
    scan = await attempt.freeze()
    assert scan.complete
    pids = {member.pid for member in attempt.tree()}
    assert {member.state for member in attempt.tree()} == {"T"}
    assert pids == {member.pid for member in attempt.tree()}


async def test_a_tree_that_spawns_freezes_and_goes_on(start):
    """A shell caught between vfork and its child's exec can't be stopped at once: it is, with a moment's help."""
    attempt = await start("/bin/sh", "-c", "echo ready; while :; do /bin/true; done")
    await until(lambda: log_of(attempt))
    for _ in range(15):
        scan = await attempt.freeze()
        assert scan.complete
        assert {member.state for member in attempt.tree()} == {"T"}
        assert (await attempt.thaw()).complete
    seen = set()
    await until(lambda: seen.update(member.pid for member in attempt.tree()) or len(seen) > 4)


async def test_every_thread_is_stopped(start):
    """A process counts as stopped when its threads are."""
    code = (
        "import _thread, time\ndef run():\n while True: sum(range(1000))\n"
        "for _ in range(4): _thread.start_new_thread(run, ())\nprint('ready', flush=True)\nrun()"
    )
    attempt = await start(*py(code))
    await until(lambda: "ready" in log_of(attempt))
    assert (await attempt.freeze()).complete
    task = f"/proc/{attempt.stage.pid}/task"
    states = set()
    for thread in os.listdir(task):
        with open(f"{task}/{thread}/stat") as file:
            states.add(file.read().rpartition(")")[2].split()[0])
    assert states == {"T"}


async def test_who_cannot_be_stopped_is_named(start, monkeypatch):
    """A freeze that runs out of patience says which processes still run, with their state."""
    attempt = await start("sleep", "1000")
    real = send
    monkeypatch.setattr(
        "autotrain_tui.runner.processes.signal_tree.send", lambda identity, number: number == 0 or real(identity, 0)
    )
    scan = await attempt.freeze(patience=0.05)
    assert not scan.complete
    assert [(member.pid, member.command) for member in scan.stubborn] == [(attempt.stage.pid, "sleep 1000")]
    assert scan.stubborn[0].state in {"S", "R"}


async def test_a_frozen_tree_stays_frozen_when_its_shims_die(start):
    """SIGKILL to the guard, then to shim A: the tree stays stopped both times and can still be thawed (rule 1)."""
    attempt = await ranks(start)
    await attempt.freeze()
    for shim in reversed(shims(attempt.folder)):
        send(shim, signal.SIGKILL)
        await until(lambda: look(shim.pid) is None or look(shim.pid).state == "Z")  # noqa: B023
        assert [member.state for member in attempt.tree()] == ["T"] * 7
    assert (await attempt.thaw()).complete
    await moves(attempt)


async def test_the_death_of_a_frozen_command_is_recorded_and_its_tree_ended(start):
    """The main process killed while frozen: its ranks are ended after the linger time, and the record names them."""
    attempt = await ranks(start)
    await attempt.freeze()
    os.kill(attempt.stage.pid, signal.SIGKILL)
    end = await attempt.wait()
    assert (end.signal, end.sent_by, len(end.swept)) == (signal.SIGKILL, None, 6)
    assert attempt.tree() == []
