"""Containers without content of their own: one blank row is drawn once and used for all rows that look the same.

Textual builds every row of a container separately although its children cover them: more than half of a full paint
(measured with Textual 8.2.8, 200 x 50).
"""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

__all__ = ["FramedContainer", "PlainContainer", "blank_rows"]


def blank_rows(widget: Widget, crop: Region) -> list[Strip]:
    """The rows of a widget with neither content nor frame."""
    strip, background = Strip.blank(crop.width, widget.visual_style.rich_style), widget.background_colors[1]
    for each in widget.get_line_filters():
        strip = strip.apply_filter(each, background)
    return [strip] * crop.height


class PlainContainer(Widget):
    """A container without frame, padding or scrolling; its children are laid out from top to bottom by default."""

    DEFAULT_CSS = """
    PlainContainer { width: 1fr; height: 1fr; layout: vertical; overflow: hidden; }
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank rows."""
        return blank_rows(self, crop)


class FramedContainer(Widget):
    """A container with a frame one cell wide and no content of its own."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Top and bottom of the frame, and one row repeated between them."""
        width, height = self.outer_size
        if height < 4 or crop != Region(0, 0, width, height) or self.styles.border.spacing != (1, 1, 1, 1):
            return super().render_lines(crop)
        top, between = super().render_lines(Region(0, 0, width, 2))
        return [top, *[between] * (height - 2), *super().render_lines(Region(0, height - 1, width, 1))]
