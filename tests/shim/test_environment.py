"""What a command finds around itself: its own environment, three descriptors, a session of its own, default signals."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC230, ASYNC240  nothing else runs in these loops
from __future__ import annotations

import json
import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from .conftest import log_of, py, shims, until

both_ways = pytest.mark.parametrize("start", ["alone", "served"], indirect=True)


@both_ways
async def test_the_environment_is_exactly_the_one_given(start):
    """Nothing is added or lost, odd bytes and the C locale included (Python itself adds LC_CTYPE there)."""
    environment = {"A": "1", "ODD": "a=b\nc", "BYTES": os.fsdecode(b"\xff\xfe"), "EMPTY": "", "PATH": "/usr/bin:/bin"}
    attempt, end = await start.run("env", "-0", env=environment)
    assert end.exit_code == 0
    said = (attempt.folder / "log").read_bytes().split(b"\0")[:-1]
    assert sorted(said) == sorted(os.fsencode(f"{name}={value}") for name, value in environment.items())


@both_ways
async def test_only_three_descriptors_are_open(start):
    """stdin is /dev/null, stdout and stderr are the log opened for appending, and nothing else is open."""
    inherited = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        attempt, _ = await start.run(
            *py(
                "import os\nfor fd in range(256):\n try: print(fd, os.readlink(f'/proc/self/fd/{fd}'))"
                "\n except OSError: pass\nimport fcntl; print(fcntl.fcntl(1, 3) & os.O_APPEND > 0)"
            )
        )
    finally:
        os.close(inherited)
    log = attempt.folder / "log"
    assert log_of(attempt).splitlines() == ["0 /dev/null", f"1 {log}", f"2 {log}", "True"]


@both_ways
async def test_stdin_is_at_its_end(start):
    """A command that reads its stdin gets the end of file at once."""
    attempt, end = await start.run(*py("print(repr(input()) if False else repr(__import__('sys').stdin.read()))"))
    assert (end.exit_code, log_of(attempt)) == (0, "''\n")


@both_ways
async def test_there_is_no_controlling_terminal(start):
    """Opening /dev/tty fails: nothing can ask a question there."""
    attempt, _ = await start.run("/bin/sh", "-c", "true < /dev/tty && echo has one; tty")
    assert "has one" not in log_of(attempt)
    assert "not a tty" in log_of(attempt)


@both_ways
async def test_the_command_leads_a_session_of_its_own(start):
    """Session and process group are the command's; the shims share another session; the stage hangs below B."""
    attempt = await start(
        *py("import os, time; print(os.getpid(), os.getpgrp(), os.getsid(0), flush=True); time.sleep(100)")
    )
    a, b = shims(attempt.folder)
    line = await until(lambda: log_of(attempt))
    assert set(line.split()) == {str(attempt.stage.pid)}
    assert os.getsid(a.pid) == os.getsid(b.pid) == a.pid
    status = Path(f"/proc/{attempt.stage.pid}/stat").read_text().rpartition(")")[2].split()
    assert int(status[1]) == b.pid


@both_ways
async def test_signals_have_their_default_effect(start):
    """No signal is ignored or blocked in the command, whatever the launcher and the shims ignore."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGUSR1)}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        attempt, _ = await start.run("grep", "^Sig[BI]", "/proc/self/status")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)
    assert [int(line.split()[1], 16) for line in log_of(attempt).splitlines()] == [0, 0]


@both_ways
async def test_an_ignored_sigchld_loses_no_exit_code(start):
    """A launcher whose children are reaped by the kernel (SIGCHLD ignored) still learns the exit code."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        _, end = await start.run("/bin/sh", "-c", "exit 9")
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert end.exit_code == 9


