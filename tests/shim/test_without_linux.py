"""The shim where there is no subreaper, no /proc, no waitid and no pidfd (macOS): less is known, nothing is made up.

Run on Linux with those doors closed: the shim's own switch says it is elsewhere.
"""

from __future__ import annotations

import shutil
import signal

import pytest

from autotrain_tui.runner.launchers.local import SHIM
from autotrain_tui.runner.processes.process_handle import send
from autotrain_tui.session.records.process_identity import is_alive

from .conftest import log_of, py, shims, until

pytestmark = pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")


@pytest.fixture
def elsewhere(start, tmp_path, monkeypatch):
    """Attempts under a shim that believes it is not on Linux; only identities are still read from /proc."""
    source = SHIM.read_text()
    for old, new in {
        'LINUX = sys.platform.startswith("linux")': "LINUX = False\nfor _ in ('waitid', 'pidfd_open'): delattr(os, _)\n"
        "del signal.sigtimedwait",
        "    if LINUX:\n        return int(stat_of(pid)[19])": "    return int(stat_of(pid)[19])",
        '        if LINUX:\n            with open("/proc/sys': '        if True:\n            with open("/proc/sys',
    }.items():
        assert source.count(old) == 1
        source = source.replace(old, new)
    program = tmp_path / "shim.py"
    program.write_text(source)
    monkeypatch.setattr("autotrain_tui.runner.launchers.local.SHIM", program)
    return start


@pytest.mark.parametrize("pty", [False, True])
async def test_ends_are_recorded(elsewhere, pty):
    """Exit codes, signals, failed starts and output are recorded as on Linux."""
    attempt, end = await elsewhere.run("/bin/sh", "-c", "echo out; exit 3", pty=pty)
    assert (end.exit_code, log_of(attempt)) == (3, "out\n")
    assert end.cpu_seconds is not None
    _, end = await elsewhere.run("/bin/sh", "-c", "kill -9 $$", pty=pty)
    assert end.signal == signal.SIGKILL
    _, end = await elsewhere.run("no-such-command", pty=pty)
    assert (end.exit_code, end.error.kind) == (127, "not_found")


async def test_the_process_group_is_swept(elsewhere):
    """What stays in the command's process group is told to stop, and ended after the grace."""
    _, end = await elsewhere.run("/bin/sh", "-c", "sleep 1000 & exit 3")
    assert (end.exit_code, len(end.swept)) == (3, 1)
    attempt = await elsewhere("/bin/sh", "-c", "sleep 1000 & echo ready; wait", linger=1000)
    await until(lambda: log_of(attempt))
    await attempt.stop(signal.SIGTERM, 30, "a person")
    end = await attempt.wait()
    assert (end.signal, end.sent_by, end.swept) == (signal.SIGTERM, "a person", [])


async def test_a_dead_guard_leaves_an_end_that_is_called_unknown(elsewhere):
    """The command is nobody's child after B's death: A waits until it is gone, and says only that it ended."""
    attempt = await elsewhere(
        *py("import os, time\nprint('ready', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.01)")
    )
    await until(lambda: log_of(attempt))
    send(shims(attempt.folder)[1], signal.SIGKILL)
    await until(lambda: not is_alive(shims(attempt.folder)[1]))
    (attempt.folder / "go").touch()
    end = await attempt.wait()
    assert (end.exit_code, end.signal, end.known) == (None, None, False)


async def test_a_dead_first_shim_changes_nothing(elsewhere):
    """B goes on alone when A is killed."""
    attempt = await elsewhere(*py("import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nos._exit(6)"))
    send(shims(attempt.folder)[0], signal.SIGKILL)
    (attempt.folder / "go").touch()
    assert (await attempt.wait()).exit_code == 6
