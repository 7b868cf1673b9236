"""CPU, memory, disk and network: against psutil where it says the same, and on their own parsing."""

from __future__ import annotations

import shutil

import psutil
import pytest

from autotrain_tui.gauges import system
from autotrain_tui.gauges.disk import Disk, find_mount
from autotrain_tui.gauges.portable import PortableSystem, PortableTrees
from autotrain_tui.gauges.proc import LINUX
from autotrain_tui.gauges.rates import Rates
from autotrain_tui.gauges.system import open_system

from .conftest import until
from .test_watch import Clock

linux = pytest.mark.skipif(not LINUX, reason="reads /proc")


@pytest.fixture
def machine(tmp_path):
    opened = open_system(str(tmp_path))
    yield opened
    opened.close()


def test_the_first_cpu_sample_has_no_percent(machine):
    """Percent needs an interval: None and empty at first, then one value for all and one for each core."""
    first = machine.cpu()
    assert (first.percent, first.cores) == (None, ())
    assert first.count == psutil.cpu_count()

    later = []
    until(lambda: later.append(machine.cpu()) or (later[-1].percent or 0) > 0)
    assert len(later[-1].cores) == first.count
    assert all(0 <= core <= 100 for core in later[-1].cores)


def test_memory_is_what_psutil_says(machine):
    """Total and swap to the byte; used as total minus available."""
    ours, theirs, swap = machine.memory(), psutil.virtual_memory(), psutil.swap_memory()
    assert (ours.total, ours.swap_total) == (theirs.total, swap.total)
    assert abs(ours.used - (theirs.total - theirs.available)) < 1 << 30


def test_disk_room_is_what_the_system_says(machine, tmp_path):
    """Total to the byte, and free of what an ordinary user may take."""
    ours, theirs = machine.disk(), shutil.disk_usage(tmp_path)
    assert ours.total == theirs.total
    assert abs(ours.free - theirs.free) < 1 << 30


def test_a_folder_that_is_gone_has_no_disk(tmp_path):
    """A path that can't be asked gives no sample and raises nothing."""
    assert Disk(str(tmp_path / "missing")).sample() is None


def test_network_rates_need_an_interval(machine):
    """None first, rates not below zero then."""
    assert machine.net().received_rate is None
    second = machine.net()
    assert second.received_rate >= 0
    assert second.sent_rate >= 0


@linux
def test_a_core_switched_off_in_between_gives_no_percent(machine, monkeypatch):
    """When the number of cores changes the lines can't be compared: unknown, not wrong."""
    lines = iter([b"cpu  10 0 0 10 0 0 0 0 0 0\ncpu0 5 0 0 5 0 0 0 0 0 0\ncpu1 5 0 0 5 0 0 0 0 0 0\nintr 1\n",
                  b"cpu  20 0 0 20 0 0 0 0 0 0\ncpu0 20 0 0 20 0 0 0 0 0 0\nintr 1\n",
                  b"cpu  50 0 0 30 0 0 0 0 0 0\ncpu0 50 0 0 30 0 0 0 0 0 0\nintr 1\n"])  # fmt: skip
    monkeypatch.setattr(machine, "_read", lambda path: next(lines) if path == "/proc/stat" else None)
    samples = [machine.cpu() for _ in range(3)]
    assert [(sample.percent, sample.count) for sample in samples] == [(None, 2), (None, 1), (75.0, 1)]
    assert samples[0].load is None


@linux
def test_waiting_for_a_disk_is_idle_and_never_negative():
    """iowait counts as idle, and a counter that runs backwards gives 0 and not less."""
    old = system._busy_and_total(b"cpu0 100 0 100 1000 500 0 0 0 0 0")
    new = system._busy_and_total(b"cpu0 110 0 110 1040 540 0 0 0 0 0")
    assert system._percent(old, new) == 20.0
    assert system._percent(new, old) == 0.0


@linux
def test_unreadable_files_give_no_sample(machine, monkeypatch):
    """Where /proc is closed to us, as in some containers, gauges are absent and nothing raises."""
    monkeypatch.setattr(machine, "_read", lambda path: None)
    assert (machine.cpu(), machine.memory(), machine.net()) == (None, None, None)


