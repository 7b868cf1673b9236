"""How System shares the window: lines for GPUs, charts and processes, and which lists of processes there are. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from autotrain_tui.tui.panes.gpu_tiles import tiles_high

__all__ = [
    "BESIDE_WIDTH",
    "DETAIL",
    "FRAME",
    "Lists",
    "ListsShown",
    "both_fit",
    "heights",
    "lists_shown",
    "share_lists",
]

FRAME = 2
BESIDE_WIDTH = 180
"""Columns from which the two lists of processes stand beside each other."""
_LIST = 6
"""Lines of the machine's list at least, frame and heading included, below the stages' trees."""
_TREE = 8
"""Lines of the trees at least above the list, if they have so many."""
_MANY = 1 << 16
_FEW = 2
"""The greatest number of GPUs that get only a quarter of the window if there are processes to show."""
_MIDDLE = 9
"""Memory, swap, disk, its two rates and the network's: seven lines and a frame."""
DETAIL = 8
"""Lines of one process in full."""

ListsShown = Literal["both", "stages", "machine"]


def heights(
    room: int, width: int, gpus: int, lost: int, processes: int, *, charts: int = _MANY
) -> tuple[int, int, int]:
    """Lines for GPUs, for the middle and for the processes, frames included, of `room` in all.

    `lost` lines tell of leaks; `processes` lines would hold every process (0: none is shown). Beyond the least of
    each, the charts in the middle get two fifths of the window or the `charts` lines that both panes can fill, the
    processes what they have lines for, and the charts what is left.
    """
    lower = min(max(room // 4, 4), processes + 1 + FRAME) if processes else 1 + FRAME
    middle = min(_MIDDLE, max(6, room // 3))
    share = max(1, room - lower - middle - FRAME - lost)
    most = (room // 4 if gpus <= _FEW else room * 2 // 5) if processes else room * 3 // 5
    share = max(1, min(share, most))
    tiles = tiles_high(gpus, width - FRAME - 2, share) + lost + FRAME
    left = max(0, room - tiles - middle - lower)
    if processes:
        more = min(left, max(0, min(charts, room * 2 // 5) - middle))
        middle, left = middle + more, left - more
        more = min(left, max(0, processes + 1 + FRAME - lower))
        lower, left = lower + more, left - more
    return tiles, middle + left, lower


def both_fit(lower: int, width: int, stages: int) -> bool:
    """Whether the stages' trees, which `stages` lines would hold, and the machine's list have room in `lower` lines."""
    tree = min(stages + 1 + FRAME, lower // 2)
    return width >= BESIDE_WIDTH or (lower - tree >= _LIST and tree >= min(_TREE, stages + 1 + FRAME))


def lists_shown(lower: int, width: int, stages: int, turns: int) -> ListsShown:
    """Which lists stand in `lower` lines; `stages` as above, `turns`: how often a person asked for the next choice."""
    choices: tuple[ListsShown, ...] = ("stages", "machine") if stages else ("machine", "stages")
    if stages and both_fit(lower, width, stages):
        choices = ("both", "machine", "stages")
    return choices[turns % len(choices)]


class Lists(NamedTuple):
    """Lines of the stages' trees, of the machine's list and of one process in full; 0: not there."""

    tree: int
    machine: int
    detail: int


def share_lists(shown: ListsShown, lower: int, width: int, stages: int, *, opened: bool) -> Lists:
    """How the lists share `lower` lines, frames included; `stages` as above, `opened`: a process is shown in full.

    In a wide window the process under the list's cursor always is, below the trees and beside the list.
    """
    if shown == "stages":
        return Lists(lower, 0, 0)
    if shown == "both" and width >= BESIDE_WIDTH:
        tree = min(stages + 1 + FRAME, lower - min(DETAIL, lower // 2))
        return Lists(tree, lower, lower - tree)
    tree = min(stages + 1 + FRAME, lower // 2) if shown == "both" else 0
    detail = min(DETAIL, (lower - tree) // 2) if opened else 0
    return Lists(tree, lower - tree - detail, detail)
