"""The list of the machine's processes: who is in it, what they take, and what it may cost."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from autotrain_tui.gauges.portable_processes import PortableProcesses
from autotrain_tui.gauges.proc import LINUX
from autotrain_tui.gauges.process_list import LinuxProcesses, ProcessList, user_name
from autotrain_tui.gauges.sample import ProcessListing

from .conftest import until
from .test_watch import Clock

SPIN = "import sys; print('x', flush=True)\nwhile True: pass"
LIST_AS_NOBODY = """
import os
from autotrain_tui.gauges.process_list import LinuxProcesses
processes = LinuxProcesses()
os.setegid(65534), os.seteuid(65534)
listing = processes.listing()
print(len(listing.processes), listing.hidden, listing.inside)
"""

LISTERS = [pytest.param(LinuxProcesses, marks=pytest.mark.skipif(not LINUX, reason="reads /proc")), PortableProcesses]


def me(listing: ProcessListing, pid: int):
    return next((process for process in listing.processes if process.pid == pid), None)


@pytest.mark.process
@pytest.mark.parametrize("lister", LISTERS)
def test_a_process_is_listed_with_its_user_command_and_use(lister):
    """A program that keeps a core busy is in the list with its user, its command, its memory and a use above nothing;
    once it has ended it is not.
    """
    with subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE) as child:
        try:
            child.stdout.readline()
            processes = lister()
            first = processes.listing()
            assert first.mean
            assert me(first, os.getpid()).user == getpass.getuser()
            until(lambda: (me(processes.listing(), child.pid).cpu or 0) > 1)
            found = me(processes.listing(), child.pid)
            assert found.command.startswith(f"{sys.executable} -c")
            assert (found.ppid, found.threads) == (os.getpid(), 1)
            assert found.rss > 1 << 20
            assert 0 <= found.age < 600
        finally:
            child.kill()
            child.wait()
        again = processes.listing()
        assert not again.mean
        assert me(again, child.pid) is None


@pytest.mark.parametrize("lister", LISTERS)
def test_the_first_use_is_the_mean_since_the_start(lister):
    """What a process has used before it was first looked at counts over its whole life."""
    found = me(lister().listing(), os.getpid())
    times = os.times()
    assert found.cpu == pytest.approx(100 * (times.user + times.system) / found.age, rel=0.5, abs=2)


@pytest.mark.process
@pytest.mark.skipif(not LINUX or os.geteuid() != 0, reason="only root can become another user, here as /proc shows it")
def test_a_process_that_becomes_another_users_is_listed_as_that_users():
    """A daemon is started by root and drops its privileges: soon its user is that one."""
    code = "import os, sys; print('x', flush=True); sys.stdin.readline(); os.setuid(65534); print('x', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        child.stdout.readline()
        processes = LinuxProcesses()
        assert me(processes.listing(), child.pid).user == user_name(os.geteuid())
        child.stdin.write("\n")
        child.stdin.flush()
        child.stdout.readline()
        until(lambda: me(processes.listing(), child.pid).user == user_name(65534))
        child.communicate("\n")


class _Counter:
    """Counts the listings, each as dear as it is told."""

    def __init__(self, cost: float) -> None:
        self.cost, self.count = cost, 0
        self.done = threading.Event()

    def listing(self) -> ProcessListing:
        self.count += 1
        self.done.set()
        return ProcessListing(0.0, (), cost=self.cost)


@pytest.mark.parametrize(("cost", "pause"), [(0.001, 2), (0.2, 10)])
def test_a_list_is_bounded_in_what_it_costs(cost, pause):
    """Nothing is listed unasked, never twice within two seconds, and never for more than a fiftieth of a core."""
    clock, counter = Clock(), _Counter(cost)
    listed = ProcessList(clock, counter)
    assert counter.count == 0
    assert listed.ask() is None
    until(lambda: listed.ask() is not None)
    for _ in range(9):
        clock.now += pause / 10
        assert listed.ask() is not None
    assert counter.count == 1
    counter.done.clear()
    clock.now += pause / 10 + 0.01
    listed.ask()
    assert counter.done.wait(30)
    assert counter.count == 2
    listed.close()


class _Failing:
    """Cannot list the processes at first."""

    def __init__(self) -> None:
        self.failing = True

    def listing(self) -> ProcessListing:
        if self.failing:
            raise PermissionError(13, "Permission denied")
        return ProcessListing(0.0, ())


def test_a_list_that_fails_or_hangs_says_so():
    """An error is told until there is a listing again, and so is an answer that does not come."""
    clock, failing = Clock(), _Failing()
    listed = ProcessList(clock, failing)
    assert listed.trouble == ""
    listed.ask()
    until(lambda: "Permission denied" in listed.trouble)
    failing.failing = False
    clock.now += 3
    until(lambda: listed.ask() is not None)
    assert listed.trouble == ""
    listed.close()
    waits = threading.Event()
    listed = ProcessList(clock, SimpleNamespace(listing=waits.wait))
    listed.ask()
    clock.now += 30
    assert listed.trouble == "no answer for 30 s"
    waits.set()
    listed.close()


def test_a_user_without_a_name_is_a_number():
    """As in a container that runs with the number of a user of its host."""
    assert user_name(os.getuid()) == getpass.getuser()
    assert user_name(3_999_999_999) == "3999999999"


def in_namespace(*words: str) -> list[str]:
    """What a listing says as nobody in namespaces of its own; skips if this user may not make any."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode and not done.stdout:
        pytest.skip(f"no namespace: {done.stderr.strip()[-100:]}")
    return done.stdout.split()


@pytest.mark.process
@pytest.mark.parametrize("hidepid", [1, 2])
def test_a_system_that_hides_processes_says_so(hidepid):
    """With /proc mounted with hidepid a user has its own processes only, and the listing says that others are hidden."""
    mount = f'mount -t proc -o hidepid={hidepid} proc /proc && exec "$@"'
    words = ("unshare", "-m", "sh", "-c", mount, "sh", sys.executable, "-c", LIST_AS_NOBODY)
    assert in_namespace(*words) == ["1", "True", "False"]


@pytest.mark.process
def test_a_container_says_that_it_is_one():
    """In a process namespace of its own, the list has what is in it and says that this is not the whole machine."""
    words = ("unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", LIST_AS_NOBODY)
    assert in_namespace(*words) == ["1", "False", "True"]