@linux
def test_bridges_and_tunnels_are_not_counted_twice(machine, monkeypatch):
    """Only devices with hardware behind them count; where there are none, all but loopback."""
    head = b"Inter-|   Receive\n face |bytes\n"
    rows = [head + b"    lo: %d 0 0 0 0 0 0 0 %d 0\n  eth0: %d 0 0 0 0 0 0 0 %d 0\n veth1:%d 0 0 0 0 0 0 0 %d 0\n" % n
            for n in ((0,) * 6, (9, 9, 1000, 500, 1000, 500))]  # fmt: skip
    clock = Clock()
    machine._net = Rates(clock)
    monkeypatch.setattr(machine, "_read", lambda path: rows[0])
    monkeypatch.setattr(system, "_real", lambda names: names - {b"lo", b"veth1"})
    machine.net()
    clock.now += 2
    monkeypatch.setattr(machine, "_read", lambda path: rows[1])
    sample = machine.net()
    assert (sample.received_rate, sample.sent_rate) == (500.0, 250.0)


def test_rates_survive_counters_that_restart_and_names_that_come_and_go():
    """A counter set back counts as still; a new name counts from its second look."""
    clock = Clock()
    rates: Rates[str] = Rates(clock)
    assert rates.since({"a": (100, 100)}) is None
    assert rates.since({"a": (200, 100)}) is None  # no time has passed
    clock.now += 10
    assert rates.since({"a": (300, 50), "b": (1000, 1000)}) == (10.0, 0.0)
    clock.now += 10
    assert rates.since({"b": (1500, 1100)}) == (50.0, 10.0)


TABLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard
30 27 0:50 / /home rw - nfs4 server:/home rw
31 27 0:51 / /data\040sets rw - btrfs /dev/sdb rw
32 27 8:1 / /home/me/fast rw - xfs /dev/sda1 rw
33 27 0:60 / /mnt/s3 rw - fuse.s3fs s3fs rw
torn line
"""


@pytest.mark.parametrize(
    ("path", "number", "kind", "remote"),
    [
        ("/", "254:1", "ext4", False),
        ("/homework", "254:1", "ext4", False),
        ("/home/me", "0:50", "nfs4", True),
        ("/home/me/fast/x", "8:1", "xfs", False),
        ("/data sets/y", "0:51", "btrfs", False),
        ("/mnt/s3/z", "0:60", "fuse.s3fs", True),
    ],
)
def test_a_path_belongs_to_the_longest_mount_point_above_it(path, number, kind, remote):
    """Names that only begin alike, blanks in mount points and nested mounts all resolve."""
    mount = find_mount(path, TABLE)
    assert (mount.number, mount.kind, mount.remote) == (number, kind, remote)


def test_no_table_no_mount():
    """Where the table of mounts is empty there is no mount, and no error."""
    assert find_mount("/", b"") is None


def test_a_disk_of_the_network_is_never_waited_for(tmp_path, monkeypatch):
    """Room on a network file system comes from a thread: nothing at first, then the answer."""
    monkeypatch.setattr("autotrain_tui.gauges.disk.find_mount", lambda path: find_mount("/home/me", TABLE))
    disk = Disk(str(tmp_path))
    samples = []
    until(lambda: samples.append(disk.sample()) or samples[-1])
    assert samples[-1].total == shutil.disk_usage(tmp_path).total
    assert (samples[-1].read_rate, samples[-1].device) == (None, None)
    disk.close()


def test_psutil_gives_the_same_where_there_is_no_proc(tmp_path):
    """The portable gauges answer in the same types and units."""
    machine = PortableSystem(str(tmp_path))
    assert machine.cpu().percent is None
    assert machine.memory().total == psutil.virtual_memory().total
    assert machine.disk().total == shutil.disk_usage(tmp_path).total
    assert machine.net().sent_rate is None
    assert machine.cpu().count == psutil.cpu_count()
    machine.close()


def test_psutil_finds_the_same_tree():
    """The portable trees hold this very process, with CPU from the second sample on."""
    me = psutil.Process().pid
    trees = PortableTrees()
    first = trees.shares({"s": [me, 2**22 + 1]}, {me: 5})["s"]
    assert me in first.pids
    assert (first.cpu, first.gpu_memory) == (None, 5)
    until(lambda: (trees.shares({"s": [me]})["s"].cpu or 0) > 0)
