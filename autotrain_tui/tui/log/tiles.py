"""Logs side by side: one, two, four or six tiles, or all merged into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from autotrain_tui.logs.merged_log import Part
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.widgets.container import PlainContainer

__all__ = ["LogEntry", "LogTiles"]

MERGED = 0
_SIDE_BY_SIDE = 200
"""Cells from which two tiles are side by side instead of one above the other."""


class LogEntry(NamedTuple):
    """A log that may be shown: a short name for the merged view, a path ("" if none exists yet), the tile's title, and
    what logs that belong together are called as one.
    """

    name: str
    path: str
    title: str
    live: bool
    group: str = ""


class LogTiles(PlainContainer):
    """Log panes in tiles. `show` takes the logs, the most important first; `v` cycles through the arrangements."""

    DEFAULT_CSS = """
    LogTiles {
        layout: grid;
        grid-size: 1;
        &.-two { grid-size: 1 2; grid-rows: 2fr 1fr; }
        &.-two.-wide { grid-size: 2 1; grid-rows: 1fr; }
        &.-four { grid-size: 2 2; }
        &.-six { grid-size: 2 3; }
        &.-six.-wide { grid-size: 3 2; }
    }
    """
    BINDING_GROUP_TITLE = "Logs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "tile", "Tiles", id="run.tiles", tooltip="One log, two, four, six, or all in one")
    ]

    arrangement: reactive[int] = reactive(1, init=False)
    """Tiles: 1, 2, 4 or 6; 0 for all logs in one pane."""

    class Arranged(Message):
        """Posted when the arrangement has changed; `arrangement` as in LogTiles."""

        def __init__(self, arrangement: int) -> None:
            super().__init__()
            self.arrangement = arrangement

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.panes = [LogPane()]
        """The panes so far; the others are created when they are needed first."""
        self._entries: tuple[LogEntry, ...] = ()
        self._metrics: Mapping[str, str] = {}
        self._chosen = False

    def compose(self) -> ComposeResult:
        """The panes that the first paint has."""
        yield from self.panes

    def offer_second(self, room: bool) -> None:
        """Show a second log if there is room for it, and one if not, until a person chooses an arrangement."""
        wanted = 2 if room else 1
        if self._chosen or self.arrangement == wanted:
            return
        if not self.is_mounted:
            self.set_reactive(LogTiles.arrangement, wanted)
            self.panes.append(LogPane())
            self.panes[1].display = False
        else:
            self.arrangement = wanted

    @property
    def pane(self) -> LogPane:
        """The pane that keys apply to: the one with the focus, else the first."""
        return next((pane for pane in self.panes if pane.has_focus_within), self.panes[0])

    def show(self, entries: Sequence[LogEntry]) -> None:
        """Show these logs in order; as many as there are tiles, or all in the merged view."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self._fill()

    def know_metrics(self, colours: Mapping[str, str]) -> None:
        """Take the colours of the metrics' curves, by the metrics' names."""
        self._metrics = colours
        for pane in self.panes:
            pane.rows.know_metrics(colours)

    def arrangements(self) -> list[int]:
        """The arrangements that make sense for this number of logs."""
        count = len([entry for entry in self._entries if entry.path])
        if count < 2:
            return [1]
        return [1, 2, *([4] if count > 2 else []), *([6] if count > 5 else []), MERGED]

    def action_tile(self) -> None:
        """The next arrangement."""
        self._chosen = True
        choices = self.arrangements()
        at = choices.index(self.arrangement) if self.arrangement in choices else -1
        self.arrangement = choices[(at + 1) % len(choices)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """A single log can't be arranged."""
        return None if action == "tile" and self.arrangements() == [1] else True

    def focus(self, scroll_visible: bool = True) -> LogTiles:
        """Focus the pane that keys apply to."""
        self.pane.focus(scroll_visible)
        return self

    def watch_arrangement(self) -> None:
        """Arrange the tiles."""
        self._fill()
        self.post_message(self.Arranged(self.arrangement))

    def on_resize(self, event: events.Resize) -> None:
        """In a wide window two tiles are side by side."""
        self.set_class(event.size.width >= _SIDE_BY_SIDE, "-wide")

    def _fill(self) -> None:
        """Give the panes their logs; hide panes without one."""
        merged = [Part(entry.name, entry.path) for entry in self._entries if entry.path]
        if self.arrangement == MERGED and len(merged) > 1:
            live = any(entry.live for entry in self._entries)
            groups = {entry.group for entry in self._entries}
            title = f"{len(merged)} logs" if len(groups) > 1 else groups.pop() or f"{len(merged)} logs"
            self.panes[0].show_merged(merged, title, live=live)
            shown = 1
        else:
            shown = max(1, self.arrangement)
            self.panes += [LogPane() for _ in range(len(self.panes), min(shown, len(self._entries)))]
            self.know_metrics(self._metrics)
            for pane, entry in zip(self.panes, self._entries[:shown], strict=False):
                pane.show(entry.path or None, entry.title, live=entry.live)
        wanted = max(1, min(shown, len(self._entries)))
        for tiles, name in ((2, "-two"), (4, "-four"), (6, "-six")):
            self.set_class(self.arrangement == tiles and wanted > 1, name)
        focused = self.pane
        for number, pane in enumerate(self.panes):
            pane.display = number < wanted
            if pane.display and pane.parent is None and self.is_attached:
                self.mount(pane)
        if not focused.display:
            self.panes[0].focus()
