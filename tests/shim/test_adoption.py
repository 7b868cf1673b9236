"""A runner that comes back visits attempts: it adopts what lives, takes what ended, and never guesses."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC230, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import asyncio
import os
import signal
import time

import msgspec
import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.launchers import FoundAlive, FoundCancelled, FoundElsewhere, FoundEnded, FoundLost
from autotrain_tui.runner.processes.process_handle import ProcessHandle, send
from autotrain_tui.session.records.attempt_files import (
    RunningRecord,
    Spec,
    Started,
    StopOrder,
    link_record,
    read_record,
    replace_record,
)
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.process_identity import Identity, boot_id, host, is_alive, own_identity, start_time

from .conftest import log_of, py, shims, until


async def dead(*identities: Identity) -> None:
    await until(lambda: not any(map(is_alive, identities)))


def started_by(folder, **changes) -> Started:
    """A started.json of shims that live no more."""
    nobody = Identity(2**22 - 5, 12345)
    record = Started(nobody, nobody, boot_id(), host(), now_iso())
    record = msgspec.structs.replace(record, **changes)
    replace_record(folder, record)
    return record


async def test_a_living_attempt_is_adopted_and_everything_works(start):
    """Another launcher finds it, freezes, thaws, signals and stops it, and learns how it ended."""
    attempt = await start("/bin/sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done")
    await until(lambda: log_of(attempt))
    visit = await start.adopt(attempt.folder)
    assert isinstance(visit, FoundAlive)
    again = visit.attempt
    assert again.stage == attempt.stage
    assert (await again.freeze()).complete
    assert (await again.thaw()).complete
    await again.stop(signal.SIGTERM, 20, "the second runner")
    end = await again.wait()
    assert (end.exit_code, end.sent_by) == (9, "the second runner")
    assert await attempt.wait() == end


@pytest.mark.parametrize("left", ["a", "b", "stage"])
async def test_any_living_part_is_enough_to_adopt(start, left):
    """Shim A, shim B or the command alone: the attempt is adopted, not lost."""
    attempt = await start("sleep", "1000")
    a, b = shims(attempt.folder)
    if left != "stage":
        os.kill((a if left == "b" else b).pid, signal.SIGKILL)
        await dead(a if left == "b" else b)
    else:
        for shim in (a, b):
            send(shim, signal.SIGKILL)
        await dead(a, b)
    visit = await start.adopt(attempt.folder)
    assert isinstance(visit, FoundAlive)
    assert is_alive(visit.attempt.stage)


async def test_an_ended_attempt_is_taken_from_its_record(start):
    """An exit record is the end, whatever else is there."""
    attempt, end = await start.run("/bin/sh", "-c", "exit 4")
    assert await start.adopt(attempt.folder) == FoundEnded(end)


async def test_an_attempt_that_never_started_is_cancelled_for_good(start):
    """Without started.json a cancelled one is linked first: no shim can start the attempt any more."""
    folder = start.folder()
    assert await start.adopt(folder) == FoundCancelled()
    assert await start.adopt(folder) == FoundCancelled()
    with pytest.raises(RefusedError):
        await start("/bin/sh", "-c", "echo ran", folder=folder)
    assert not (folder / "log").exists()


async def test_a_shim_that_comes_too_late_does_nothing(start):
    """FoundCancelled between the shim's start and its registration: the command never runs."""
    import subprocess
    import sys

    from autotrain_tui.runner.launchers.local import SHIM

    for _ in range(20):
        folder = start.folder()
        link_record(folder, Spec("s", 1, ["/bin/sh", "-c", "echo ran"], str(folder), linger_seconds=0))
        child = subprocess.Popen([sys.executable, "-I", "-S", str(SHIM), str(folder)], stderr=subprocess.DEVNULL)
        await asyncio.sleep(0.012)
        visit = await start.adopt(folder)
        child.wait()
        if isinstance(visit, FoundCancelled):
            assert not (folder / "log").exists()
            assert not (folder / "exit.json").exists()
        elif isinstance(visit, FoundAlive):
            assert (await visit.attempt.wait()).exit_code == 0
            assert log_of(visit.attempt) == "ran\n"
        else:
            assert isinstance(visit, FoundEnded)


async def test_nothing_alive_and_no_record_is_lost(start):
    """Dead shims without an exit record are lost, with a reason, never a success."""
    folder = start.folder()
    started_by(folder)
    visit = await start.adopt(folder)
    assert isinstance(visit, FoundLost)
    assert not visit.rebooted
    assert visit.reason


async def test_pids_used_again_are_strangers(start):
    """Records whose pids belong to other processes by now: lost, and nobody is signalled (P8, X18)."""
    import subprocess

    with subprocess.Popen(["sleep", "1000"]) as stranger:
        folder = start.folder()
        old = Identity(stranger.pid, start_time(stranger.pid) - 1)
        started_by(folder, a=old, b=old)
        replace_record(folder, RunningRecord(stranger.pid, old.start_time))
        assert isinstance(await start.adopt(folder), FoundLost)
        assert stranger.poll() is None
        assert send(old, signal.SIGKILL) is False
        stranger.kill()


