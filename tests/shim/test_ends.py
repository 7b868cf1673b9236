"""How a command ended: codes, signals, starts that fail, and not a byte of output lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.launchers.local import compiled
from autotrain_tui.session.records.attempt_files import Exit, Spec, Started, link_record, read_record

from .conftest import log_of, py, shims, until


@pytest.mark.parametrize("code", [0, 1, 2, 77, 125, 126, 127, 128, 137, 143, 255])
async def test_every_exit_code_is_kept_as_it_is(start, code):
    """An exit code above 128 stays an exit code and is never read as a signal."""
    _, end = await start.run("/bin/sh", "-c", f"exit {code}")
    assert (end.exit_code, end.signal, end.error) == (code, None, None)


@pytest.mark.parametrize(
    "number", [n for n in signal.valid_signals() if n not in (17, 18, 20, 21, 22, 23, 28, 19)][::3]
)
async def test_every_fatal_signal_is_kept_as_a_signal(start, number):
    """A command ended by a signal has that signal and no exit code."""
    _, end = await start.run("/bin/sh", "-c", f"ulimit -c 0; kill -{int(number)} $$")
    assert (end.exit_code, end.signal, end.sent_by) == (None, int(number), None)


async def test_the_record_holds_times_and_figures(start):
    """Durations, processor time and peak memory of the command stand in its exit record."""
    _, end = await start.run(*py("x = bytearray(30_000_000)\nfor i in range(300_000): pass"))
    assert end.elapsed_seconds > 0
    assert end.cpu_seconds > 0
    assert end.max_rss_bytes > 30_000_000
    assert end.started.endswith("Z")
    assert end.started <= end.ended
    assert end.swept == []


async def test_fast_ends_lose_no_output(start):
    """Commands that print and exit at once leave all they printed."""
    attempts = [await start.run("/bin/sh", "-c", f"seq 300; echo end {number}") for number in range(40)]
    numbers = "".join(f"{line}\n" for line in range(1, 301))
    for number, (attempt, end) in enumerate(attempts):
        assert end.exit_code == 0
        assert log_of(attempt) == f"{numbers}end {number}\n"


START_FAILURES = {
    "missing": (["no-such-command-anywhere"], 127, "not_found"),
    "missing path": (["/no/such/command"], 127, "not_found"),
    "a folder": (["/tmp"], 126, "not_executable"),
    "NUL in a word": (["/bin/echo", "a\0b"], 126, "other"),
    "too long": (["/bin/echo", "x" * 200_000], 126, "too_long"),
}


@pytest.mark.parametrize("name", START_FAILURES)
async def test_a_command_that_cannot_start_says_why(start, name):
    """The record has 126 or 127, kind, path and text of what went wrong, and the log a line that says so."""
    command, code, kind = START_FAILURES[name]
    attempt, end = await start.run(*command)
    assert (end.exit_code, end.error.kind) == (code, kind)
    assert end.error.path == command[0]
    assert end.error.text
    assert log_of(attempt) == f"autotrain-tui: cannot start: {end.error.path}: {end.error.text}\n"


@pytest.mark.parametrize(
    ("text", "mode", "kind"),
    [
        ("#!/no/such/python\n", 0o755, "bad_interpreter"),
        ("#!/bin/sh\n", 0o644, "not_executable"),
        ("echo no first line\n", 0o755, "not_executable"),
    ],
)
async def test_a_script_that_cannot_run_is_named(start, tmp_path, text, mode, kind):
    """A bad interpreter, a missing x bit and a missing #! line are told apart, each with the script's path."""
    script = tmp_path / "script"
    script.write_text(text)
    script.chmod(mode)
    attempt, end = await start.run(str(script))
    assert (end.exit_code, end.error.kind, end.error.path) == (126, kind, str(script))
    assert kind != "bad_interpreter" or "/no/such/python" in log_of(attempt)


