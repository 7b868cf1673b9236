"""The nodes that a stage runs on, a few lines each. Pure drawing of what they have written."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.gauges.history import gpu_key
from autotrain_tui.gauges.sample import GpuSample, StageShare
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.area_chart import area_chart
from autotrain_tui.tui.model.node_feed import ShownNode
from autotrain_tui.tui.widgets.line import Line, cut, level, line, right, spread

__all__ = ["node_lines", "nodes_strip", "nodes_title"]

_MOST_NAME = 16


def nodes_title(nodes: Sequence[ShownNode]) -> str:
    """Their number; which of them have no gauges is said in their lines."""
    return f"{len(nodes)} node{'s' if len(nodes) != 1 else ''}"


def node_lines(nodes: Sequence[ShownNode], stage: str | None, width: int, height: int | None = None) -> list[Line]:
    """CPU and memory of each node, its GPUs, and the stage's own share there.

    In `height` lines: first the shares are left out, then the GPUs, then the last nodes, with their number.
    """
    if not nodes:
        return []
    name = min(_MOST_NAME, max(len(node.name) for node in nodes)) + 2
    parts = [_node(node, stage, name, width) for node in nodes]
    for most in (3, 2, 1):
        lines = [each for part in parts for each in part[:most]]
        if height is None or len(lines) <= height:
            return [cut(each, width) for each in lines]
    kept = max(0, (height or 0) - 1)
    return [cut(each, width) for each in (*lines[:kept], line((f" and {len(parts) - kept} more", "muted")))]


def nodes_strip(nodes: Sequence[ShownNode], width: int) -> Line:
    """Every node in one line, as many as fit whole, and how many more there are."""
    parts = [line((sanitize(node.name), "accent"), " ", *_brief(node)) for node in nodes]
    for count in range(len(parts), 0, -1):
        rest = line(("  ", ""), (f"and {len(parts) - count} more", "muted")) if count < len(parts) else line()
        drawn = line(" ", *[token for at, part in enumerate(parts[:count]) for token in (*_gap(at), *part)], *rest)
        if sum(len(text) for text, _ in drawn) <= width:
            return drawn
    return cut(line(" ", (nodes_title(nodes), "muted")), width)


def _gap(at: int) -> Line:
    return line((" │ ", "frame")) if at else line()


def _brief(node: ShownNode) -> Line:
    """CPU, or the mean of the GPUs if it has some."""
    if node.sample is None:
        return line(("no gauges", "warning"))
    use = [gpu.utilisation for gpu in node.sample.gpu.gpus if gpu.utilisation is not None]
    if use:
        return line(("GPU ", "muted"), fmt.percent(sum(use) / len(use)))
    return line(("CPU ", "muted"), fmt.percent(node.sample.cpu.percent if node.sample.cpu is not None else None))


def _node(node: ShownNode, stage: str | None, name: int, width: int) -> list[Line]:
    """Its lines, what counts most first."""
    label = (f" {sanitize(node.name)[: name - 2]:<{name - 1}}", "accent")
    sample = node.sample
    if sample is None:
        return [line(label, (sanitize(node.why), "warning"))]
    memory = sample.memory
    used = f"{fmt.gib(memory.used)}/{fmt.gib(memory.total)} GiB" if memory is not None else "memory: no data"
    share = 100 * memory.used / memory.total if memory is not None and memory.total else None
    end = line((used, level(share).replace("gauge", "")), " ")
    head = line(
        label, ("CPU", "muted"), right(fmt.percent(sample.cpu.percent if sample.cpu is not None else None), 5), " "
    )
    room = max(0, width - name - 10 - len(used) - 1)
    lines = [spread(line(*head, *area_chart(node.curves.get("cpu", ()), room, 1)[0]), end, width)]
    indent = " " * name
    if sample.gpu.gpus:
        lines.append(line(indent, *_gpus(sample.gpu.gpus, node, width - name)))
    own = sample.stages.get(stage) if stage is not None else None
    if own is not None:
        lines.append(line(indent, (_share(own, width - name - 1), "muted")))
    return lines


def _gpus(gpus: Sequence[GpuSample], node: ShownNode, width: int) -> Line:
    """Every GPU if they fit, else their mean and their fullest memory."""
    each = [f"GPU{gpu.index} {fmt.percent(gpu.utilisation)}" for gpu in gpus]
    words = " · ".join(each)
    if len(gpus) == 1:
        gpu = gpus[0]
        past = area_chart(
            node.curves.get(f"{gpu_key(gpu)}.use", ()), max(0, width - len(words) - 20), 1, colour="gauge"
        )
        return line(words, " ", *past[0], f" {fmt.gib(gpu.memory_used)}/{fmt.gib(gpu.memory_total)} GiB")
    if len(words) <= width:
        return line(words)
    known = [gpu.utilisation for gpu in gpus if gpu.utilisation is not None]
    mean = fmt.percent(sum(known) / len(known)) if known else fmt.UNKNOWN
    shares = [gpu.memory_used / gpu.memory_total for gpu in gpus if gpu.memory_used is not None and gpu.memory_total]
    most = f" · memory up to {fmt.percent(100 * max(shares))}" if shares else ""
    return line(f"{len(gpus)} GPUs {mean}{most}")


def _share(share: StageShare, width: int) -> str:
    """What the stage takes there; what does not fit is left out whole."""
    count = len(share.processes)
    words = f"stage {fmt.percent(share.cpu)} CPU"
    more = [fmt.size(share.rss), f"{count} process{'es' if count != 1 else ''}"]
    if share.gpu_memory:
        more.insert(1, f"{fmt.size(share.gpu_memory)} of GPU memory")
    for part in more:
        if len(words) + 3 + len(part) <= width:
            words += f" · {part}"
    return words
