"""System's list of the machine's processes: those that pass the filter, in their order, this session's marked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from autotrain_tui.gauges.sample import ProcessSample
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.screens.system.process_detail import ProcessDetail, ProcessPane, family
from autotrain_tui.tui.screens.system.process_lines import ListedProcess, process_head, process_line
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.line import Line
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["LISTING", "MachineProcesses"]

LISTING = "listing the processes …"
_NO_LIST = "The processes can't be listed: "
_NO_MATCH = "No process matches these words; Esc shows all."

ORDERS: Mapping[str, Callable[[ListedProcess], float]] = {
    "CPU": lambda row: -(row.process.cpu or 0.0),
    "memory": lambda row: -row.process.rss,
    "GPU memory": lambda row: -(row.gpu_memory or 0),
    "pid": lambda row: row.process.pid,
}


class MachineProcesses:
    """Asks for the processes while they are shown, and draws them; a screen owns one."""

    def __init__(self, screen: ModeScreen, host: Host) -> None:
        self._screen, self._host = screen, host
        self._order = "CPU"
        self._chosen = False
        """Whether a person has chosen a process, which the cursor then stays on."""
        self.opened: tuple[int, int] | None = None
        """The process that is shown in full, by pid and start time."""
        self.follows = False
        """Whether the one under the cursor always is."""
        self._rows: list[ListedProcess] = []
        self._gpu = False
        """Whether some process is known to hold GPU memory."""
        self._trouble = ""
        """Why there is no new listing, as it is shown."""

    @property
    def view(self) -> ListView[ListedProcess]:
        """The list."""
        return self._screen.query_one("#processes", ListView)

    @property
    def count(self) -> int:
        """How many processes there are; 0 before the first listing."""
        return len(self._rows)

    def head(self, width: int) -> Line:
        """The heading."""
        return process_head(width, self._order, gpu=self._gpu)

    def draw(self, row: ListedProcess, width: int) -> tuple[Line]:
        """One process."""
        return (process_line(row, width, gpu=self._gpu),)

    def look(self) -> None:
        """Ask for a new listing if one is due, and show the one that has come."""
        feed = self._host.machine.processes
        if feed.look():
            self._read()
        elif feed.listing is None:
            self._screen.set_timer(0.1, self._first)  # the first listing, without waiting for the next second
        if feed.trouble != self._trouble:
            self._trouble = feed.trouble
            self.show()

    def _first(self) -> None:
        if self._screen.whole and self._host.machine.processes.look():
            self._read()

    def _read(self) -> None:
        """Rows of the newest listing."""
        machine = self._host.machine
        listing, sample = machine.processes.listing, machine.sample
        if listing is None:
            return
        held: dict[int, int] = {}
        for gpu in sample.gpu.gpus if sample is not None else ():
            for holder in gpu.processes or ():
                held[holder.pid] = held.get(holder.pid, 0) + (holder.memory or 0)
        cores = sample.cpu.count if sample is not None and sample.cpu is not None else 1
        memory = sample.memory.total if sample is not None and sample.memory is not None else 0
        owners, recent = self._owners(), machine.processes.recent_use
        self._rows = [
            ListedProcess(
                each, owners.get(each.pid, ""), recent(each.pid, each.start_time), held.get(each.pid), cores, memory,
                listing.mean,
            )
            for each in listing.processes
        ]  # fmt: skip
        self._gpu = any(row.gpu_memory for row in self._rows)  # once: every row that is drawn asks for it
        self.show()

    def _owners(self) -> dict[int, str]:
        """Pid → stage for the processes of running stages; the runner's and the screen's own."""
        view, sample = self._host.view, self._host.machine.sample
        owners: dict[int, str] = {}
        if view is not None and view.owner is not None and view.alive:
            owners[view.owner.pid] = "runner"
        owners[os.getpid()] = "this screen"
        for stage, share in (sample.stages if sample is not None else {}).items():
            owners |= dict.fromkeys(share.pids, stage)
        return owners

    def show(self) -> None:
        """The processes that match the filter, in their order; the cursor stays on the one that was chosen."""
        words = self._screen.query_one(FilterInput).value.lower().split()
        rows = [row for row in self._rows if all(word in _about(row) for word in words)] if words else self._rows
        rows = sorted(rows, key=ORDERS[self._order])
        shown = self.view
        missing = _NO_LIST + sanitize(self._trouble) if self._trouble else LISTING
        shown.empty = _NO_MATCH if words and self._rows else missing
        shown.facts = self._facts(len(rows))
        shown.show(rows, same=_key if self._chosen else None)
        self._show_opened()

    def _facts(self, count: int) -> str:
        """How many, in what order, and what is not shown."""
        listing = self._host.machine.processes.listing
        if listing is None:
            return ""
        total = len(self._rows)
        parts = [f"{count:,} of {total:,}" if count != total else f"{total:,}", f"by {self._order}"]
        if self._trouble:
            parts.append(f"not new: {sanitize(self._trouble)}")
        if listing.hidden:
            parts.append("others are hidden by the system")
        elif listing.inside:
            parts.append("of this container")
        view = self._host.view
        if view is not None and view.session.active and view.alive is None:
            parts.append(f"the session runs on {sanitize(view.session.host)}")
        return " · ".join(parts)

    def next_order(self) -> None:
        """Order by the next column that has anything in it."""
        orders = [name for name in ORDERS if name != "GPU memory" or self._gpu]
        at = orders.index(self._order) if self._order in orders else -1
        self._order = orders[(at + 1) % len(orders)]
        self.show()

    def choose(self) -> None:
        """A person has moved the cursor: it stays on that process, and what is shown in full follows it."""
        self._chosen = True
        if self.opened is not None and (row := self.view.highlighted) is not None:
            self.opened = _key(row)
        self._show_opened()

    def open(self) -> None:
        """Show the process under the cursor in full, or no longer."""
        row = self.view.highlighted
        key = _key(row) if row is not None else None
        self._chosen = True
        self.opened = None if key == self.opened else key
        self._show_opened()

    def clear(self) -> None:
        """Close the process; then show all; then go back to the top."""
        field = self._screen.query_one(FilterInput)
        if self.opened is not None:
            self.opened = None
            self._show_opened()
        elif field.in_use:
            field.clear_and_hide()
            self._screen.set_focus(self.view)
            self.show()
        else:
            self._chosen = False
            self.view.go(0)

    def _show_opened(self) -> None:
        """What the pane of one process shows; it stays with the last of a process that has ended."""
        pane, chosen = self._screen.query_one(ProcessPane), self.opened
        if self.follows and (under := self.view.highlighted) is not None:
            chosen = _key(under)
        row = next((row for row in self._rows if _key(row) == chosen), None) if chosen is not None else None
        if row is not None:
            process = row.process
            memory = self._host.machine.processes.recent_memory(process.pid, process.start_time)
            pane.detail = ProcessDetail(row, memory, family(process, [each.process for each in self._rows]))
        pane.repaint()


def _key(row: ListedProcess) -> tuple[int, int]:
    return row.process.pid, row.process.start_time


def _about(row: ListedProcess) -> str:
    """What the words of the filter are looked for in."""
    process: ProcessSample = row.process
    return f"{process.pid} {process.user} {row.owner} {process.command}".lower()
