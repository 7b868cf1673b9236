"""Draws the rows of a log as strips: styles from the theme, and a cache of what was drawn before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from autotrain_tui.tui.log.line_colours import LineColours
from autotrain_tui.tui.log.row_strip import RowStyles, row_strip
from autotrain_tui.tui.log.viewport import DisplayRow

__all__ = ["RowRenderer"]

_STYLES = {
    "context": "$muted",
    "cut": "$muted",
    "gutter": "$faint",
    "current": "on $cursor",
    "hit": "bold underline $background on $warning",
    "mark": "bold $accent",
    "match": "underline $text-warning on $warning-muted",
    "notice": "$muted",
    "rule": "$faint",
    "log-error": "bold $error",
    "log-warning": "$warning",
    "log-checkpoint": "$success",
    "log-prefix": "$muted",
    "log-done": "$muted",
    "log-bar": "$accent",
    "log-path": "underline",
    **{f"tag-{number}": f"$curve-{number}" for number in range(1, 5)},
    **{f"curve-{number}": f"$curve-{number}" for number in range(1, 8)},
}
"""Colour tokens in the theme's variables. Not component classes: Textual looks up the rules of each of them again
whenever the focus moves.
"""


class RowRenderer:
    """Draws rows for a widget; keeps each strip until `clear`, or until something in its row changes."""

    def __init__(self, widget: Widget) -> None:
        self.find_matches: Callable[[str], Sequence[tuple[int, int]]] | None = None
        """Where in a line's text the search matches, in characters."""
        self.is_context: Callable[[str], bool] | None = None
        """Is a line shown only as context of a line that the filter matches?"""
        self.colours = LineColours()
        self._widget = widget
        self._row_styles: RowStyles | None = None
        self._styles: dict[str, Style] = {}
        self._overlays: dict[str, Style] = {}
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(256)

    def clear(self) -> None:
        """Matches, marks or numbers have changed: forget the strips."""
        self._strips.clear()

    def clear_styles(self) -> None:
        """The theme has changed: forget the styles too."""
        self._row_styles = None
        self._styles.clear()
        self._overlays.clear()
        self._strips.clear()

    def strip(
        self, row: DisplayRow, x: int, width: int, *, hit: bool, selected: tuple[int, int] | None, note: str = ""
    ) -> Strip:
        """A row's text from cell `x` on, `width` cells; `selected` in characters of the line; `note` at the right."""
        if row.rule:
            return self._rule(row.rule, width)
        line = row.shown.line
        key = (line.start, line.end, row.start, row.end, x, width, hit, selected, note)
        if (strip := self._strips.get(key)) is None:
            matches = self.find_matches(row.shown.text) if self.find_matches else ()
            styles = self._styles_of_rows()
            if self.is_context is not None and self.is_context(row.shown.text):
                styles = styles._replace(text=styles.text + styles.context)
            marks = [(at, end, self._token(token)) for at, end, token in self.colours.read(row.shown).marks]
            strip = row_strip(row, x, width, styles, marks=marks, matches=matches, hit=hit, selected=selected)
            if note:
                strip = self._with_note(strip, note)
            self._strips[key] = strip
        return strip

    def blank(self, width: int, notice: str = "") -> Strip:
        """A row without a line; `notice` stands in its middle."""
        if not notice:
            return Strip.blank(width, self.style_of(""))
        text = f"{notice:^{width}}"[:width]
        return Strip([Segment(text, self.style_of("notice"))]).adjust_cell_length(width)

    def _with_note(self, strip: Strip, note: str) -> Strip:
        """The strip with a note at its right end, over the text if that is long."""
        room = max(0, strip.cell_length - len(note) - 2)
        return Strip([*strip.crop(0, room), Segment(f"  {note}", self.style_of("notice"))], room + 2 + len(note))

    def _rule(self, text: str, width: int) -> Strip:
        """A thin rule with a text on it."""
        head = f"── {text} "
        return Strip([Segment((head + "─" * width)[:width], self.style_of("rule"))], width)

    def style_of(self, token: str) -> Style:
        """The style of a colour token such as `mark`; "" for plain text."""
        if (style := self._styles.get(token)) is None:
            visual = self._widget.visual_style
            if token:
                visual += VisualStyle.parse(_STYLES[token])
            style = self._styles[token] = visual.rich_style
        return style

    def _styles_of_rows(self) -> RowStyles:
        if self._row_styles is None:
            styles = {token: self._overlay(token) for token in ("context", "cut", "match", "hit", "current")}
            selection = self._widget.screen.get_component_rich_style("screen--selection")
            self._row_styles = RowStyles(text=self.style_of(""), selection=selection, **styles)
        return self._row_styles

    def _token(self, token: str) -> Style:
        """The style of a mark that was read on a line, on text of any background."""
        if (style := self._overlays.get(token)) is None:
            style = self._overlays[token] = self._overlay(token)
        return style

    def _overlay(self, token: str) -> Style:
        """A colour token on text of any colours: only the attributes that it sets itself."""
        own, style = VisualStyle.parse(_STYLES[token]), self.style_of(token)
        return Style(
            color=style.color if own.foreground is not None else None,
            bgcolor=style.bgcolor if own.background is not None else None,
            bold=own.bold,
            underline=own.underline,
        )
