"""Work beside the screen: a coroutine function that runs as a Textual worker of a group."""

from __future__ import annotations

from textual.dom import DOMNode
from textual.worker import WorkType

__all__ = ["run_in_background"]


def run_in_background(node: DOMNode, work: WorkType[None], group: str, *, exclusive: bool = True) -> None:
    """Start `work`; if it is `exclusive`, what runs in its group is cancelled first. An exception ends only the work.

    `work` is a function and not its coroutine: a worker that is cancelled before its start never calls it, and a
    coroutine that nobody awaits is a RuntimeWarning.
    """
    node.run_worker(work, group=group, exclusive=exclusive, exit_on_error=False)