def test_no_signal_to_init_to_groups_or_to_ourselves():
    """Identities with pid 0, 1, -1 or our own are nobody to signal, however right the start time."""
    for pid in (0, 1, -1, os.getpid()):
        assert ProcessHandle.open(Identity(pid, start_time(abs(pid)) or 0)) is None
        assert not send(Identity(pid, start_time(abs(pid)) or 0), signal.SIGTERM)


@pytest.mark.skipif(os.getuid() != 0, reason="needs a process of another user")
def test_no_signal_to_another_users_process():
    """Even root's runner signals only its own user's processes."""
    import subprocess

    with subprocess.Popen(["sleep", "1000"], user=65534) as other:
        identity = Identity(other.pid, start_time(other.pid))
        assert ProcessHandle.open(identity) is None
        assert not send(identity, signal.SIGTERM)
        other.kill()


async def test_another_host_is_refused_unless_forced(start):
    """An attempt of another host is beyond what can be known here; forced, it counts as lost."""
    folder = start.folder()
    started_by(folder, host="elsewhere")
    visit = await start.adopt(folder)
    assert isinstance(visit, FoundElsewhere)
    assert visit.host == "elsewhere"
    assert isinstance(await start.adopt(folder, force=True), FoundLost)


async def test_a_reboot_is_told_from_a_namesake(start, monkeypatch):
    """Another boot of this host means a reboot; another machine of the same name, or a boot not known, is refused."""
    folder, later, unknown = start.folder(), start.folder(), start.folder()
    started_by(folder, boot_id="another")
    visit = await start.adopt(folder)
    assert isinstance(visit, FoundLost)
    assert visit.rebooted
    monkeypatch.setattr("autotrain_tui.runner.launchers.local.machine_id", lambda: "this one")
    started_by(later, boot_id="another", machine_id="another")
    assert isinstance(await start.adopt(later), FoundElsewhere)
    started_by(unknown, boot_id=None)
    assert isinstance(await start.adopt(unknown), FoundElsewhere)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\0" * 100, b"{}", b'{"a": 1}', b'{"a": {"pid": 1, "start_time": 1}}']
)
async def test_a_started_record_that_cannot_be_read_is_refused(start, content):
    """Who owns the attempt can't be known: refused without force, lost with it, and nothing is signalled."""
    folder = start.folder()
    (folder / "started.json").write_bytes(content)
    visit = await start.adopt(folder)
    assert isinstance(visit, FoundElsewhere)
    assert "started.json" in visit.reason
    assert isinstance(await start.adopt(folder, force=True), FoundLost)


async def test_an_exit_record_that_cannot_be_read_is_no_end(start):
    """A torn exit.json beside dead shims: lost, with the file named."""
    folder = start.folder()
    started_by(folder)
    (folder / "exit.json").write_bytes(b'{"exit_code": 0, "sig')
    visit = await start.adopt(folder)
    assert isinstance(visit, FoundLost)
    assert "exit.json" in visit.reason


async def test_the_grace_runs_on_under_a_new_runner(start):
    """A runner that died within the grace: the next one kills when the first one would have, and signals no second time."""
    code = (
        "import os, signal, time\ndef told(*_): os.write(1, b'told\\n')\nsignal.signal(signal.SIGTERM, told)\n"
        "print('ready', flush=True)\nwhile True: time.sleep(1000)"
    )
    attempt = await start(*py(code))
    await until(lambda: "ready" in log_of(attempt))
    began = time.monotonic()
    await attempt.stop(signal.SIGTERM, 1.0, "the first runner")
    await until(lambda: "told" in log_of(attempt))
    attempt.close()
    start.all.remove(attempt)
    visit = await start.adopt(attempt.folder)
    end = await asyncio.wait_for(visit.attempt.wait(), 120)
    assert time.monotonic() - began >= 1.0
    assert (end.signal, end.sent_by) == (signal.SIGKILL, "the first runner")
    assert log_of(attempt) == "ready\ntold\n"


async def test_an_order_that_was_not_sent_is_sent_by_the_next_runner(start):
    """A runner that died between writing the order and sending the signal: the next one sends it."""
    attempt = await start("sleep", "1000")
    order = StopOrder(signal.SIGTERM, 30.0, "the first runner", now_iso(), time.monotonic(), [signal.SIGTERM])
    replace_record(attempt.folder, order)
    visit = await start.adopt(attempt.folder)
    end = await asyncio.wait_for(visit.attempt.wait(), 120)
    assert (end.signal, end.sent_by) == (signal.SIGTERM, "the first runner")


async def test_records_of_a_moment_are_adopted(start):
    """Registered shims whose command is not yet known: adopted, and the command found when it comes."""
    folder = start.folder()
    me = own_identity()
    started_by(folder, a=me)
    assert isinstance(await start.adopt(folder), FoundLost)  # our own process is never taken for a shim
    attempt = await start("sleep", "1000")
    running = attempt.folder / "running.json"
    running.rename(attempt.folder / "hidden")
    visit = await start.adopt(attempt.folder)
    assert isinstance(visit, FoundAlive)
    assert visit.attempt.stage is None
    assert visit.attempt.signal(signal.SIGTERM) is False
    (attempt.folder / "hidden").rename(running)
    assert await visit.attempt.running() == read_record(attempt.folder, RunningRecord).record.identity
