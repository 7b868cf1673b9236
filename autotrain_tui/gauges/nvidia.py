"""NVIDIA GPUs, asked through NVML (nvidia-ml-py). Any call may hang in the driver: only a Watch's thread makes them.

Each value is asked for on its own, for any of them may be missing on any card: no power on laptops, no memory on
boards that share it with the CPU, no utilisation under MIG. Facts: NVML API reference, docs.nvidia.com/deploy/nvml-api.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from autotrain_tui.gauges.sample import GpuProcess, GpuSample
from autotrain_tui.gauges.vendor import VendorReading

__all__ = ["LIBRARY", "NvidiaSource"]

LIBRARY: Final = "libnvidia-ml.so.1"
_RETRY_SECONDS: Final = 60.0  # a driver may be loaded, or reloaded, while we run
_UNAVAILABLE: Final = (1 << 64) - 1  # NVML_VALUE_NOT_AVAILABLE
_MOST_WATTS: Final = 20_000  # more than a rack shelf draws: some boards report garbage instead of "not supported"

T = TypeVar("T")


class _Device:
    """An NVML handle with its constant properties and its last error."""

    def __init__(self, nvml: Any, index: int) -> None:
        self._nvml, self.index = nvml, index
        self.error: str | None = None
        self._handle: Any = None
        self._handle = self._ask(nvml.nvmlDeviceGetHandleByIndex, index, bare=True)
        self._name = _text(self._ask(nvml.nvmlDeviceGetName))
        self._uuid = _text(self._ask(nvml.nvmlDeviceGetUUID))
        pci = self._ask(nvml.nvmlDeviceGetPciInfo)
        self._pci = _text(pci.busId) if pci is not None else None

    def _ask(self, call: Callable[..., T], *words: object, bare: bool = False) -> T | None:
        """The call's answer, or None with the error kept. "Not supported" is an answer, not an error."""
        if self._handle is None and not bare:
            return None
        try:
            return call(*words) if bare else call(self._handle, *words)
        except (self._nvml.NVMLError_NotSupported, self._nvml.NVMLError_FunctionNotFound):
            return None
        except self._nvml.NVMLError as error:
            self.error = _plain(error)
            return None
        except UnicodeDecodeError:
            return None  # a broken infoROM gives a name that is not valid text

    def sample(self) -> GpuSample:
        nvml = self._nvml
        self.error = self.error if self._handle is None else None
        rates = self._ask(nvml.nvmlDeviceGetUtilizationRates)
        used, total = self._memory()
        temperature = self._ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU)
        power = _watts(self._ask(nvml.nvmlDeviceGetPowerUsage))
        values = (rates, used, total, temperature, power)
        silent = all(value is None for value in values)
        return GpuSample(
            vendor="nvidia",
            index=self.index,
            name=self._name,
            uuid=self._uuid,
            pci=self._pci,
            utilisation=float(rates.gpu) if rates is not None and rates.gpu <= 100 else None,
            memory_used=used,
            memory_total=total,
            temperature=float(temperature) if temperature is not None else None,
            power=power,
            power_limit=_watts(self._ask(nvml.nvmlDeviceGetEnforcedPowerLimit)),
            clock=self._ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_SM),
            memory_clock=self._ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_MEM),
            processes=self._processes(),
            reason=f"no data: {self.error or 'the GPU answers nothing'}" if silent else None,
        )

    def _memory(self) -> tuple[int | None, int | None]:
        """Used and total bytes. The second form leaves the driver's reserve out of "used", as nvidia-smi does."""
        nvml = self._nvml
        memory = self._ask(nvml.nvmlDeviceGetMemoryInfo, nvml.nvmlMemory_v2)
        if memory is None:  # drivers before 510
            memory = self._ask(nvml.nvmlDeviceGetMemoryInfo)
        if memory is None or memory.total in {0, _UNAVAILABLE} or memory.used > memory.total:
            return None, None
        return int(memory.used), int(memory.total)

    def _processes(self) -> tuple[GpuProcess, ...] | None:
        """The processes with memory on this GPU: compute and graphics lists merged, since a process may be in both."""
        held: dict[int, int | None] = {}
        known = False
        for kind in ("Compute", "Graphics"):
            rows = self._ask(getattr(self._nvml, f"nvmlDeviceGet{kind}RunningProcesses_v3"))
            if rows is None:  # drivers before 510
                rows = self._ask(getattr(self._nvml, f"nvmlDeviceGet{kind}RunningProcesses_v2"))
            known = known or rows is not None
            for row in rows or ():
                memory = row.usedGpuMemory
                held[row.pid] = max(held.get(row.pid) or 0, memory) if memory is not None else held.get(row.pid)
        return tuple(GpuProcess(pid, held[pid]) for pid in sorted(held)) if known else None


