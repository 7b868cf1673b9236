"""What lies under the panes: an empty ground, painted as one line that is used for all of its rows.

Textual builds every row of a container by itself although all are the same and others cover them: more than half of a
full paint (measured with Textual 8.2.8, 200 x 50).
"""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

__all__ = ["Ground", "blank_rows"]


def blank_rows(widget: Widget, crop: Region) -> list[Strip]:
    """The rows of a widget that has neither content nor frame."""
    strip = Strip.blank(crop.width, widget.visual_style.rich_style)
    for each in widget.get_line_filters():
        strip = strip.apply_filter(each, widget.background_colors[1])
    return [strip] * crop.height


class Ground(Widget):
    """A container without frame, padding or scrolling; its children from top to bottom unless rules say otherwise."""

    DEFAULT_CSS = """
    Ground { width: 1fr; height: 1fr; layout: vertical; overflow: hidden; }
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank rows."""
        return blank_rows(self, crop)
