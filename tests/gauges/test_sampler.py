"""The sampler: one sample of everything, its history, its record, and memory left behind."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import msgspec
import pytest

from autotrain_tui.gauges.gpus import Gpus
from autotrain_tui.gauges.history import GaugeHistory, values
from autotrain_tui.gauges.proc import LINUX
from autotrain_tui.gauges.recorder import GaugeColumns, GaugeFile, encode
from autotrain_tui.gauges.sample import (
    CpuSample,
    DiskSample,
    GpuProcess,
    GpuReading,
    GpuSample,
    MachineSample,
    MemorySample,
    NetSample,
    StageShare,
)
from autotrain_tui.gauges.sampler import Sampler
from autotrain_tui.gauges.vendor import VendorReading

from .conftest import until
from .test_watch import Clock, Source

linux = pytest.mark.skipif(not LINUX, reason="reads /proc")


def machine(time: float = 1.0, *, cpu: float | None = 12.345, gpus: tuple[GpuSample, ...] = (), **stages: StageShare):
    return MachineSample(
        time,
        CpuSample(cpu, (cpu,) if cpu else (), (0.5, 1.0, 2.0), 1),
        MemorySample(5 << 30, 16 << 30, 0, 0),
        DiskSample(100 << 30, 200 << 30, None, 1234.5, "sda"),
        NetSample(10.0, 20.0),
        GpuReading(gpus, None if gpus else "no GPU found (NVML: no devices)", 1.0),
        stages,
    )


@pytest.fixture
def source():
    return Source(VendorReading((GpuSample(vendor="nvidia", index=0, utilisation=50.0),)))


@pytest.fixture
def sampler(tmp_path, source):
    """A sampler with a clock and one GPU of the test's own."""
    clock = Clock()
    with Sampler(tmp_path, 1.0, gpus=Gpus({"NVML": source}, clock=clock), clock=clock) as opened:
        opened.clock = clock
        yield opened


def test_one_sample_holds_everything(sampler):
    """CPU, memory, disk, network, GPUs and the stage's share come together."""
    sampler.ask()
    until(lambda: sampler.gpu().time is not None)
    sample = sampler.sample({"one": [os.getpid()]})
    assert sample.time == sampler.clock.now
    assert None not in (sample.cpu, sample.memory, sample.disk, sample.net)
    assert sample.gpu.gpus[0].utilisation == 50.0
    assert os.getpid() in sample.stages["one"].pids


def test_a_silent_driver_does_not_hold_the_sample_up(sampler, source):
    """While the driver hangs the sample is there at once, with the reason in the GPUs' place."""
    source.gate.clear()
    assert sampler.sample().gpu.reason == "no data yet"
    sampler.clock.now += 8
    sample = sampler.sample()
    assert sample.gpu.reason == "no data: NVML has not answered for 8 s"
    assert sample.cpu is not None
    source.gate.set()


def test_asked_again_too_soon_it_answers_the_same(sampler):
    """Two viewers of one sampler don't spoil each other's intervals; another stage is worth a new sample."""
    first = sampler.sample()
    sampler.clock.now += 0.4
    assert sampler.sample() is first
    assert sampler.sample({"one": [os.getpid()]}) is not first
    sampler.clock.now += 0.6
    assert sampler.sample({"one": [os.getpid()]}).time == sampler.clock.now


def test_history_is_bounded_and_forgets_what_is_gone():
    """Each gauge keeps its last points; a stage that ended leaves when its points have aged."""
    history = GaugeHistory(3)
    share = StageShare((), 50.0, 1 << 20, 1, None)
    history.add(machine(1.0, one=share))
    for time in (2.0, 3.0):
        history.add(machine(time))
    assert history.points("stage.one.cpu") == ((1.0, 50.0),)
    assert "stage.one.cpu" in history.names()
    history.add(machine(4.0, cpu=None))
    assert history.points("stage.one.cpu") == ()
    assert history.points("cpu") == ((2.0, 12.345), (3.0, 12.345), (4.0, None))


def test_the_sampler_keeps_curves(sampler):
    """After two samples each gauge has two points at the samples' times."""
    sampler.sample()
    sampler.clock.now += 1
    sampler.sample()
    assert [time for time, _ in sampler.history("memory")] == [100.0, 101.0]
    assert "disk.free" in sampler.gauges()


def test_gpus_of_two_makers_have_names_of_their_own():
    """NVIDIA's are gpu0 and on, AMD's amd0 and on: both count from 0."""
    gpus = GpuSample(vendor="nvidia", index=0, power=99.0), GpuSample(vendor="amd", index=0, power=11.0)
    named = dict(values(machine(gpus=gpus)))
    assert (named["gpu0.power"], named["amd0.power"]) == (99.0, 11.0)


