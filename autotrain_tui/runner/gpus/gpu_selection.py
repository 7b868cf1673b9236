"""Which GPUs a stage may take, most free memory first, and the variables for its command. Pure: no files, no driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from autotrain_tui.gauges.sample import GpuReading, GpuSample

__all__ = ["GpuChoice", "GpusUnavailable", "choose"]

_FREE_SHARE: Final = 0.5
"""A GPU with a smaller share of its memory free is in use: a desktop takes a tenth, a training program nearly all."""


@dataclass(frozen=True, slots=True)
class GpusUnavailable:
    """No GPUs now; `reason` is one sentence for a person. `hopeless`: waiting can't help on this machine."""

    reason: str
    hopeless: bool = False


@dataclass(frozen=True, slots=True)
class GpuChoice:
    """GPUs that may be leased, most free memory first; why others may not; all of the vendor's in PCI order."""

    usable: tuple[GpuSample, ...]
    obstacles: tuple[str, ...]
    ordered: tuple[GpuSample, ...]

    def environment(self, gpus: Sequence[GpuSample]) -> dict[str, str]:
        """The variables that make only these GPUs visible to a command.

        By number in PCI order, which CUDA does not use unless told to: it puts the fastest first by default
        (CUDA C programming guide, environment variables; for HIP: ROCm, GPU isolation techniques).
        """
        numbers = ",".join(str(number) for number, gpu in enumerate(self.ordered) if gpu in gpus)
        if self.ordered and self.ordered[0].vendor == "amd":
            return {"HIP_VISIBLE_DEVICES": numbers}
        return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": numbers}


def choose(
    reading: GpuReading, count: int, environ: Mapping[str, str], memory: int | None = None
) -> GpuChoice | GpusUnavailable:
    """The GPUs for a stage that wants `count`, or why there can't be enough.

    NVIDIA's where there are any, else AMD's. A CUDA_VISIBLE_DEVICES (HIP_VISIBLE_DEVICES) of our own environment, as
    a cluster's scheduler sets it, is a limit that we keep. `memory`: bytes that must be free on each of them; without
    it, half of a GPU's memory must be.
    """
    if not reading.gpus or reading.time is None:
        return GpusUnavailable(reading.reason or "no data yet", hopeless=reading.absent)
    vendor = "nvidia" if any(gpu.vendor == "nvidia" for gpu in reading.gpus) else "amd"
    ordered = _in_pci_order([gpu for gpu in reading.gpus if gpu.vendor == vendor])
    variable = "CUDA_VISIBLE_DEVICES" if vendor == "nvidia" else "HIP_VISIBLE_DEVICES"
    allowed = _allowed(ordered, environ.get(variable))
    if len(allowed) < count:
        whose = "this machine has" if len(allowed) == len(ordered) else f"{variable} leaves us"
        return GpusUnavailable(f"wants {count} GPU{'s' * (count > 1)}, {whose} {len(allowed)}", hopeless=True)
    if memory is not None and sum(gpu.memory_total is None or gpu.memory_total >= memory for gpu in allowed) < count:
        return GpusUnavailable(_too_small(allowed, count, memory), hopeless=True)
    obstacles = {gpu.index: obstacle for gpu in allowed if (obstacle := _obstacle(gpu, memory)) is not None}
    usable = sorted((gpu for gpu in allowed if gpu.index not in obstacles), key=_freest)
    return GpuChoice(tuple(usable), tuple(obstacles.values()), ordered)


def _in_pci_order(gpus: Sequence[GpuSample]) -> tuple[GpuSample, ...]:
    known = all(gpu.pci is not None for gpu in gpus)
    return tuple(sorted(gpus, key=lambda gpu: ((gpu.pci or "").upper() if known else "", gpu.index)))


def _allowed(ordered: Sequence[GpuSample], limit: str | None) -> tuple[GpuSample, ...]:
    """The GPUs that a visibility variable names, by number or by the beginning of the UUID.

    As in CUDA, the list ends at the first word that names none.
    """
    if limit is None:
        return tuple(ordered)
    allowed: list[GpuSample] = []
    for word in limit.split(","):
        gpu = _named(ordered, word.strip())
        if gpu is None:
            break
        if gpu not in allowed:
            allowed.append(gpu)
    return tuple(allowed)


def _named(ordered: Sequence[GpuSample], word: str) -> GpuSample | None:
    if word.isdecimal():
        return ordered[int(word)] if int(word) < len(ordered) else None
    matches = [gpu for gpu in ordered if word and gpu.uuid is not None and gpu.uuid.startswith(word)]
    return matches[0] if len(matches) == 1 else None


def _obstacle(gpu: GpuSample, memory: int | None) -> str | None:
    """Why a GPU may not be taken; None if it may. Memory that the driver does not report counts as free."""
    if gpu.reason is not None:
        return f"GPU {gpu.index}: {gpu.reason}"
    used, total = gpu.memory_used, gpu.memory_total
    wanted = _FREE_SHARE * total if memory is None and total is not None else memory
    if used is None or total is None or wanted is None or total - used >= wanted:
        return None
    where = f"GPU {gpu.index} has {used / 2**30:.1f} of {total / 2**30:.1f} GiB in use"
    return where if memory is None else f"{where}, and {memory / 2**30:g} GiB are declared"


def _too_small(allowed: Sequence[GpuSample], count: int, memory: int) -> str:
    """Why no wait can help: too few GPUs are as large as declared."""
    largest = max((gpu.memory_total for gpu in allowed if gpu.memory_total is not None), default=0)
    return (
        f"wants {count} GPU{'s' * (count > 1)} with {memory / 2**30:g} GiB (gpu_memory_gib), "
        f"and the largest has {largest / 2**30:.1f} GiB"
    )


def _freest(gpu: GpuSample) -> tuple[float, int]:
    """The most free memory first; unknown last; the lower number of equals."""
    return -float(gpu.memory_free if gpu.memory_free is not None else -1), gpu.index
