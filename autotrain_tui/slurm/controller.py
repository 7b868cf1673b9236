"""Whether the controller (slurmctld) answers, asked by `scontrol ping`.

Every other tool tries for 9 s if nothing listens at the controller's port (Slurm 22.05); the ping is answered in 10 ms
then, and a controller that works answers it without any of its locks, however busy it is.
"""

from __future__ import annotations

from collections.abc import Callable

from autotrain_tui.slurm.tools import ToolAnswer, ask

__all__ = ["PING_SECONDS", "controller_trouble"]

PING_SECONDS = 5.0
"""The longest wait: the tool itself waits 10 s for a controller that hangs, and over 40 s for a munged that is away."""


def controller_trouble(run: Callable[..., ToolAnswer] = ask) -> str:
    """Why no controller answers, as scontrol says it; empty if one does (a cluster may have several)."""
    answer = run(["scontrol", "ping"], patience=PING_SECONDS)
    lines = [line.strip() for line in answer.text.splitlines()]
    if any(line.endswith(" is UP") for line in lines):
        return ""
    down = next((line for line in lines if line.endswith(" is DOWN")), "")
    return down or answer.trouble
