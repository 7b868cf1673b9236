"""AMD GPUs, read from sysfs as the amdgpu driver shows them: no library needed.

Facts: docs.kernel.org/gpu/amdgpu/thermal.html and driver-misc.html. `root` stands for /sys, so that tests can
build one. Which process holds how much is told by the compute driver, amdkfd, where it is there
(`/sys/class/kfd/kfd/proc/PID/vram_GPUID`, drivers/gpu/drm/amd/amdkfd/kfd_process.c): graphics programs are not in it.
"""

from __future__ import annotations

import os
import re
from typing import Final

from autotrain_tui.gauges.proc import read_bytes
from autotrain_tui.gauges.sample import GpuProcess, GpuSample
from autotrain_tui.gauges.vendor import VendorReading

__all__ = ["AmdSource"]

_VENDOR: Final = b"0x1002"
_CARD: Final = re.compile(r"card\d+")
_KFD: Final = "class/kfd/kfd"


class AmdSource:
    """All AMD GPUs of this machine. A read may hang while the driver resets a card: only a Watch's thread measures."""

    def __init__(self, root: str = "/sys") -> None:
        self._root = root
        self._cards = self._find()

    def present(self) -> bool:
        """Whether there is an AMD card; reads only names, which no driver can delay."""
        return bool(self._cards)

    def measure(self) -> VendorReading:
        """Every AMD GPU now, in the order of their PCI addresses."""
        if not self._cards:
            return VendorReading(reason="no GPU found (no AMD card)", absent=True)
        held = _held(os.path.join(self._root, _KFD))
        return VendorReading(tuple(_sample(index, path, held) for index, path in enumerate(self._cards)))

    def close(self) -> None:
        """Do nothing: no resource is open."""

    def _find(self) -> list[str]:
        """The device folders of AMD's cards. Connectors (`card0-DP-1`) are not cards."""
        drm = os.path.join(self._root, "class/drm")
        try:
            names = os.listdir(drm)
        except OSError:
            return []
        folders = [os.path.join(drm, name, "device") for name in names if _CARD.fullmatch(name)]
        cards = [os.path.realpath(folder) for folder in folders if _word(folder, "vendor") == _VENDOR.decode()]
        return sorted(cards, key=os.path.basename)


def _sample(index: int, device: str, held: dict[str, list[GpuProcess]]) -> GpuSample:
    pci = os.path.basename(device)
    name = _word(device, "product_name") or f"AMD GPU {_word(device, 'device') or ''}".rstrip()
    # reading a sensor would wake a card that the kernel has suspended
    if _word(device, "power/runtime_status") == "suspended":
        return GpuSample(vendor="amd", index=index, name=name, pci=pci, reason="no data: the GPU is asleep")
    sensors = _sensors(device)
    busy = _number(device, "gpu_busy_percent")
    used, total = _number(device, "mem_info_vram_used"), _number(device, "mem_info_vram_total")
    power = _number(sensors, "power1_average")
    power = power if power is not None else _number(sensors, "power1_input")
    limit = _number(sensors, "power1_cap")
    temperature = _number(sensors, "temp1_input")
    clock, memory_clock = _number(sensors, "freq1_input"), _number(sensors, "freq2_input")
    processes = held.get(pci)
    silent = all(value is None for value in (busy, used, total, power, temperature))
    return GpuSample(
        vendor="amd",
        index=index,
        name=name,
        uuid=_word(device, "unique_id"),
        pci=pci,
        utilisation=float(busy) if busy is not None and busy <= 100 else None,
        memory_used=used,
        memory_total=total,
        temperature=temperature / 1000 if temperature is not None else None,
        power=power / 1e6 if power is not None else None,
        power_limit=limit / 1e6 if limit is not None else None,
        clock=clock // 1_000_000 if clock is not None else None,
        memory_clock=memory_clock // 1_000_000 if memory_clock is not None else None,
        processes=tuple(processes) if processes is not None else None,
        reason="no data: amdgpu shows no values" if silent else None,
    )


def _held(kfd: str) -> dict[str, list[GpuProcess]]:
    """Which processes hold memory of which card, by PCI address; a card unknown to the compute driver is left out."""
    held: dict[str, list[GpuProcess]] = {}
    names: dict[str, str] = {}  # file name in a process's folder: PCI address
    for node in _entries(os.path.join(kfd, "topology/nodes")):
        folder = os.path.join(kfd, "topology/nodes", node)
        gpu_id = _word(folder, "gpu_id")
        facts = dict(line.split(" ", 1) for line in (_word(folder, "properties") or "").splitlines() if " " in line)
        place = facts.get("location_id", "")
        if gpu_id in {None, "0"} or not place.isdecimal():  # 0: a processor
            continue
        pci = _address(int(facts["domain"]) if facts.get("domain", "").isdecimal() else 0, int(place))
        names[f"vram_{gpu_id}"] = pci
        held[pci] = []
    for pid in _entries(os.path.join(kfd, "proc")) if names else []:
        for name, pci in names.items():
            used = _number(os.path.join(kfd, "proc", pid), name) if pid.isdecimal() else None
            if used:
                held[pci].append(GpuProcess(int(pid), used))
    return held


def _address(domain: int, location: int) -> str:
    """A PCI address as sysfs writes it, out of the bus, device and function that amdkfd packs into one number."""
    return f"{domain:04x}:{location >> 8 & 0xFF:02x}:{location >> 3 & 0x1F:02x}.{location & 7}"


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _sensors(device: str) -> str:
    """The card's hwmon folder, whose number changes from boot to boot; a path without files if there is none."""
    parent = os.path.join(device, "hwmon")
    try:
        return os.path.join(parent, min(os.listdir(parent), default=""))
    except OSError:
        return parent


def _word(folder: str, name: str) -> str | None:
    data = read_bytes(os.path.join(folder, name))
    return data.decode(errors="replace").strip() or None if data else None


def _number(folder: str, name: str) -> int | None:
    word = _word(folder, name)
    return int(word) if word is not None and word.isdecimal() else None
