"""How the rows of a log are drawn: text, what is laid over it, the gutter, the selection. `LogView` moves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from autotrain_tui.tui.log.gutter import LogGutter
from autotrain_tui.tui.log.paint import RowStyles, paint_row
from autotrain_tui.tui.log.text_selection import LogSelection
from autotrain_tui.tui.log.viewport import DisplayRow, LineSource, Viewport

__all__ = ["LogCanvas"]

_STYLES = {
    "beside": "$muted",
    "cut": "$muted",
    "gutter": "$faint",
    "here": "on $cursor",
    "hit": "bold underline $background on $warning",
    "mark": "bold $accent",
    "match": "underline $text-warning on $warning-muted",
    "notice": "$muted",
    **{f"tag-{number}": f"$curve-{number}" for number in range(1, 5)},
}
"""Colour tokens in the theme's variables. Not component classes: Textual looks up the rules of each of them again
whenever the focus moves.
"""


class LogCanvas(Widget, can_focus=True):
    """Draws what stands in a `Viewport`, from strips that it keeps as long as nothing in them changes."""

    DEFAULT_CSS = """
    LogCanvas { width: 1fr; height: 1fr; }
    """

    notice: reactive[str] = reactive("")
    """What to say in the middle when there are no lines."""

    def __init__(self, source: LineSource, number_of: Callable[[int], int | None]) -> None:
        """`number_of` gives the number (from 0) of the line at a place, None where it is not known yet."""
        super().__init__()
        self.viewport = Viewport(source)
        self.hit: int | None = None
        """The place of the line that a search or a jump has led to."""
        self.find_matches: Callable[[str], Sequence[tuple[int, int]]] | None = None
        """Where in a line's text the search matches, in characters."""
        self.is_beside: Callable[[str], bool] | None = None
        """Is a line's text only there because it stands beside one that was asked for?"""
        self.lead = LogGutter(number_of)
        self.selected = LogSelection()
        self.x = 0
        """The first cell of the lines that is in the window."""
        self._row_styles: RowStyles | None = None
        self._token_styles: dict[str, Style] = {}
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(256)

    @property
    def allow_select(self) -> bool:
        """Text can be selected with the mouse."""
        return True

    @property
    def text_width(self) -> int:
        """Cells for the text, right of the gutter."""
        return max(1, self.size.width - self.lead.cells)

    def repaint(self) -> None:
        """What is drawn over the text (matches, marks, numbers) has changed."""
        self._strips.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Other colours: the strips are of no use."""
        super().notify_style_update()
        self._row_styles = None
        self._token_styles.clear()
        self._strips.clear()

    def selection_updated(self, selection: Selection | None) -> None:
        """Take the selection, and paint it."""
        self.selected.update(selection, self.viewport.rows)
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, read from the source."""
        self.selected.update(selection, self.viewport.rows)
        return self.selected.text(self.viewport), "\n"

    def render_line(self, y: int) -> Strip:
        """One row: gutter and text."""
        rows = self.viewport.rows
        if y >= len(rows):
            return self._blank(y)
        row = rows[y]
        line = row.shown.line
        selected, hit = self.selected.span(line.start), line.start == self.hit
        key = (line.start, line.end, row.start, row.end, self.x, hit, selected)
        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = self._paint(row, hit=hit, selected=selected)
        strip = strip.apply_offsets(row.shown.character_at(self.x, row.start) if self.x else row.start, y)
        gutter = self.lead
        if not gutter.cells:
            return strip
        return Strip([*gutter.segments(row, self.style_of), *strip], gutter.cells + strip.cell_length)

    def _paint(self, row: DisplayRow, *, hit: bool, selected: tuple[int, int] | None) -> Strip:
        if self._row_styles is None:
            styles = {name: self._over(name) for name in ("beside", "cut", "match", "hit", "here")}
            selection = self.screen.get_component_rich_style("screen--selection")
            self._row_styles = RowStyles(text=self.style_of(""), selection=selection, **styles)
        matches = self.find_matches(row.shown.text) if self.find_matches else ()
        row_styles = self._row_styles
        if self.is_beside is not None and self.is_beside(row.shown.text):
            row_styles = row_styles._replace(text=row_styles.text + row_styles.beside)
        return paint_row(row, self.x, self.text_width, row_styles, matches=matches, hit=hit, selected=selected)

    def _blank(self, y: int) -> Strip:
        """A row without a line; in the middle of a window without any, what would fill it."""
        width, height = self.size
        if self.viewport.rows or y != height // 2 or not self.notice:
            return Strip.blank(width, self.style_of(""))
        text = f"{self.notice:^{width}}"[:width]
        return Strip([Segment(text, self.style_of("notice"))]).adjust_cell_length(width)

    def style_of(self, name: str) -> Style:
        """The style of a colour token such as `mark`; without a name that of bare text."""
        if (style := self._token_styles.get(name)) is None:
            visual = self.visual_style
            if name:
                visual += VisualStyle.parse(_STYLES[name])
            style = self._token_styles[name] = visual.rich_style
        return style

    def _over(self, name: str) -> Style:
        """A colour token as it is laid over text of any colours: only what is its own."""
        own, style = VisualStyle.parse(_STYLES[name]), self.style_of(name)
        return Style(
            color=style.color if own.foreground is not None else None,
            bgcolor=style.bgcolor if own.background is not None else None,
            bold=own.bold,
            underline=own.underline,
        )