async def test_a_missing_working_folder_is_named(start):
    """When the cwd is gone the record names it, and the command never ran."""
    _, end = await start.run("/bin/true", cwd="/no/such/folder")
    assert (end.exit_code, end.error.kind, end.error.path) == (126, "bad_cwd", "/no/such/folder")


async def test_an_environment_too_large_for_the_shim_itself_ends_the_attempt(start):
    """E2BIG at the shim's own start becomes an exit record, and no shim can start the attempt later."""
    folder = start.folder()
    attempt, end = await start.run("/bin/true", folder=folder, env={f"X{n}": "x" * 100_000 for n in range(40)})
    assert (end.exit_code, end.error.kind, end.error.path) == (126, "too_long", "/bin/true")
    assert log_of(attempt).startswith("autotrain-tui: cannot start: /bin/true: ")
    assert read_record(folder, Started).record.cancelled
    assert attempt.stage is None
    assert await attempt.running() is None


async def test_a_log_that_cannot_be_opened_ends_the_attempt(start, tmp_path):
    """A link in the log's place is not followed: the attempt fails with its path, and the target stays untouched."""
    folder, target = start.folder(), tmp_path / "target"
    (folder / "log").symlink_to(target)
    _, end = await start.run("/bin/true", folder=folder)
    assert (end.exit_code, end.error.kind, end.error.path) == (126, "log", str(folder / "log"))
    assert not target.exists()


async def test_a_spec_that_vanished_is_told(start, monkeypatch):
    """A shim that can't read its spec starts nothing, and the launcher writes down why."""
    folder = start.folder()
    monkeypatch.setattr(
        "autotrain_tui.runner.launchers.local.link_record",
        lambda folder, record, **_: True if isinstance(record, Spec) else link_record(folder, record),
    )
    _, end = await start.run("/bin/true", folder=folder)
    assert (end.exit_code, end.error.kind) == (126, "shim")
    assert "spec.json" in end.error.text


async def test_an_attempt_is_started_once(start):
    """A second start in the same folder is refused and changes nothing."""
    attempt, end = await start.run("/bin/sh", "-c", "echo ran")
    with pytest.raises(RefusedError):
        await start("/bin/sh", "-c", "echo again", folder=attempt.folder)
    assert log_of(attempt) == "ran\n"
    assert read_record(attempt.folder, Exit).record == end


async def test_the_end_is_reaped(start):
    """After an end there is no zombie of the shims among our children."""
    attempt, end = await start.run("/bin/true")
    assert end.exit_code == 0
    a, b = shims(attempt.folder)
    await until(lambda: not os.path.exists(f"/proc/{a.pid}") and not os.path.exists(f"/proc/{b.pid}"))


async def test_many_may_wait(start):
    """All who wait for an end get it, also who comes after it; cancelling one waiter disturbs nobody."""
    attempt = await start("/bin/sh", "-c", "sleep 100")
    waiters = [asyncio.ensure_future(attempt.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiters[0].cancel()
    await attempt.stop(signal.SIGTERM, 5, "test")
    exits = await asyncio.gather(*waiters[1:], attempt.wait())
    assert len({end.ended for end in exits}) == 1


async def test_bytecode_is_made_anew_when_the_shim_changes(tmp_path, monkeypatch):
    """The compiled shim is used while it fits its source, made anew when it doesn't, and done without if need be."""
    source = tmp_path / "program.py"

    def says() -> str:
        program = compiled(source)
        return subprocess.run(
            [sys.executable, "-I", "-S", str(program)], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for word in ("one", "three"):
        source.write_text(f"print('{word}')")
        assert says() == f"{word}\n"
        assert compiled(source).suffix == ".pyc"
    compiled(source).write_bytes(b"garbage")
    assert says() == "three\n"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    compiled(source).unlink()
    assert compiled(source) == source
    source.write_text("no python at all")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert compiled(source) == source
    assert os.listdir(tmp_path / "__pycache__") == []
