"""Which GPUs a stage may take, and what its command is told."""

from __future__ import annotations

import pytest

from autotrain_tui.gauges.sample import GpuReading, GpuSample
from autotrain_tui.runner.gpus.gpu_selection import GpuChoice, GpusUnavailable, choose

GIB = 1 << 30


def gpu(index: int, used: float | None, *, pci: str | None = None, vendor: str = "nvidia", reason: str | None = None):
    total = 80 * GIB if used is not None else None
    memory = int(used * GIB) if used is not None else None
    address = pci or f"00000000:{index + 1:02X}:00.0"
    return GpuSample(vendor=vendor, index=index, uuid=f"GPU-{index}", pci=address, memory_used=memory,
                     memory_total=total, reason=reason)  # fmt: skip


def reading(*gpus: GpuSample) -> GpuReading:
    return GpuReading(gpus, None, 1.0)


def order(choice: GpuChoice | GpusUnavailable) -> list[int]:
    assert isinstance(choice, GpuChoice)
    return [gpu.index for gpu in choice.usable]


def test_the_freest_come_first():
    """By measured free memory; of equals the lower number; those that tell no memory last."""
    assert order(choose(reading(gpu(0, 20), gpu(1, 3), gpu(2, None), gpu(3, 1), gpu(4, 3)), 1, {})) == [3, 1, 4, 0, 2]


def test_a_gpu_mostly_in_use_is_not_taken():
    """Less than half of the memory free is somebody's GPU, and the sentence says how much is in use."""
    choice = choose(reading(gpu(0, 61.2), gpu(1, 40)), 1, {})
    assert order(choice) == [1]
    assert choice.obstacles == ("GPU 0 has 61.2 of 80.0 GiB in use",)


def test_a_stage_that_declares_its_memory_waits_for_that_much():
    """A GPU of which a notebook holds half has no room for more than the other half, and has room for less."""
    given = reading(gpu(0, 40), gpu(1, 60))
    assert order(choose(given, 1, {}, 18 * GIB)) == [0, 1]
    choice = choose(given, 1, {}, 50 * GIB)
    assert order(choice) == []
    assert choice.obstacles[0] == "GPU 0 has 40.0 of 80.0 GiB in use, and 50 GiB are declared"


def test_a_stage_that_declares_more_than_a_gpu_has_never_waits():
    """No GPU will ever have that much memory: the sentence names the key and the largest."""
    assert choose(reading(gpu(0, 1), gpu(1, 1)), 1, {}, 96 * GIB) == GpusUnavailable(
        "wants 1 GPU with 96 GiB (gpu_memory_gib), and the largest has 80.0 GiB", hopeless=True
    )


def test_a_gpu_without_data_is_not_taken():
    """One that does not answer is left alone, and its reason told."""
    choice = choose(reading(gpu(0, None, reason="no data: GPU is lost"), gpu(1, 0)), 1, {})
    assert order(choice) == [1]
    assert choice.obstacles == ("GPU 0: no data: GPU is lost",)


@pytest.mark.parametrize(
    ("given", "waiting"),
    [
        (GpuReading(), GpusUnavailable("no data yet")),
        (
            GpuReading((), "no data: NVML has not answered for 12 s", None),
            GpusUnavailable("no data: NVML has not answered for 12 s"),
        ),
        (GpuReading((), "no GPU found (x)", 1.0, absent=True), GpusUnavailable("no GPU found (x)", hopeless=True)),
        (reading(gpu(0, 1)), GpusUnavailable("wants 2 GPUs, this machine has 1", hopeless=True)),
    ],
)
def test_why_there_are_none(given, waiting):
    """Not yet, no answer, none at all and too few are told apart; only the last two are without hope."""
    assert choose(given, 2, {}) == waiting


def test_numbers_are_those_of_the_pci_order():
    """CUDA's number of a GPU under PCI_BUS_ID is its place by address, not the driver's index."""
    choice = choose(reading(gpu(0, 1, pci="00000000:83:00.0"), gpu(1, 2, pci="00000000:0F:00.0"), gpu(2, 0)), 2, {})
    first, second, _ = choice.usable
    assert (first.index, second.index) == (2, 0)
    assert choice.environment([first, second]) == {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "0,2"}


def test_amd_is_told_in_its_own_words():
    """AMD's GPUs are taken where there are no NVIDIA ones, by HIP_VISIBLE_DEVICES."""
    choice = choose(reading(gpu(0, 5, vendor="amd"), gpu(1, 0, vendor="amd")), 1, {"CUDA_VISIBLE_DEVICES": "7"})
    assert choice.environment(choice.usable[:1]) == {"HIP_VISIBLE_DEVICES": "1"}
    mixed = choose(reading(gpu(0, 9), gpu(0, 0, vendor="amd")), 1, {})
    assert mixed.environment(mixed.usable) == {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "0"}


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [("1,2", [1, 2]), (" 2 , 0", [0, 2]), ("GPU-1", [1]), ("2,-1,0", [2]), ("1,1", [1]), ("1,9,0", [1])],
)
def test_a_limit_set_on_us_is_kept(limit, allowed):
    """What a cluster or a person made visible to us is all that we give away; as in CUDA a wrong word ends the list."""
    choice = choose(reading(gpu(0, 1), gpu(1, 1), gpu(2, 1)), 1, {"CUDA_VISIBLE_DEVICES": limit})
    assert order(choice) == allowed


@pytest.mark.parametrize("limit", ["", "-1", "GPU-", "none"])
def test_a_limit_that_names_nothing_leaves_nothing(limit):
    """An empty or wrong limit hides all GPUs, as it does for CUDA, and the sentence names the variable."""
    given = reading(gpu(0, 1), gpu(1, 1))
    assert choose(given, 1, {"CUDA_VISIBLE_DEVICES": limit}) == GpusUnavailable(
        "wants 1 GPU, CUDA_VISIBLE_DEVICES leaves us 0", True
    )
