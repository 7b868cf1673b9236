"""Metrics: every series of the session as a curve, in a grid that fills the window; one alone with its figures."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.events import DescendantFocus, Resize
from textual.widgets import Input

from autotrain_tui.session.view import View
from autotrain_tui.tui.overlays import INKS, Overlays, short_id
from autotrain_tui.tui.screens.base import ModeScreen
from autotrain_tui.tui.screens.drawing_keys import DRAWING_BINDINGS, DrawingKeys
from autotrain_tui.tui.screens.session_keys import ACTION_BINDINGS
from autotrain_tui.tui.tracks import goal_of
from autotrain_tui.tui.widgets.curve import Picture
from autotrain_tui.tui.widgets.curve_detail import CurveDetail
from autotrain_tui.tui.widgets.header import Header
from autotrain_tui.tui.widgets.metric_panes import Entry, GridCurve, Legend, entry_line
from autotrain_tui.tui.widgets.rows import Rows

__all__ = ["MetricsScreen"]

_MOST = 18
"""Curves in sight at once; the others are pages."""
_LEAST_HEIGHT = 9
_LIST_WIDTH = 30
_NOTHING = ("No metric yet. They are read from what the program prints, from the file AUTOTRAIN_METRICS names, and "
            "from its result file.")
_UNNAMED = "No metric is named like this; Esc shows all."


class MetricsScreen(DrawingKeys, ModeScreen):
    """All curves of one session, the marked ones laid over."""

    MODE = "metrics"
    CSS_PATH = "metrics.tcss"
    AUTO_FOCUS = "GridCurve"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "zoom", "Zoom", id="metrics.zoom", tooltip="Give one curve the whole window, and back"),
        *DRAWING_BINDINGS,
        Binding("slash", "filter", "Filter", id="metrics.filter", key_display="/", tooltip="Curves by name"),
        Binding("space", "pick", "Pick", id="metrics.pick", tooltip="Show only the curves that are picked"),
        Binding("pagedown", "page(1)", "More", id="metrics.more", tooltip="The next page of curves"),
        Binding("pageup", "page(-1)", "Back", id="metrics.back", show=False, tooltip="The page of curves before"),
        Binding("m", "list", "List", id="metrics.list", show=False, tooltip="Show or hide the list in a narrow window"),
        Binding("escape", "back", "Back", id="metrics.escape", show=False, tooltip="Out of zoom, filter and picks"),
        *ACTION_BINDINGS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._page, self._shown = 0, 1
        self._picked: set[str] = set()
        self._at: str | None = None  # the metric that has the focus, or the window
        self._overlays = Overlays()
        self._beats = 0

    def compose_body(self) -> ComposeResult:
        """Header, list, grid, the one zoomed, filter."""
        yield Header(id="header")
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield Rows[Entry]("Metrics", entry_line, id="series", classes="pane", empty="none")
                yield Legend(id="legend", classes="pane")
            with Container(id="grid"):
                for place in range(_MOST):
                    yield GridCurve(id=f"curve-{place}", classes="pane")
            yield CurveDetail(id="detail", classes="pane")
        yield Input(placeholder="part of a metric's name", id="filter", compact=True)

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Another session begins on its first page."""
        if fresh:
            self._page, self._at = 0, None
            self._picked.clear()
        self.query_one(Header).show(view)
        if fresh:
            self.show_tracks()

    def tick(self, view: View) -> None:
        """The header's clock; once in a while the marked sessions that run."""
        self.query_one(Header).show(view)
        self._beats += 1
        if self._beats % 5 == 0 and self.app.marked:
            self._lay_over()

    def on_screen_resume(self) -> None:
        """Other sessions may be marked now."""
        super().on_screen_resume()
        self._lay_over()

    @work(group="overlay", exclusive=True, exit_on_error=False)
    async def _lay_over(self) -> None:
        own = self.view.folder.id if self.view is not None else ""
        await self._overlays.choose(self.app.sessions, [name for name in self.app.marked if name != own], 1)
        self.show_tracks()

    def _names(self) -> list[str]:
        """The metrics to show: those that pass the filter, or only the picked ones."""
        view = self.view
        if view is None:
            return []
        words = self.query_one("#filter", Input).value.lower().split()
        names = dict.fromkeys((*self.app.tracks.names(view), *self._overlays.names()))
        return [name for name in names if all(word in name.lower() for word in words)]

    def _picture(self, view: View, name: str, ink: str) -> Picture:
        over = self._overlays.lines(name, self.drawing)
        own = self.app.tracks.picture(view, name, INKS[0] if over else ink, self.drawing)
        if not over:
            return own
        label = short_id(view.folder.id)
        mine = tuple(msgspec.structs.replace(track, label=label) for track in own.tracks)
        end = max([own.end or 0.0, *(track.ends[1] for track in over)])
        return msgspec.structs.replace(own, tracks=(*over, *mine), end=end)

    def show_tracks(self) -> None:
        """Lay out as many curves as there are and fit, and draw them."""
        view = self.view
        if view is None or not self.whole:
            return
        names = self._names()
        inks = {name: INKS[place % len(INKS)] for place, name in enumerate(names)}
        self._show_list(names, inks)
        shown = [name for name in names if name in self._picked] or names
        if self.has_class("-zoomed") and self._at is not None:
            self._show_detail(view, inks)
        else:
            self._show_grid(view, shown, inks)
        self.refresh_bindings()

    def _show_list(self, names: list[str], inks: dict[str, str]) -> None:
        rows = self.query_one("#series", Rows)
        tracks, over = self.app.tracks, bool(self._overlays.shown)
        entries = []
        for name in names:
            found = [series for series in tracks.series(name) if len(series)]
            entries.append(Entry(name, "muted" if over else inks[name], found[-1].last if found else None,
                                 name in self._picked))
        facts = [f"over {self.drawing.axis}"] + [f"{len(self._picked)} picked"] * bool(self._picked)
        rows.facts = " · ".join(facts)
        own = self.view.folder.id if self.view is not None else ""
        self.query_one(Legend).show([(INKS[0], short_id(own)), *(
            (one.ink, short_id(one.view.folder.id)) for one in self._overlays.shown)] if over else [])
        rows.show(entries, same=lambda entry: entry.name)

    def _show_detail(self, view: View, inks: dict[str, str], *, fresh: bool = False) -> None:
        name = self._at or ""
        picture = self._picture(view, name, inks.get(name, INKS[0]))
        self.query_one(CurveDetail).show(picture, goal_of(view, name), fresh=fresh)

    def _show_grid(self, view: View, names: list[str], inks: dict[str, str]) -> None:
        columns, rows = self._layout(len(names))
        self._shown = columns * rows
        self._page = max(0, min(self._page, -(-len(names) // self._shown) - 1))
        page = names[self._page * self._shown : (self._page + 1) * self._shown]
        grid = self.query_one("#grid")
        grid.styles.grid_size_columns, grid.styles.grid_size_rows = columns, min(rows, max(1, -(-len(page) // columns)))
        for place in range(_MOST):
            pane = self.query_one(f"#curve-{place}", GridCurve)
            pane.display = place < max(1, len(page))
            # the headline takes what an incomplete row would leave empty
            pane.styles.column_span = 1 + (-len(page) % columns if not place and self._page == 0 else 0)
            if place < len(page):
                pane.name_shown = page[place]
                pane.show(self._picture(view, page[place], inks[page[place]]))
            elif not page and not place:
                words = self.query_one("#filter", Input).value
                pane.show(Picture("Metrics", empty=_UNNAMED if words else _NOTHING))

    def _layout(self, count: int) -> tuple[int, int]:
        """Columns and rows of the grid."""
        width = self.size.width - (_LIST_WIDTH if self.query_one("#side").display else 0)
        height = max(_LEAST_HEIGHT, self.size.height - 3)
        columns = max(1, min(3 if width >= 150 else 2 if width >= 76 else 1, count))
        rows = max(1, min(height // _LEAST_HEIGHT, _MOST // columns, -(-count // columns)))
        return columns, rows

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages only where there are several; the rest only where there is a curve."""
        if action == "page":
            return not self.has_class("-zoomed") and len(self._names() if self.whole else ()) > self._shown
        if action in {"zoom", "pick"}:
            return True if self.whole and self._names() else None
        if action == "list":
            return self.has_class("-narrow")
        can = super().check_action(action, parameters)
        return bool(can) if action == "act" else can  # what can do nothing is Run's to show

    def label_of(self, binding: Binding) -> str:
        """A key that changes how curves are drawn says how they are now."""
        if binding.id == "metrics.zoom" and self.has_class("-zoomed"):
            return "All curves"
        return self.drawing_label(binding) or super().label_of(binding)

    def redraw(self, *, fresh: bool) -> None:
        """Another way to draw."""
        if fresh and self.view is not None and self.has_class("-zoomed"):
            self._show_detail(self.view, {}, fresh=True)
        self.show_tracks()

    def action_page(self, by: int) -> None:
        """Another page of curves."""
        self._page = max(0, self._page + by)
        self.show_tracks()

    def action_list(self) -> None:
        """The list in a narrow window."""
        self.toggle_class("-listed")
        self.call_after_refresh(self.show_tracks)

    def action_zoom(self) -> None:
        """Give the curve at hand the whole window, or put it back."""
        view, names = self.view, self._names()
        if self.has_class("-zoomed"):
            self.action_back()
        elif view is not None and names:
            self._at = self._at if self._at in names else names[0]
            self.add_class("-zoomed")
            self._show_detail(view, {name: INKS[place % len(INKS)] for place, name in enumerate(names)}, fresh=True)
            if not self.query_one("#series").has_focus:
                self.set_focus(self.query_one(CurveDetail))

    def action_back(self) -> None:
        """One step back: out of zoom, then of the filter, then of the picks."""
        field = self.query_one("#filter", Input)
        if self.has_class("-zoomed"):
            self.remove_class("-zoomed")
            self._focus_grid()
        elif field.value or field.has_class("-open"):
            field.value = ""
            field.remove_class("-open")
            self._focus_grid()
        else:
            self._picked.clear()
        self.show_tracks()

    def _focus_grid(self) -> None:
        pane = next((pane for pane in self.query(GridCurve) if pane.display and pane.name_shown == self._at), None)
        self.set_focus(pane or self.query_one("#curve-0"))

    def action_focus_curve(self, by: int) -> None:
        """Another curve of the grid."""
        panes = [pane for pane in self.query(GridCurve) if pane.display]
        at = next((place for place, pane in enumerate(panes) if pane.has_focus), 0)
        self.set_focus(panes[(at + by) % len(panes)])

    def action_pick(self) -> None:
        """Pick the curve at hand, or put it back among the others."""
        names = self._names()
        if names:
            self._picked ^= {self._at if self._at in names else names[0]}
            self.show_tracks()

    def action_filter(self) -> None:
        """Type a part of a name."""
        field = self.query_one("#filter", Input)
        field.add_class("-open")
        self.set_focus(field)  # at once: the next key is already for it

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, GridCurve):
            self._at = event.widget.name_shown or None

    @on(Rows.Moved, "#series")
    def _moved(self) -> None:
        entry = self.query_one("#series", Rows).chosen
        view = self.view
        if isinstance(entry, Entry) and view is not None:
            self._at = entry.name
            if self.has_class("-zoomed"):
                self._show_detail(view, {entry.name: entry.ink}, fresh=True)

    @on(Rows.Taken, "#series")
    def _taken(self) -> None:
        if not self.has_class("-zoomed"):
            self.action_zoom()

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        self._page = 0
        self.show_tracks()

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self._focus_grid()

    def on_resize(self, _event: Resize) -> None:
        """Another size, another grid."""
        self.call_after_refresh(self.show_tracks)
