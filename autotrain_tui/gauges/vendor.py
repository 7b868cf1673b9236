"""What one vendor's driver answers, before the answers are put together."""

from __future__ import annotations

import msgspec

from autotrain_tui.gauges.sample import GpuSample

__all__ = ["VendorReading"]


class VendorReading(msgspec.Struct, frozen=True):
    """One vendor's GPUs; `absent` tells "there are none" from "they do not answer", `reason` says which and why."""

    gpus: tuple[GpuSample, ...] = ()
    reason: str | None = None
    absent: bool = False
