"""How all tests run: which of them start processes, and how property tests pick their examples.

Property tests use the same examples every time, so that a run says something about the change and not about luck.
`HYPOTHESIS_PROFILE=hunt pytest -k …` looks further, at random; what it finds becomes an `@example`.
"""

from __future__ import annotations

import atexit
import gc
import math
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

QUIET = [HealthCheck.too_slow]  # a busy machine is no fault of the code
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=QUIET)
settings.register_profile("hunt", max_examples=3000, deadline=None, suppress_health_check=QUIET, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# a relative PATH entry makes it relative, and children start in other folders
sys.executable = os.path.abspath(sys.executable)

# Every test starts interpreters; without bytecode files each of them compiles the whole package, 0.25 s every time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What screens draw with depends on the locale: pictures are compared in one, whoever runs the tests.
os.environ["LANG"] = "C.UTF-8"
for name in ("LC_ALL", "LC_CTYPE"):
    os.environ.pop(name, None)

# No test reads or writes how a person left the screens.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="autotrain-test-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# Collecting makes some hundred thousand objects and no garbage; looking through them for some took half of its time.
gc.disable()

# A shell ignores these in what it starts in the background, and nohup ignores SIGHUP; children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
if "PYTEST_XDIST_WORKER" in os.environ:  # pytest's own process keeps what nohup asked for
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

PROCESS_FOLDERS = {"faults", "shim", "slurm"}
"""Folders below tests/ in which every test starts processes."""

PROCESS_FIXTURES = {"nvml", "screen", "start", "straight"}
"""Fixtures that start processes, or return what does."""

LONGEST_ID = 80
"""Characters of a parameter in a test's name."""

START_EVENTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"}
"""Audit events of a process that starts a child (https://docs.python.org/3/library/audit_events.html)."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Workers for `-n logical`: half as many again as processors, because most tests wait for processes of their own."""
    del config
    return math.ceil(1.5 * (os.cpu_count() or 1))


class StartedChildren:
    """The children that this process has started since the last `clear`."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if event in START_EVENTS:
            self.commands.append(f"{event} {args[:2]}"[:300])


CHILDREN = StartedChildren()


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """A name that a person can read and select: the start of a long text, and its length."""
    del config, argname
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        return f"{val[:LONGEST_ID]!r}..{len(val)}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start processes by their folder and their fixtures, and those that run a whole screen.

    A screen takes as long as a process, so that these have both markers.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        code = getattr(getattr(item, "function", None), "__code__", None)
        screen = "snap_compare" in fixtures or (code is not None and "run_test" in code.co_names)
        if screen:
            item.add_marker("screen")
        if screen or item.path.parent.name in PROCESS_FOLDERS or fixtures & PROCESS_FIXTURES:
            item.add_marker("process")


def pytest_collection_finish() -> None:
    """Collect garbage from now on, without what is there for the whole run: modules, tests and their parameters."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that started a process without the marker: `-m "not process"` stays quick and true."""
    outcome = yield
    if CHILDREN.commands and item.get_closest_marker("process") is None:
        pytest.fail(f"it starts a process, so mark it: @pytest.mark.process\n{CHILDREN.commands[0]}")
    return outcome


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Count the children of each test anew."""
    CHILDREN.commands.clear()
