"""Every process of the machine for the screen that shows them, with the recent values of those that use the CPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain_tui.gauges.process_list import ProcessList
    from autotrain_tui.gauges.sample import ProcessListing

__all__ = ["ProcessFeed"]

_LENGTH = 120
"""Listings that are kept of a process."""


class ProcessFeed:
    """Nothing is listed but on request: a mode that shows no processes costs nothing."""

    def __init__(self) -> None:
        self.listing: ProcessListing | None = None
        """The last listing; None before the first."""
        self._list: ProcessList | None = None
        self._recent: dict[tuple[int, int], deque[tuple[float | None, int]]] = {}
        """CPU use and memory in the last listings, by pid and start time."""

    def look(self) -> bool:
        """Ask for the next listing, which comes when it is due; whether there is a new one since the last look."""
        if self._list is None:
            from autotrain_tui.gauges.process_list import ProcessList  # first needed by the System screen

            self._list = ProcessList()
        listing = self._list.ask()
        if listing is None or listing is self.listing:
            return False
        self.take(listing)
        return True

    @property
    def trouble(self) -> str:
        """Why there is no new listing; empty if there is nothing to say."""
        return self._list.trouble if self._list is not None else ""

    def take(self, listing: ProcessListing) -> None:
        """Show this listing from now on."""
        self.listing = listing
        if listing.mean:  # no use of a moment: no part of a curve
            return
        before, self._recent = self._recent, {}
        for process in listing.processes:
            key = process.pid, process.start_time
            known = before.get(key)
            if known is None and not process.cpu:
                continue  # of thousands of idle processes there is nothing to keep
            known = known if known is not None else deque(maxlen=_LENGTH)
            known.append((process.cpu, process.rss))
            self._recent[key] = known

    def recent_use(self, pid: int, start_time: int) -> Sequence[float | None]:
        """A process' CPU use in the listings until now, oldest first; empty if it had none."""
        return tuple(cpu for cpu, _ in self._recent.get((pid, start_time), ()))

    def recent_memory(self, pid: int, start_time: int) -> Sequence[int]:
        """Its bytes of main memory in the same listings."""
        return tuple(rss for _, rss in self._recent.get((pid, start_time), ()))

    def close(self) -> None:
        """Let the thread end."""
        if self._list is not None:
            self._list.close()
