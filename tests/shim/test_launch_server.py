"""The launch server: a shim from it is a shim like any other, and a server that is dead or silent costs a second at most."""

# ruff: noqa: ASYNC220, ASYNC221, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import asyncio
import os
import resource
import signal
from pathlib import Path

import pytest

from autotrain_tui.runner.launchers import launch_server
from autotrain_tui.session.records.attempt_files import Exit, Started, read_record
from autotrain_tui.session.records.process_identity import is_alive

from .conftest import log_of, py, shims, until
from .test_deaths import HOLD, check, killed_at, ptrace

pytestmark = [ptrace, pytest.mark.parametrize("start", ["served"], indirect=True)]

ONCE = ["/bin/sh", "-c", "echo ran; exit 3"]


def server_of(start):
    """The server's process."""
    return start.launcher._server._process


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def test_the_server_is_the_parent_and_its_death_changes_nothing(start):
    """Shims are forked from the server, lead a session of their own, and outlive it, whether it is killed or let go."""
    attempt = await start(*py(HOLD))
    await until(lambda: "ready" in log_of(attempt))
    server, (a, b) = server_of(start), shims(attempt.folder)
    assert (parent_of(a.pid), parent_of(b.pid)) == (server.pid, a.pid)
    assert os.getsid(a.pid) == a.pid == os.getsid(b.pid)
    assert [os.readlink(f"/proc/{a.pid}/fd/{fd}") for fd in (0, 2)] == ["/dev/null"] * 2
    server.kill()
    server.wait()
    assert is_alive(a)
    (attempt.folder / "go").touch()
    end = await asyncio.wait_for(attempt.wait(), 120)
    assert (end.exit_code, log_of(attempt)) == (5, "ready\nend\n")


async def test_the_server_ends_with_the_runner(start):
    """When the runner's end of the socket is closed, the server ends; the attempt goes on and records its end."""
    attempt = await start(*py(HOLD))
    await until(lambda: "ready" in log_of(attempt))
    start.launcher._server._channel.close()
    assert await asyncio.to_thread(server_of(start).wait, 60) == 0
    (attempt.folder / "go").touch()
    assert (await asyncio.wait_for(attempt.wait(), 120)).exit_code == 5


async def test_the_environment_is_written_nowhere(start):
    """Its bytes go through the socket only: neither a file nor an environment or command line of server and shims."""
    attempt = await start("sleep", "100", env={"PATH": os.environ["PATH"], "TOKEN": "very-secret"})
    found = b"".join(path.read_bytes() for path in attempt.folder.iterdir())
    for pid in (server_of(start).pid, *(shim.pid for shim in shims(attempt.folder))):
        found += Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    assert b"very-secret" not in found
    await until(lambda: b"very-secret" in Path(f"/proc/{attempt.stage.pid}/environ").read_bytes())


async def test_limits_that_were_changed_since_reach_the_command(start):
    """The command has the runner's resource limits as they are at its start, not as they were at the server's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    await until(lambda: server_of(start).poll() is None)
    resource.setrlimit(resource.RLIMIT_CORE, (0 if soft else min(4096, hard) if hard > 0 else 4096, hard))
    wanted = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        attempt, _ = await start.run(*py("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"))
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert log_of(attempt) == f"{wanted}\n"


async def test_the_end_is_known_while_a_shim_still_ends(start):
    """The shims say that the record is written: nobody waits until they have left, here because they are stopped."""
    attempt = await start(*py(HOLD))
    await until(lambda: "ready" in log_of(attempt))
    a, _ = shims(attempt.folder)
    os.kill(a.pid, signal.SIGSTOP)
    try:
        (attempt.folder / "go").touch()
        assert (await asyncio.wait_for(attempt.wait(), 120)).exit_code == 5
        assert is_alive(a)
    finally:
        os.kill(a.pid, signal.SIGCONT)


async def test_a_forged_record_is_no_end(start):
    """A record that the program writes itself ends nothing: the shim's own counts."""
    attempt = await start(*py(HOLD))
    await until(lambda: "ready" in log_of(attempt))
    (attempt.folder / "exit.json").write_text('{"exit_code": 0}')
    (attempt.folder / "go").touch()
    assert (await asyncio.wait_for(attempt.wait(), 120)).exit_code == 5