@pytest.mark.parametrize("wanted", [None, 0o027])
async def test_the_umask_is_the_runners_or_the_one_asked_for(start, wanted):
    """The shims' private files change nothing for the files that the command makes."""
    before = os.umask(0o013)
    try:
        attempt, _ = await start.run("/bin/sh", "-c", "umask; : > made", umask=wanted)
    finally:
        os.umask(before)
    assert int(log_of(attempt), 8) == (0o013 if wanted is None else wanted)
    for name in ("log", "started.json", "running.json", "exit.json", "spec.json"):
        assert stat.S_IMODE((attempt.folder / name).stat().st_mode) == 0o600, name


@both_ways
async def test_the_command_is_killed_first_when_memory_runs_out(start):
    """The command's score for the out-of-memory killer is above that of its shims."""
    attempt = await start("sleep", "100")
    b = shims(attempt.folder)[1]

    def score(pid):
        return int(Path(f"/proc/{pid}/oom_score_adj").read_text())

    await until(lambda: score(attempt.stage.pid) > score(b.pid))
    assert score(b.pid) == score("self"), "the shim's own is left as it was"


async def test_relative_words_are_meant_from_the_working_folder(start, tmp_path):
    """A relative program path is looked up in cwd, a bare name in the command's own PATH."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        script = tmp_path / name / "program"
        script.write_text(f"#!/bin/sh\necho {name}\n")
        script.chmod(0o755)
    attempt, _ = await start.run("./program", cwd=tmp_path / "here")
    assert log_of(attempt) == "here\n"
    folder = start.folder()
    path = {"PATH": f"/nowhere:{tmp_path / 'there'}:/usr/bin"}
    attempt, _ = await start.run("program", cwd=tmp_path / "here", folder=folder, env=path)
    assert log_of(attempt) == "there\n"


@both_ways
async def test_the_shims_command_line_holds_only_the_folder(start):
    """Neither the command nor a value of the environment can be read from the shims' command lines."""
    attempt = await start("sleep", "100", env={"PATH": os.environ["PATH"], "TOKEN": "very-secret"})
    for shim in shims(attempt.folder):
        words = Path(f"/proc/{shim.pid}/cmdline").read_text().rstrip("\0").split("\0")
        assert words[0] == sys.executable
        assert words[1:3] == ["-I", "-S"]
        assert Path(words[3]).name.startswith("shim.")
        assert words[4:] == [str(attempt.folder)]
    assert "very-secret" not in "".join(path.read_text() for path in attempt.folder.iterdir())


async def test_the_shim_is_standard_library_only():
    """Importing the shim pulls in nothing but the standard library."""
    import subprocess

    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import shim;"
        "print([n for n in sys.modules if n.partition('.')[0] not in sys.stdlib_module_names | {'__main__', 'shim'}])"
    )
    from autotrain_tui.runner.launchers.local import SHIM

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(SHIM.parent)], stdout=subprocess.PIPE, check=True
    )
    assert json.loads(done.stdout.decode().replace("'", '"')) == []


@both_ways
async def test_odd_words_reach_the_command_unchanged(start):
    """Arguments with newlines, quotes, escapes, and bytes that are no UTF-8 arrive as they are."""
    words = ["a b", "", "\"'`$(x)", "line\nline", "\x1b[2J", "ü", os.fsdecode(b"\xff")]
    attempt, _ = await start.run(*py("import sys; print(sys.argv[1:])"), *words)
    assert log_of(attempt) == f"{words}\n"


async def test_the_shims_say_nothing(start, monkeypatch):
    """A start that goes well writes no warning anywhere, and leaves no report of an error."""
    from autotrain_tui.runner.launchers import local

    real, said = local.read_until_closed, []

    async def listen(*arguments):
        said.append(await real(*arguments))
        return said[-1]

    monkeypatch.setattr(local, "read_until_closed", listen)
    for pty in (False, True):
        attempt, _ = await start.run("/bin/true", pty=pty)
        assert sorted(os.listdir(attempt.folder)) == ["exit.json", "log", "running.json", "spec.json", "started.json"]
    assert said == ["", ""]
