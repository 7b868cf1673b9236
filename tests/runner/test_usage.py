"""What an attempt took of the machine: the kernel's figures, the samples' peaks, and what is said of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec import to_builtins

from autotrain_tui.gauges.recorder import GaugeFile
from autotrain_tui.gauges.sample import GpuProcess, GpuReading, GpuSample, MachineSample, ProcessSample, StageShare
from autotrain_tui.runner.attempt.usage_meter import UsageMeter
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.history.usage_text import usage_text
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.session.records.usage import Usage

from .rig import python, session

GIB = 1 << 30
PROGRAM = """
import time
held = bytearray(80 << 20)
held[::4096] = b"x" * len(held[::4096])
while time.process_time() < 0.6:
    pass
"""


def share(*sizes: float) -> StageShare:
    processes = tuple(
        ProcessSample(100 + at, 1, at, "train", "R", 100.0, int(size * GIB), 1) for at, size in enumerate(sizes)
    )
    return StageShare(processes, 100.0, sum(process.rss for process in processes), len(processes), None)


def gpu(index: int, use: float | None, *held: tuple[int, float | None]) -> GpuSample:
    processes = tuple(GpuProcess(pid, int(size * GIB) if size is not None else None) for pid, size in held)
    return GpuSample(vendor="nvidia", index=index, utilisation=use, processes=processes)


def test_the_peaks_are_those_of_its_own_processes():
    """The most of the tree, the most on one GPU, and the mean use of the GPUs that it has memory on."""
    meter = UsageMeter(18 * GIB)
    meter.see(share(1, 2), [gpu(0, 50.0, (100, 4.0), (101, 4.8), (7, 30.0)), gpu(1, 99.0, (7, 30.0))])
    meter.see(share(1), [gpu(0, 90.0, (100, 4.0)), gpu(1, 99.0)])
    found = meter.usage(Exit(exit_code=0, cpu_seconds=30.0, max_rss_bytes=2 * GIB))
    assert found == Usage(30.0, 2 * GIB, 3 * GIB, int(4.0 * GIB) + int(4.8 * GIB), 70.0, 18 * GIB)
    assert usage_text(to_builtins(found), 60.0) == (
        "memory peak 3.0 GiB in all processes (largest process 2.0 GiB) · "
        "GPU memory peak 8.8 of 18 GiB declared: over-declared, 70 % used · processor time 30.0 s (50 %)"
    )


def test_what_is_not_known_is_not_claimed():
    """Without an exit record, samples and a declaration nothing is said; a driver that tells no sizes gives no peak."""
    meter = UsageMeter()
    assert meter.usage(None) is None
    meter.see(share(1), [gpu(0, 40.0, (100, None))])
    found = meter.usage(None)
    assert (found.gpu_memory_peak_bytes, found.gpu_use_mean) == (None, 40.0)
    assert usage_text(None, 3.0) == ""
    assert (
        usage_text(to_builtins(Usage(gpu_memory_declared_bytes=GIB)), 3.0) == "GPU memory peak unknown, 1 GiB declared"
    )
    more = Usage(gpu_memory_peak_bytes=2 * GIB, gpu_memory_declared_bytes=GIB)
    assert usage_text(to_builtins(more), 3.0) == "GPU memory peak 2.0 of 1 GiB declared: more than declared"


def test_another_runner_takes_the_peaks_from_the_record(tmp_path: Path):
    """What was recorded since the attempt's start counts, what was before does not."""
    file = GaugeFile(tmp_path / "gauges.jsonl")
    now = time.time()
    for moment, size in ((now - 100, 9), (now, 2), (now + 10, 3)):
        sample = MachineSample(moment, None, None, None, None, GpuReading(), {"a": share(size)})
        file.write(sample, moment)
    file.close()
    meter = UsageMeter()
    meter.restore(tmp_path / "gauges.jsonl", "a", now - 1)
    assert meter.usage(None).memory_peak_bytes == 3 * GIB


@pytest.mark.process
def test_a_real_stage_is_measured_by_the_kernel(tmp_path: Path):
    """Its memory and its processor time are in the record, and old journals without them load."""
    with session(tmp_path, {"name": "t", "stage": [{"name": "a", "command": python(PROGRAM)}]}) as rig:
        rig.start()
        view = rig.end()
    used = show(view)["stages"][0]["attempts"][0]["usage"]
    assert 80 << 20 < used["max_rss_bytes"] < 200 << 20
    assert 0.6 <= used["cpu_seconds"] < 5