async def test_a_dead_server_is_replaced(start):
    """The server was killed: the attempt starts all the same, once, and the next one has a server again."""
    first = server_of(start)
    first.kill()
    first.wait()
    attempt, end = await start.run(*ONCE)
    assert (end.exit_code, log_of(attempt)) == (3, "ran\n")
    attempt, end = await start.run(*ONCE)
    assert (end.exit_code, log_of(attempt)) == (3, "ran\n")
    assert server_of(start).pid != first.pid


@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_a_silent_server_is_given_up(start, monkeypatch, size):
    """It takes the request, or a part of it, and says nothing: the shim is started by itself, and the command runs once."""
    monkeypatch.setattr(launch_server, "PATIENCE", 0.1)
    first = server_of(start)
    os.kill(first.pid, signal.SIGSTOP)
    variables = {f"V{number}": "x" * 100_000 for number in range(size // 100_000)}
    attempt, end = await start.run(*ONCE, env={"PATH": os.environ["PATH"], **variables})
    assert end.exit_code == (3 if size < 100_000 else 126)  # so many variables are more than a command may have
    assert log_of(attempt).count("ran\n") == (size < 100_000)
    assert server_of(start) is not first


async def test_a_request_that_was_taken_back_starts_nothing(start, monkeypatch, tmp_path):
    """A server that wakes after the runner has taken its request back forks a shim that does nothing."""
    server = start.launcher._server
    await start.run("/bin/true")
    os.kill(server_of(start).pid, signal.SIGSTOP)
    folder = start.folder()
    (folder / "spec.json").write_text(
        f'{{"command": ["touch", "ran"], "cwd": "{folder}", "linger_seconds": 0, "stage": "s", "attempt": 1}}'
    )
    monkeypatch.setattr(server, "_fail", lambda _reason: None)
    assert await server.launch(folder, {}, lambda: False) is None
    os.kill(server_of(start).pid, signal.SIGCONT)
    _, end = await start.run("/bin/true")  # it comes after the other one
    assert end.exit_code == 0
    assert sorted(os.listdir(folder)) == ["spec.json"]


async def test_a_server_that_fails_again_and_again_is_given_up(start):
    """After three failures every shim is started by itself."""
    for _ in range(launch_server.MOST_FAILURES):
        server_of(start).kill()
        server_of(start).wait()
        _, end = await start.run(*ONCE)
        assert end.exit_code == 3
        start.launcher._server.start()
    assert server_of(start) is None
    _, end = await start.run(*ONCE)
    assert end.exit_code == 3


@pytest.mark.parametrize("who", ["server", "a", "b"])
async def test_one_of_them_killed_at_any_system_call_loses_nothing(start, tmp_path, who):
    """The command runs once to its record, or the request can be taken back and nothing has run, wherever the kill falls."""

    def fresh(number: int) -> Path:
        folder = tmp_path / f"{number}"
        folder.mkdir()
        return folder

    word, stops = killed_at(fresh(0), who, 0, served=True)
    assert word == "finished"
    await check(tmp_path / "0")
    points = {stops - 1 - 3 * number for number in range(8)} | {round(stops * number / 8) for number in range(1, 8)}
    for point in sorted(points):
        folder = fresh(point)
        word, _ = await asyncio.to_thread(killed_at, folder, who, point, served=True)
        if word == "back":
            assert sorted(os.listdir(folder)) == ["spec.json"]
        else:
            assert not read_record(folder, Started).absent or not read_record(folder, Exit).record
            await check(folder)
