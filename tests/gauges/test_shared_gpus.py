"""Trials of one search that share a GPU: what fits, and how long the lease holds."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from autotrain_tui.gauges.sample import GpuReading
from autotrain_tui.runner.gpus.allocator import GpuAllocator
from autotrain_tui.runner.gpus.gpu_selection import GpusUnavailable
from autotrain_tui.runner.gpus.leases import GpuLeases, Lease

from .test_gpu_choice import gpu, reading

GIB = 2**30


class Machine:
    """A GPU of 80 GiB, of which `used` GiB are taken, and the leases of a session on it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.used = 1.0
        self.leases = GpuLeases(folder / "run", {})
        self.allocator = GpuAllocator("session")
        gpus = SimpleNamespace(reading=self.reading, ask=lambda: None)
        monkeypatch.setattr(self.allocator, "_open", lambda: (gpus, self.leases))
        self.folder = folder

    def reading(self) -> GpuReading:
        return reading(gpu(0, self.used))

    def free(self) -> bool:
        """Whether another session could have the GPU."""
        lease = GpuAllocator("another")
        lease._open = lambda: (SimpleNamespace(reading=self.reading, ask=lambda: None), self.leases)  # type: ignore[method-assign]
        found = lease.claim("x", 1, self.folder / "x", 1)
        lease.release("x")
        return isinstance(found, Lease)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_trials_share_a_gpu_while_their_memory_fits(machine: Machine, tmp_path: Path) -> None:
    """What trials take counts from their start, before it is measured; the next one waits with the reason."""
    take, allocator = 30 * GIB, machine.allocator
    first = allocator.claim("a", 1, tmp_path / "a", take)
    assert isinstance(first, Lease)
    assert isinstance(allocator.claim("b", 1, tmp_path / "b", take), GpusUnavailable)
    second = allocator.share("b", tmp_path / "b", {"a": take}, take)
    assert isinstance(second, Lease)
    assert second.environment == first.environment
    third = allocator.share("c", tmp_path / "c", {"a": take, "b": take}, take)
    assert isinstance(third, GpusUnavailable)
    assert third.reason == "waits for GPU memory: 30.0 GiB more do not fit on the GPU of b"
    small = allocator.share("c", tmp_path / "c", {"a": take, "b": take}, 10 * GIB)
    assert isinstance(small, Lease)


def test_what_others_take_of_the_gpu_counts_too(machine: Machine, tmp_path: Path) -> None:
    """The larger of what is measured and what the trials take decides."""
    assert isinstance(machine.allocator.claim("a", 1, tmp_path / "a", GIB), Lease)
    machine.used = 60.0
    refused = machine.allocator.share("b", tmp_path / "b", {"a": GIB}, 20 * GIB)
    assert isinstance(refused, GpusUnavailable)
    assert isinstance(machine.allocator.share("b", tmp_path / "b", {"a": GIB}, 19 * GIB), Lease)


def test_a_shared_gpu_is_free_when_the_last_trial_has_ended(machine: Machine, tmp_path: Path) -> None:
    """The end of the one that leased it does not take it from the others."""
    machine.allocator.claim("a", 1, tmp_path / "a", GIB)
    machine.allocator.share("b", tmp_path / "b", {"a": GIB}, GIB)
    machine.allocator.release("a")
    assert not machine.free()
    machine.allocator.release("b")
    assert machine.free()


def test_trials_that_share_are_adopted_together(machine: Machine, tmp_path: Path) -> None:
    """The next runner has one lease for both, so that the end of one leaves it to the other."""
    lease = machine.allocator.claim("a", 1, tmp_path / "a", GIB)
    assert isinstance(lease, Lease)
    machine.allocator.share("b", tmp_path / "b", {"a": GIB}, GIB)
    assert lease.covers(str(tmp_path / "a"))
    assert lease.covers(str(tmp_path / "b"))
    machine.allocator.retake("b", tmp_path / "b")
    machine.allocator.release("a")
    assert not machine.free()
