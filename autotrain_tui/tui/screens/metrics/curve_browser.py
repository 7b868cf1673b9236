"""Which curves of a session are shown, and how: the side list, the grid with its pages, or one zoomed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from autotrain_tui.tui.charts.curve_detail import CurveDetail
from autotrain_tui.tui.model.attempt_logs import attempt_logs
from autotrain_tui.tui.model.compared_curves import short_id
from autotrain_tui.tui.model.folded_kinds import FoldedKinds, MetricGroup
from autotrain_tui.tui.model.metric_colours import CURVE_COLOURS, metric_colours
from autotrain_tui.tui.model.metric_frames import frames_of
from autotrain_tui.tui.model.session_curves import goal_of
from autotrain_tui.tui.model.view_settings import recall, remember
from autotrain_tui.tui.panes.curve_grid import CurveGrid
from autotrain_tui.tui.panes.metric_panes import KindHeading, Legend, MetricEntry
from autotrain_tui.tui.screens.metrics.latest_readings import LatestReadings
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from textual.screen import Screen

    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.chart_settings import ChartSettings
    from autotrain_tui.tui.screens.metrics.marked_sessions import MarkedSessions

__all__ = ["FRAMINGS", "CurveBrowser", "Framing"]

Framing = Literal["pairs", "each", "picked"]
FRAMINGS: tuple[Framing, ...] = ("pairs", "each", "picked")

_LIST_WIDTHS = {"-wide": 46, "-roomy": 42}
_LIST_WIDTH = 30
"""As in metrics.tcss."""
_NOTHING = (
    "No metric yet. They are read from what the program prints, from the file AUTOTRAIN_METRICS names, and "
    "from its result file."
)
_UNNAMED = "No metric is named like this; Esc shows all."


class CurveBrowser:
    """Draws the Metrics screen's panes, and keeps what is picked, zoomed and on which page."""

    def __init__(self, screen: Screen[None], host: Host, charts: ChartSettings, marked: MarkedSessions) -> None:
        self._screen, self._host, self._charts, self._marked = screen, host, charts, marked
        self._picked: set[str] = set()
        self._folds = FoldedKinds()
        self._readings = LatestReadings(screen, host)
        self.framing: Framing = "pairs"
        """What shares a frame: training and held-out data of one measure, what is picked, or nothing."""

    @property
    def zoomed(self) -> bool:
        """Whether one curve has the window."""
        return self._screen.has_class("-zoomed")

    @property
    def grid(self) -> CurveGrid:
        """The curves side by side."""
        return self._screen.query_one(CurveGrid)

    def _all_names(self) -> list[str]:
        """Every metric of the session and of the marked ones."""
        view = self._host.view
        own = self._host.curves.names(view) if view is not None else ()
        return list(dict.fromkeys((*own, *self._marked.curves.names()))) if view is not None else []

    def names(self) -> list[str]:
        """The metrics that pass the filter."""
        words = self._screen.query_one(FilterInput).value.lower().split()
        return [name for name in self._all_names() if all(word in name.lower() for word in words)]

    def _groups(self) -> list[MetricGroup]:
        """The same by kind, with what is folded."""
        view = self._host.view
        headline = view.session.metric_name if view is not None else None
        filtered = bool(self._screen.query_one(FilterInput).value.strip())
        return self._folds.groups(self.names(), headline, all_open=filtered)

    def _frames(self, shown: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The frames of these metrics, by the name that leads each."""
        if self.framing == "picked":
            picked = tuple(name for name in shown if name in self._picked)
            if len(picked) > 1:
                alone = {name: (name,) for name in shown if name not in picked}
                return {picked[0]: picked, **alone}
        return frames_of(shown, together=self.framing == "pairs")

    def begin(self) -> None:
        """Another session: its first page, nothing picked."""
        self.grid.begin()
        self._picked.clear()

    def restore(self, plan: str) -> None:
        """Show this plan's curves as they were left."""
        left = recall(plan)
        if left is None:
            return
        self._charts.restore(left)
        self.framing = next((one for one in FRAMINGS if one == left.framing), "pairs")
        self._screen.query_one(FilterInput).restore(left.filter)

    def remember(self) -> None:
        """Keep how the curves are shown, for the next time that a session of the plan is opened."""
        view = self._host.view
        if view is not None:
            words = self._screen.query_one(FilterInput).value
            remember(view.session.plan, self._charts.left(framing=self.framing, filter=words))

    def show(self) -> None:
        """Lay out as many curves as there are and fit, and draw them."""
        view, screen = self._host.view, self._screen
        if view is None:
            return
        if view.session.source is not None and view.session.metric_name is not None:
            self._charts.begin_over(self._host.curves.first_axis(view, view.session.metric_name))
        groups = self._groups()
        names = [name for group in groups for name in group.names]
        colours = metric_colours(self._all_names())
        self._show_list(groups, colours)
        unfolded = [name for group in groups if not group.folded for name in group.names]
        shown = [name for name in names if name in self._picked] or unfolded
        frames = self._frames(shown)
        self.show_readings()
        if self.zoomed and self.grid.at is not None:
            self._show_detail(view, colours)
        else:
            side = next((cells for name, cells in _LIST_WIDTHS.items() if screen.has_class(name)), _LIST_WIDTH)
            width = screen.size.width - (side if screen.query_one("#side").display else 0)
            self.grid.show(
                list(frames),
                lambda name: self._marked.frame(view, frames[name], colours, self._charts.drawing),
                width,
                screen.size.height - 3,
                _UNNAMED if screen.query_one(FilterInput).value else _NOTHING,
            )
        screen.refresh_bindings()

    def redraw(self, *, fresh: bool) -> None:
        """Draw with other settings; `fresh`: x has another meaning now."""
        if fresh:
            self.grid.set_cursor(None)
        view = self._host.view
        if fresh and view is not None and self.zoomed:
            self._show_detail(view, metric_colours(self._all_names()), fresh=True)
        self.show()

    def _show_list(self, groups: list[MetricGroup], colours: dict[str, str]) -> None:
        screen, marked, view = self._screen, self._marked.curves.shown, self._host.view
        rows = screen.query_one("#series", ListView)
        entries: list[MetricEntry | KindHeading] = []
        for group in groups:
            if group.kind != "quality":
                entries.append(KindHeading(group.kind, len(group.names), group.folded))
            for name in () if group.folded else group.names:
                found = [series for series in self._host.curves.series(name) if len(series)]
                last = found[-1].last if found else None
                colour = "muted" if marked else colours[name]
                best = self._host.curves.best(view, name) if view is not None else None
                entries.append(MetricEntry(name, colour, last, name in self._picked, best))
        facts = [f"over {self._charts.drawing.axis}"] + [f"{len(self._picked)} picked"] * bool(self._picked)
        rows.facts = " · ".join(facts)
        own = (CURVE_COLOURS[0], short_id(view.folder.id if view is not None else ""))
        others = [(one.colour, short_id(one.view.folder.id)) for one in marked]
        screen.query_one(Legend).show([own, *others] if marked else [])
        rows.show(entries, same=lambda entry: entry.name)

    def show_readings(self) -> None:
        """Show the current metric's readings; without a current one the first metric's."""
        names = self.names()
        name = self.grid.at_hand(names) if names else ""
        self._readings.show(name, metric_colours(self._all_names()), alone=not self._marked.curves.shown)

    def _show_detail(self, view: View, colours: dict[str, str], *, fresh: bool = False) -> None:
        name = self.grid.at or ""
        colour = colours.get(name, CURVE_COLOURS[0])
        frame = next((each for each in self._frames(self._all_names()).values() if each[0] == name), (name,))
        picture = self._marked.frame(view, frame, {**colours, name: colour}, self._charts.drawing)
        self._screen.query_one(CurveDetail).show(picture, goal_of(view, name), fresh=fresh)

    def check(self, action: str) -> bool | None:
        """Whether `act` can do something now: pages only where there are several, most only where there is a curve."""
        if action in {"page_down", "page_up"}:
            return self.grid.several and not self.zoomed
        if action in {"zoom", "pick", "cursor_left", "cursor_right"}:
            return True if self.names() else None
        if action == "explain":
            return True if self._host.view is not None and attempt_logs(self._host.view) else None
        if action == "fold":
            return True if {"quality"} < {group.kind for group in self._groups()} else None
        return self._screen.has_class("-narrow") if action == "list" else True

    def act(self, action: str) -> None:
        """`zoom`, `pick`, `frame`, `list`, `fold`, `explain`, `back`, `cursor_left`, `cursor_right`, `page_down` or
        `page_up`.
        """
        match action:
            case "pick" | "zoom" if isinstance(heading := self._entry, KindHeading) and not self.zoomed:
                self._fold(heading)
            case "zoom":
                self._toggle_zoom()
            case "fold":
                self._fold(None)
            case "frame":
                self.framing = FRAMINGS[(FRAMINGS.index(self.framing) + 1) % len(FRAMINGS)]
                self.show()
            case "explain":
                self._explain()
            case "pick" if names := self.names():
                self._picked ^= {self.grid.at_hand(names)}
                self.show()
            case "list":
                self._screen.toggle_class("-listed")
                self._screen.call_after_refresh(self.show)
            case "back":
                self._go_back()
            case "cursor_left" | "cursor_right":
                self._move_cursor(-1 if action == "cursor_left" else 1)
            case "page_down" | "page_up":
                self.grid.turn(1 if action == "page_down" else -1)
                self.show()

    @property
    def _entry(self) -> MetricEntry | KindHeading | None:
        """The side list's entry under the cursor, while the list has the focus."""
        rows = self._screen.query_one("#series", ListView)
        return rows.highlighted if rows.has_focus else None

    def _move_cursor(self, by: int) -> None:
        """Move the cursor of what is in sight: that of all curves of the grid, or the zoomed one's."""
        if self.zoomed:
            self._screen.query_one(CurveDetail).action_cursor(by)
        else:
            self.grid.move_cursor(by)

    def _fold(self, heading: KindHeading | None) -> None:
        """Fold or unfold what stands under a heading, or under all of them."""
        self._folds.toggle(heading.kind if heading is not None else None)
        self.grid.turn(0)
        self.show()

    def _explain(self) -> None:
        """Show what was read of the latest attempt's log, what was left out and why."""
        from autotrain_tui.tui.dialogs.log_explanation import ExplainScreen  # inside: it imports every format of logs

        logs = attempt_logs(self._host.view) if self._host.view is not None else []
        if logs:
            self._screen.app.push_screen(ExplainScreen(logs, len(logs) - 1))

    @property
    def shows_all(self) -> bool:
        """Whether a person has unfolded other kinds than quality."""
        return self._folds.any_unfolded

    def _toggle_zoom(self) -> None:
        """Give the current curve the whole window, or put it back."""
        view, names, screen = self._host.view, self.names(), self._screen
        if self.zoomed:
            self._go_back()
        elif view is not None and names:
            self.grid.at = self.grid.at_hand(names)
            screen.add_class("-zoomed")
            self._show_detail(view, metric_colours(self._all_names()), fresh=True)
            screen.query_one(CurveDetail).cursor = self.grid.cursor
            if not screen.query_one("#series").has_focus:
                screen.set_focus(screen.query_one(CurveDetail))

    def _go_back(self) -> None:
        """One step back: out of zoom, then of the cursor, of the filter, of the picks."""
        words = self._screen.query_one(FilterInput)
        if self.zoomed:
            self.grid.set_cursor(self._screen.query_one(CurveDetail).cursor)
            self._screen.remove_class("-zoomed")
            self.grid.enter()
        elif self.grid.cursor is not None:
            self.grid.set_cursor(None)
        elif words.in_use:
            words.clear_and_hide()
            self.grid.enter()
        else:
            self._picked.clear()
        self.show()

    def highlight(self, entry: MetricEntry) -> None:
        """The side list's cursor is on this metric."""
        view = self._host.view
        if view is not None:
            self.grid.at = entry.name
            self.show_readings()
            if self.zoomed:
                self._show_detail(view, {entry.name: entry.colour}, fresh=True)