@pytest.mark.process
@linux
def test_memory_left_behind_is_named(sampler, source):
    """After a stage's end what its processes still hold is told with pid and command; strangers are not accused."""
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    gone = 2**22 + 5
    try:
        sampler.sample({"one": [child.pid]})
        holders = (GpuProcess(child.pid, 7 << 30), GpuProcess(os.getpid(), 1 << 30), GpuProcess(gone, 5))
        source.reading = VendorReading((GpuSample(vendor="nvidia", index=0, processes=holders),))
        ended = sampler.clock.now
        until(lambda: sampler.gpu().time is not None)
        assert sampler.leaked("one", since=ended) == ()  # the answer is older than the end
        sampler.clock.now += 1
        sampler.ask()
        until(lambda: sampler.gpu().time > ended)
        (leak,) = sampler.leaked("one", since=ended)
        assert (leak.pid, leak.memory, leak.alive, leak.gpu.index) == (child.pid, 7 << 30, True, 0)
        assert "sys.stdin.read" in leak.command
    finally:
        child.communicate()
    # only the driver still knows it
    assert [leak.alive for leak in sampler.leaked("one")] == [False]
    assert sampler.leaked("two") == ()
    sampler.forget("one")
    assert sampler.leaked("one") == ()


def test_a_line_is_small_and_holds_what_is_known():
    """A record is one JSON object a line; unknown values are left out, sizes are whole bytes."""
    gpu = GpuSample(vendor="nvidia", index=0, utilisation=98.0, memory_used=61 << 30)
    line = encode(machine(gpus=(gpu,), one=StageShare((), 212.34, 3 << 30, 30, 58 << 30)), 1700000000.1239)
    assert line.endswith(b"\n")
    assert len(line) < 400
    record = msgspec.json.decode(line)
    assert (record["t"], record["m"]) == (1700000000.124, 1.0)
    assert record["v"]["gpu0.memory"] == 61 << 30
    assert record["v"]["cpu"] == 12.35
    assert "disk.read" not in record["v"]
    assert "why" not in record


def test_recorded_samples_come_back_as_columns(tmp_path):
    """Columns are as long as time, NaN where a gauge was not there, and follow a growing file."""
    path = tmp_path / "gauges.jsonl"
    columns = GaugeColumns(path)
    assert columns.read() == 0
    recorder = GaugeFile(path)
    recorder.write(machine(1.0, cpu=None), 100.0)
    recorder.write(machine(2.0, one=StageShare((), 50.0, 1, 1, None)), 110.0)
    assert columns.read() == 2
    recorder.write(machine(3.0), 120.0)
    assert (columns.read(), columns.read()) == (1, 0)
    recorder.close()
    assert list(columns.time) == [100.0, 110.0, 120.0]
    assert {len(column) for column in columns.columns.values()} == {3}
    assert math.isnan(columns.columns["cpu"][0])
    assert [math.isnan(value) for value in columns.columns["stage.one.cpu"]] == [True, False, True]
    assert columns.reason == "no GPU found (NVML: no devices)"
    assert path.stat().st_mode & 0o777 == 0o600


def test_torn_and_damaged_lines_cost_only_themselves(tmp_path):
    """A line cut by a crash is skipped, also when a next runner wrote on; half a line waits for its rest."""
    path = tmp_path / "gauges.jsonl"
    whole = encode(machine(), 100.0)
    path.write_bytes(whole + b'{"t": 1, "m"')
    recorder = GaugeFile(path)
    recorder.write(machine(), 110.0)
    recorder.close()
    with path.open("ab") as file:
        file.write(b"\xff\xfe\n" + b'{"t": "no number", "m": 1, "v": {}}\n[]\n\n' + whole[:30])
    columns = GaugeColumns(path)
    assert columns.read() == 2
    with path.open("ab") as file:
        file.write(whole[30:])
    assert columns.read() == 1
    assert list(columns.time) == [100.0, 110.0, 100.0]


def test_a_full_disk_tears_at_most_one_line(tmp_path, monkeypatch):
    """After a write that was cut short the next record begins on a line of its own."""
    path = tmp_path / "gauges.jsonl"
    recorder, write = GaugeFile(path), os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:10]))
    recorder.write(machine(), 100.0)
    monkeypatch.undo()
    recorder.write(machine(), 110.0)
    recorder.close()
    columns = GaugeColumns(path)
    assert columns.read() == 1
    assert list(columns.time) == [110.0]


def test_a_link_in_the_records_place_is_not_followed(tmp_path):
    """The record is never written through a link."""
    (tmp_path / "gauges.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        GaugeFile(tmp_path / "gauges.jsonl")
    assert not (tmp_path / "elsewhere").exists()
