"""What an attempt took of the machine, in words: `peak 3.4 GiB · GPU peak 8.8 of 18 GiB declared: over-declared`."""

from __future__ import annotations

from autotrain_tui.text import format as fmt

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

__all__ = ["usage_text"]

_OVER_DECLARED = 0.7
"""Share of the declared GPU memory below which it was declared too high."""
_TREE_MATTERS = 1.1


def usage_text(usage: Json | None, elapsed_seconds: float | None) -> str:
    """One line without what is unknown; empty if all is. `usage`: as in `show --json`."""
    if usage is None:
        return ""
    parts = [_memory(usage), _gpu(usage), _cpu(usage.get("cpu_seconds"), elapsed_seconds)]
    return " · ".join(part for part in parts if part)


def _memory(usage: Json) -> str:
    one, tree = usage.get("max_rss_bytes"), usage.get("memory_peak_bytes")
    if one is None and tree is None:
        return ""
    if one is None or (tree is not None and tree > one * _TREE_MATTERS):
        most = f" (largest process {fmt.size(one)})" if one is not None else ""
        return f"memory peak {fmt.size(tree)} in all processes{most}"
    return f"memory peak {fmt.size(one)}"


def _gpu(usage: Json) -> str:
    peak, declared, use = (
        usage.get("gpu_memory_peak_bytes"),
        usage.get("gpu_memory_declared_bytes"),
        usage.get("gpu_use_mean"),
    )
    if peak is None:
        return f"GPU memory peak unknown, {declared / 2**30:g} GiB declared" if declared is not None else ""
    mean = f", {use:.0f} % used" if use is not None else ""
    if declared is None:
        return f"GPU memory peak {fmt.size(peak)}{mean}"
    over = ": over-declared" if peak < _OVER_DECLARED * declared else ""
    verdict = ": more than declared" if peak > declared else over
    return f"GPU memory peak {fmt.gib(peak)} of {declared / 2**30:g} GiB declared{verdict}{mean}"


def _cpu(seconds: float | None, elapsed: float | None) -> str:
    if seconds is None:
        return ""
    share = f" ({fmt.percent(100 * seconds / elapsed)})" if elapsed else ""
    text = f"{seconds:.1f} s" if seconds < 60 else fmt.clock(seconds)
    return f"processor time {text}{share}"
