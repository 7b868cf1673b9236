"""Why an attempt failed: its class, one sentence, and the log lines that say so. Pure.

The texts are those of the libraries themselves: PyTorch (CUDA and HIP out of memory in their several spellings, the CPU
allocator), numpy's _ArrayMemoryError, Python's MemoryError and OSError 28.
"""

from __future__ import annotations

import re
import signal as signals
from dataclasses import dataclass

from autotrain_tui.session.records.attempt_files import Exit

__all__ = ["CLASSES", "FailureCause", "classify", "signal_name"]

CLASSES = (
    "oom", "nan", "timeout", "stall", "signal", "disk", "start", "preempted", "limit", "node", "doubt", "error",
)  # fmt: skip

_OOM = re.compile(
    r"(CUDA|HIP|XPU|MPS)( backend)? out of memory|OutOfMemoryError|CUDA_ERROR_OUT_OF_MEMORY|\bMemoryError\b"
    r"|RESOURCE_EXHAUSTED: Out of memory|Unable to allocate [\d.]+ [KMGTPE]?i?B|can't allocate memory"
    r"|Cannot allocate memory|std::bad_alloc|Detected \d+ oom_kill event"
)
_DISK = re.compile(r"No space left on device|Disk quota exceeded|\bENOSPC\b|\[Errno 28\]|\[Errno 122\]")
_NAN = re.compile(
    r"\b(loss|grad\w*)\b[^\n]{0,60}\b(nan|inf)\b|\b(nan|inf)\b[^\n]{0,60}\bloss\b|FloatingPointError", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FailureCause:
    """A failure's class, its sentence, and the deciding lines of the log."""

    failure: str
    reason: str
    lines: tuple[str, ...] = ()


def signal_name(number: int) -> str:
    """`SIGTERM` for 15; `signal 40` for one without a name."""
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


def classify(end: Exit, lines: list[str], *, not_finite: bool, oom_kills: int) -> FailureCause:
    """What a bad end was. `lines` are the log's last ones; `oom_kills` how many processes the kernel's OOM killer ended
    on this machine while the attempt ran; `not_finite` whether the last loss it printed was nan or inf.
    """
    if end.error is not None:
        return FailureCause("start", f"{end.error.text}: {end.error.path}" if end.error.path else end.error.text)
    said = tuple(line for line in lines if _OOM.search(line))[-3:]
    if end.signal is not None:
        name = signal_name(end.signal)
        if end.signal == signals.SIGKILL and oom_kills:
            return FailureCause("oom", f"killed by {name}: the kernel ran out of memory", said)
        if said:
            return FailureCause("oom", f"out of memory, then {name}", said)
        if end.signal == signals.SIGKILL:
            return FailureCause("signal", f"killed by {name} from outside (not by autotrain-tui)")
        return FailureCause("signal", f"ended by {name}")
    code = f"exit code {end.exit_code}"
    if said:
        return FailureCause("oom", f"out of memory ({code})", said)
    if end.exit_code == 128 + signals.SIGKILL and oom_kills:
        return FailureCause("oom", f"a process of it was killed: the kernel ran out of memory ({code})")
    said = tuple(line for line in lines if _DISK.search(line))[-3:]
    if said:
        return FailureCause("disk", f"no room on a disk ({code})", said)
    if not_finite:
        return FailureCause(
            "nan", f"the loss was not finite any more ({code})", tuple(line for line in lines if _NAN.search(line))[-3:]
        )
    return FailureCause("error", code, tuple(lines[-3:]))
