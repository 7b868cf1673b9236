"""What an attempt took of the machine. The kernel's figures are exact; the others are the highest of samples."""

import msgspec

__all__ = ["Usage"]


class Usage(msgspec.Struct, frozen=True):
    """Bytes and seconds; None is unknown."""

    cpu_seconds: float | None = None
    """Of the command's process and of the children that it waited for, as the kernel counts."""
    max_rss_bytes: int | None = None
    """The most that one of these processes had in memory, as the kernel counts; `/usr/bin/time` says the same."""
    memory_peak_bytes: int | None = None
    """The most of the whole process tree in a sample; memory that processes share counts once for each."""
    gpu_memory_peak_bytes: int | None = None
    """The most on one GPU in a sample."""
    gpu_use_mean: float | None = None
    """Percent, the mean over samples and over the GPUs that it had memory on."""
    gpu_memory_declared_bytes: int | None = None
    """`gpu_memory_gib` of its stage."""