class NvidiaSource:
    """All NVIDIA GPUs of this machine. `measure` never raises; a missing library is tried again once a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._nvml: Any = None
        self._devices: list[_Device] = []
        self._trouble = VendorReading(reason="no data yet")
        self._tried: float | None = None

    def measure(self) -> VendorReading:
        """Every GPU now. Takes from 1 ms to seconds; may never return if the driver hangs."""
        if self._nvml is None:
            if self._tried is not None and self._clock() - self._tried < _RETRY_SECONDS:
                return self._trouble
            self._tried = self._clock()
            trouble = self._open()
            if trouble is not None:
                self._trouble = trouble
                return trouble
        samples = tuple(device.sample() for device in self._devices)
        if all(sample.reason for sample in samples):
            self.close()  # the driver may have been reloaded: start over at the next retry
            self._tried = self._clock()
            self._trouble = VendorReading(samples, samples[0].reason)
        return VendorReading(samples)

    def close(self) -> None:
        """Release the driver."""
        nvml, self._nvml, self._devices = self._nvml, None, []
        if nvml is not None:
            try:
                nvml.nvmlShutdown()
            except nvml.NVMLError:
                pass  # harmless: the end of the process releases it

    def _open(self) -> VendorReading | None:
        import ctypes  # here and in the thread: 10 ms that no other part needs

        try:
            # before the binding, whose import alone takes 0.1 s and 3 MB: for nothing on a machine without a GPU
            ctypes.CDLL(LIBRARY)
        except OSError:
            return VendorReading(reason="no GPU found (NVML: library not found)", absent=True)
        try:
            import pynvml  # see above
        except ImportError:
            return VendorReading(reason="no data (NVML: the package nvidia-ml-py is not installed)")
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError_DriverNotLoaded:
            return VendorReading(reason="no GPU found (NVML: driver not loaded)", absent=True)
        except pynvml.NVMLError_LibRmVersionMismatch:
            return VendorReading(reason="no data (NVML: driver and library versions differ; a reboot mends it)")
        except pynvml.NVMLError as error:
            return VendorReading(reason=f"no data (NVML: {_plain(error)})")
        self._nvml = pynvml
        try:
            count = pynvml.nvmlDeviceGetCount()
        except pynvml.NVMLError as error:
            self.close()
            return VendorReading(reason=f"no data (NVML: {_plain(error)})")
        if count == 0:
            self.close()
            return VendorReading(reason="no GPU found (NVML: no devices)", absent=True)
        self._devices = [_Device(pynvml, index) for index in range(count)]
        return None


def _plain(error: Exception) -> str:
    """NVML's message for an error (`Insufficient Permissions`), in lower case for use in a sentence."""
    words = str(error).strip().rstrip(".").split()
    return " ".join(word.lower() if word.istitle() else word for word in words)


def _text(value: object) -> str | None:
    """Text from bytes, which old releases of the binding return."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return value if isinstance(value, str) and value else None


def _watts(milliwatts: int | None) -> float | None:
    watts = milliwatts / 1000 if milliwatts is not None else None
    return watts if watts is not None and watts <= _MOST_WATTS else None
