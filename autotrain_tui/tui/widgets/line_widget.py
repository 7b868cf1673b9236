"""The base of every pane that draws lines: it keeps the painted lines, and repaints only rows that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from autotrain_tui.tui.widgets.kept_rows import KeptRows
from autotrain_tui.tui.widgets.line import EMPTY, Line, fit, width_of

__all__ = ["LineWidget", "frame_title"]

_STYLES = {
    "muted": "$muted",
    "faint": "$faint",
    "frame": "$frame",
    "accent": "$accent",
    "success": "$success",
    "warning": "$warning",
    "error": "$error",
    "gauge": "$gauge",
    "track": "on $track",
    "cursor": "on $cursor",
    "cursor-off": "on $cursor-off",
    "key": "bold $accent",
    "bold": "bold",
    "underline": "underline",
    **{f"{kind}-{number}": f"${kind}-{number}" for kind in ("curve", "band") for number in range(1, 8)},
}
"""Colour tokens in the theme's variables. Not component classes: twenty of them in each pane would make the first paint
twice as long.
"""


def frame_title(title: str, facts: str, width: int) -> Content:
    """A frame's top line: title at the left, facts at the right, the frame's own rule between them.

    `width` is the whole widget's. Facts give way before the title does.
    """
    room = width - 6  # corners, one cell of rule and one space on either side
    if room < 4:
        return Content("")
    title_width = width_of(((title, ""),))
    facts_width = width_of(((facts, ""),))
    if facts and title_width + facts_width + 3 > room:
        facts_room = room - title_width - 3
        facts = fit(facts, facts_room) if facts_room >= 6 else ""
        facts_width = max(0, facts_room) if facts else 0
    if title_width > room:
        title, title_width = fit(title, room), room
    if not facts:
        return Content.assemble((title, "$foreground bold"))
    rule = " " + "─" * (room - title_width - facts_width - 2) + " "
    return Content.assemble((title, "$foreground bold"), rule, (facts, "$muted"))


_NO_BREAK_SPACE = "\u00a0"


class LineWidget(Widget):
    """A widget that paints `Line` values. Subclasses return them from `paint`, and call `repaint` on new data.

    Colour tokens are the theme's variables, so that a theme decides every colour.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        self._kept = KeptRows()
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self._painted_size = Size(0, 0)
        self._token_styles: dict[str, Style] = {}
        self._frame = ("", "")

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The content in `width` x `height` cells; lines beyond `height` are not shown."""
        raise NotImplementedError

    def wanted_height(self, width: int) -> int:
        """Lines that the whole content takes, for `height: auto`."""
        return len(self.paint(width, 1 << 16))

    def frame_facts(self) -> tuple[str, str]:
        """The frame's title and the pane's own facts."""
        return "", ""

    def repaint(self) -> None:
        """Paint again from the data, and refresh the rows that differ."""
        if not self.is_mounted:
            return
        size = self.content_size
        if not size.width or not size.height:
            unseen = not self.screen.size  # the first layout is still to come
            if self.styles.is_auto_height and self.display and not unseen and self.wanted_height(max(1, size.width)):
                self.refresh(layout=True)
            return
        self._title(size)
        new = tuple(self.paint(size.width, size.height))[: size.height]
        old, self._lines = self._lines, new
        if self.styles.is_auto_height and self.wanted_height(size.width) != size.height:
            self.refresh(layout=True)
        if size != self._painted_size:
            self._painted_size = size
            self.refresh()
            return
        changed = [
            Region(0, y, size.width, 1)
            for y in range(max(len(old), len(new)))
            if (old[y] if y < len(old) else EMPTY) != (new[y] if y < len(new) else EMPTY)
        ]
        if changed:
            self.refresh(*changed)

    def _title(self, size: Size) -> None:
        """Set the frame's title if its text or its width has changed."""
        facts = self.frame_facts()
        if facts != self._frame or (facts[0] and size.width != self._painted_size.width):
            self._frame = facts
            self.border_title = frame_title(*facts, self.outer_size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows as the compositor wants them; a new size is painted now, not a frame later."""
        size = self.content_size
        if size != self._painted_size:
            self._title(size)
            self._painted_size = size
            self._lines = tuple(self.paint(size.width, size.height))[: size.height]
            self._kept.forget()
        return self._kept.take(crop, (size, *self.get_line_filters()), super().render_lines)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As ever, and draw these rows, or all, again."""
        if regions and not layout:
            self._kept.outdate(regions, self.content_offset.y)
        else:
            self._kept.forget()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  Textual's
        """Lines for `height: auto`."""
        return self.wanted_height(width)

    def render_line(self, y: int) -> Strip:
        """One row in the theme's colours."""
        width = self.content_size.width
        spans = self._lines[y] if y < len(self._lines) else EMPTY
        plain = self.style_of("")
        strip = Strip([Segment(text, self.style_of(name)) for text, name in spans]).adjust_cell_length(width, plain)
        frameless = self.styles.border_right[0] in ("", "none")
        if frameless and (not spans or width_of(spans) < width or spans[-1][0].endswith(" ")):
            # tmux and others that record lines strip blanks at the window's edge, and the background with them
            edge = self.style_of(spans[-1][1]) if spans and "cursor" in spans[-1][1] else plain
            strip = Strip([*strip.crop(0, width - 1), Segment(_NO_BREAK_SPACE, edge)], width)
        return strip

    def style_of(self, name: str) -> Style:
        """The style of a colour token such as `accent`, `muted bold` or `track`."""
        style = self._token_styles.get(name)
        if style is None:
            visual = self.visual_style
            for part in name.split():
                visual += VisualStyle.parse(_STYLES[part])
            style = self._token_styles[name] = visual.rich_style
        return style

    def notify_style_update(self) -> None:
        """Another theme: look the colours up again."""
        super().notify_style_update()
        self._token_styles.clear()
        self._kept.forget()

    @on(events.Mount)
    @on(events.Resize)
    def _size_changed(self) -> None:
        """The first size, or another one."""
        self.repaint()
