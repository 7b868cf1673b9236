"""Finding new processes by the numbers that the kernel gave out."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from autotrain_tui.gauges import new_processes as module
from autotrain_tui.gauges.new_processes import NewProcesses
from autotrain_tui.gauges.proc import LINUX, read_leader, read_stat

pytestmark = pytest.mark.skipif(not LINUX, reason="reads /proc")


@pytest.fixture
def newest(monkeypatch):
    """Sets the number that the kernel gave out last."""

    def give(pid: int) -> None:
        monkeypatch.setattr(module, "read_bytes", lambda path, limit: b"0.10 0.20 0.30 1/99 %d\n" % pid)

    monkeypatch.setattr(module, "_own_file", lambda: True)
    give(1000)
    return give


def test_new_numbers_lie_between_two_looks(newest):
    """Once the number was seen to move, what is new is what lies in between; nothing when it stands still."""
    new_processes = NewProcesses()
    newest(1001)
    assert new_processes.since(500) == [1001]
    new_processes.seen(lambda pid: True)
    newest(1004)
    assert new_processes.since(500) == [1002, 1003, 1004]
    new_processes.seen(lambda pid: True)
    assert new_processes.since(500) == []


def test_a_number_that_never_moves_is_not_believed(newest):
    """Where the file stands still for ever, processes must be listed."""
    new_processes = NewProcesses()
    assert new_processes.since(500) is None
    assert new_processes.since(500) is None


def test_a_file_of_the_host_is_not_believed(newest, monkeypatch):
    """Where another program's file stands in its place, its numbers are not ours."""
    monkeypatch.setattr(module, "_own_file", lambda: False)
    new_processes = NewProcesses()
    newest(1001)
    assert new_processes.since(500) is None


@pytest.mark.parametrize("text", [None, b"", b"0.1 0.2 0.3 0/0 0\n", b"nonsense"])
def test_without_the_number_processes_are_listed(newest, monkeypatch, text):
    """A missing or empty file is no error."""
    new_processes = NewProcesses()
    monkeypatch.setattr(module, "read_bytes", lambda path, limit: text)
    assert new_processes.since(500) is None
    assert new_processes.since(500) is None


def test_starting_anew_at_the_top_and_many_new_processes_are_listed(newest):
    """After the numbers wrapped, or when listing is cheaper than looking at each, the answer is to list."""
    new_processes = NewProcesses()
    newest(1001)
    new_processes.since(500)
    newest(305)
    assert new_processes.since(500) is None
    newest(305 + 42)
    assert new_processes.since(500) is None
    newest(305 + 42 + 41)
    assert len(new_processes.since(500)) == 41


def test_a_number_that_named_nothing_is_tried_once_more(newest):
    """A process that can't be seen yet is found by the next sample; a number of nobody is not tried for ever."""
    new_processes = NewProcesses()
    newest(1003)
    assert new_processes.since(500) == [1001, 1002, 1003]
    new_processes.seen({1001, 1003}.__contains__)
    assert new_processes.since(500) == [1002]
    new_processes.seen(lambda pid: False)
    assert new_processes.since(500) == []


def test_after_a_listing_the_newest_are_tried_again_too(newest):
    """A listing misses what can't be seen yet as well."""
    new_processes = NewProcesses()
    newest(2000)
    assert new_processes.since(100) is None
    new_processes.seen(lambda pid: pid != 1999)
    assert new_processes.since(100) == [1999]


def test_a_thread_is_no_process():
    """A thread's number has an entry in /proc too, which is not taken for a process."""
    ready, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: (ready.set(), done.wait(30)))
    thread.start()
    ready.wait(30)
    try:
        assert read_stat(thread.native_id) is not None
        assert read_leader(thread.native_id) is None
    finally:
        done.set()
        thread.join()


@pytest.mark.process
def test_a_real_new_process_is_found():
    """A process started between two questions is among the numbers told, or a listing is asked for."""
    new_processes = NewProcesses()
    new_processes.since(10_000)
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as child:
        told = new_processes.since(10_000)
        assert told is None or child.pid in told
        assert read_leader(child.pid).ppid > 0
        child.communicate()
