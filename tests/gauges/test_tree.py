"""Process trees: who belongs to a stage, and what they take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.gauges import process_tree as module
from autotrain_tui.gauges.proc import LINUX, ProcessStat, command_line, parse_stat, read_bytes, read_stat
from autotrain_tui.gauges.process_tree import ProcessTrees, _Tree

from .conftest import until
from .test_watch import Clock

pytestmark = pytest.mark.skipif(not LINUX, reason="reads /proc")

WAIT = "import sys; sys.stdin.read()"
# starts a child that starts one, tells their pids, and waits for a line to end the one in the middle
FAMILY = """
import subprocess, sys
middle = subprocess.Popen([sys.executable, "-c", '''
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
sys.stdin.read()
'''], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
last = middle.stdout.readline().strip()
print(middle.pid, last, flush=True)
sys.stdin.readline()
middle.kill(); middle.wait()
print("ended", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start():
    """Starts a Python program with pipes; ends it, and what it names with `mine`, after the test."""
    running, others = [], []

    def begin(program: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        child = subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True)
        running.append(child)
        return child

    begin.mine = others.append
    yield begin
    for pid in others:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for child in running:
        child.kill()
        child.communicate()


def test_a_tree_holds_descendants_and_no_others(start):
    """Children and grandchildren are in, processes of others are not, and the figures add up."""
    family, stranger = start(FAMILY), start(WAIT)
    middle, last = map(int, family.stdout.readline().split())
    start.mine(last)
    share = ProcessTrees().shares({"a": [family.pid]})["a"]
    assert share.pids == tuple(sorted((family.pid, middle, last)))
    assert stranger.pid not in share.pids
    assert share.rss == sum(process.rss for process in share.processes) > 1 << 20
    assert share.threads == 3
    assert share.gpu_memory is None
    assert {process.ppid for process in share.processes} == {os.getpid(), family.pid, middle}


def test_an_orphan_stays_in_the_tree(start):
    """A process whose parent ended belongs to the stage as long as it lives, whoever inherited it."""
    family = start(FAMILY)
    middle, last = map(int, family.stdout.readline().split())
    start.mine(last)
    trees = ProcessTrees()
    trees.shares({"a": [family.pid]})
    family.stdin.write("\n")
    family.stdin.flush()
    assert family.stdout.readline() == "ended\n"
    assert trees.shares({"a": [family.pid]})["a"].pids == tuple(sorted((family.pid, last)))


def test_a_process_born_between_two_samples_is_found(start):
    """What starts later joins at the next sample without a look at all processes."""
    program = """
import subprocess, sys
sys.stdin.readline()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
sys.stdin.read()
"""
    parent = start(program)
    trees = ProcessTrees()
    assert trees.shares({"a": [parent.pid]})["a"].pids == (parent.pid,)
    parent.stdin.write("\n")
    parent.stdin.flush()
    child = int(parent.stdout.readline())
    start.mine(child)
    assert child in trees.shares({"a": [parent.pid]})["a"].pids


def test_foreign_processes_are_looked_at_once(start, monkeypatch):
    """The second sample reads the tree's processes and new ones, not those of others."""
    stranger, mine = start(WAIT), start(WAIT)
    trees = ProcessTrees()
    trees.shares({"a": [mine.pid]})
    looked = []
    monkeypatch.setattr(module, "read_stat", lambda pid: looked.append(int(pid)) or read_stat(pid))
    trees.shares({"a": [mine.pid]})
    assert mine.pid in looked
    assert stranger.pid not in looked


def test_two_stages_have_shares_of_their_own(start):
    """Stages side by side are told apart; one that is not asked for any more is forgotten."""
    one, two = start(WAIT), start(WAIT)
    trees = ProcessTrees()
    shares = trees.shares({"one": [one.pid], "two": [two.pid]}, {one.pid: 5, 1: 7})
    assert (shares["one"].pids, shares["two"].pids) == ((one.pid,), (two.pid,))
    assert (shares["one"].gpu_memory, shares["two"].gpu_memory) == (5, 0)
    assert list(trees.shares({"two": [two.pid]})) == ["two"]
    assert trees.shares({}) == {}


def test_a_new_root_of_a_known_stage_joins(start):
    """A new attempt of the same stage is found although its process was listed before."""
    one, two = start(WAIT), start(WAIT)
    trees = ProcessTrees()
    trees.shares({"a": [one.pid]})
    assert trees.shares({"a": [two.pid, one.pid]})["a"].pids == tuple(sorted((one.pid, two.pid)))


def test_work_is_seen_in_percent_of_a_core(start):
    """A busy child shows CPU; the first sample has none, for there was no interval."""
    busy = start("while True: pass")
    trees = ProcessTrees()
    first = trees.shares({"a": [busy.pid]})["a"]
    assert (first.cpu, first.processes[0].cpu) == (None, None)
    until(lambda: (trees.shares({"a": [busy.pid]})["a"].cpu or 0) > 20)


def test_a_root_that_ended_leaves_an_empty_share(start):
    """A stage whose processes are all gone has an empty tree, and a pid that never was is no error."""
    child = start(WAIT)
    trees = ProcessTrees()
    trees.shares({"a": [child.pid]})
    child.kill()
    child.wait()
    share = trees.shares({"a": [child.pid, 2**22 + 5]})["a"]
    assert (share.processes, share.rss) == ((), 0)


def test_the_command_follows_exec(start):
    """A process that becomes another program shows that program's command soon."""
    become = "import os, sys; sys.stdin.readline(); os.execvp('sleep', ['sleep', '599'])"
    child = start(become)
    trees = ProcessTrees()
    assert "execvp" in trees.shares({"a": [child.pid]})["a"].processes[0].command
    child.stdin.write("\n")
    child.stdin.flush()
    until(lambda: trees.shares({"a": [child.pid]})["a"].processes[0].command == "sleep 599")


def stat(ppid: int, *, own: int = 0, waited: int = 0, start: int = 1) -> ProcessStat:
    return ProcessStat(b"x", "S", ppid, own, own + waited, 1, start, 4096)


def plant(pid: int, first: ProcessStat) -> _Tree:
    tree = _Tree()
    module._plant(tree, frozenset([pid]), {pid: first})
    return tree


def test_work_of_children_that_came_and_went_is_counted():
    """Time of a child that no sample ever saw stands in its parent's record, and so in the tree's."""
    tree = plant(10, stat(1, own=100, waited=500))
    tree.share(0.0, None)
    tree.keep({10: stat(1, own=110, waited=590)}.get)
    assert tree.share(1.0, None).cpu == pytest.approx(100 * 100 / os.sysconf("SC_CLK_TCK"))


def test_a_child_that_ends_is_not_counted_twice():
    """Its time moves to its parent's record: what was counted before is not counted again."""
    tree = plant(10, stat(1))
    tree.adopt({11: stat(10, own=40)}, old=False)
    tree.share(0.0, None)
    tree.keep({10: stat(1, waited=50)}.get)
    assert tree.share(1.0, None).cpu == pytest.approx(100 * 10 / os.sysconf("SC_CLK_TCK"))


def test_a_child_that_nobody_waited_for_takes_nothing_from_the_others():
    """When its time is lost with it the others' work still counts, and nothing is below zero."""
    tree = plant(10, stat(1))
    tree.adopt({11: stat(10, own=1000)}, old=False)
    tree.share(0.0, None)
    tree.keep({10: stat(1, own=20)}.get)
    assert tree.share(1.0, None).cpu == pytest.approx(100 * 20 / os.sysconf("SC_CLK_TCK"))


def test_a_pid_given_out_anew_is_no_member():
    """Another start time is another process, whatever its number."""
    tree = plant(10, stat(1, start=5))
    tree.keep({10: stat(1, start=6)}.get)
    assert tree.share(0.0, None).processes == ()


def test_descendants_join_whatever_the_order_of_their_numbers():
    """After pids wrapped around, children have lower numbers than their parents."""
    tree = plant(5000, stat(1))
    tree.adopt({300: stat(301), 301: stat(4999), 4999: stat(5000), 77: stat(76)}, old=False)
    assert tree.share(0.0, None).pids == (300, 301, 4999, 5000)


def test_everything_is_looked_at_again_now_and_then(start, monkeypatch):
    """Every half minute all processes are read, which heals what a reused pid could hide."""
    child, clock = start(WAIT), Clock()
    trees = ProcessTrees(clock)
    trees.shares({"a": [child.pid]})
    looked = []
    monkeypatch.setattr(module, "read_stat", lambda pid: looked.append(int(pid)) or read_stat(pid))
    clock.now += 29
    trees.shares({"a": [child.pid]})
    assert os.getpid() not in looked
    clock.now += 2
    trees.shares({"a": [child.pid]})
    assert os.getpid() in looked


@given(st.binary(max_size=15).filter(lambda name: b"\0" not in name))
def test_no_name_breaks_the_reading(name):
    """A process may call itself anything, `) R 1 (` too, and is read right."""
    line = b"42 (%s) S 7 42 42 0 -1 4194304 1 2 3 4 11 22 33 44 20 0 9 0 12345 1000 250 184 1 1 0 0" % name
    read = parse_stat(line)
    assert (read.name, read.state, read.ppid, read.own, read.tree) == (name, "S", 7, 33, 110)
    assert (read.threads, read.start_time, read.rss) == (9, 12345, 250 * os.sysconf("SC_PAGE_SIZE"))


def test_what_is_not_there_is_none(tmp_path):
    """Files and processes that are gone, and folders, give None."""
    assert read_bytes(str(tmp_path / "gone")) is None
    assert read_bytes(str(tmp_path)) is None
    assert read_stat(2**22 + 5) is None


def test_a_process_without_a_command_line_is_named_in_brackets():
    """As ps does for what shows no command line."""
    assert command_line(2**22 + 5, b"kthr\xff") == "[kthr�]"
