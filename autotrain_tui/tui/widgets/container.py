"""Containers without content of their own: one blank row is drawn once and used for all rows that look the same.

Textual builds every row of a container separately although its children cover them: more than half of a full paint
(measured with Textual 8.2.8, 200 x 50).
"""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from autotrain_tui.tui.widgets.kept_rows import KeptRows

__all__ = ["FramedContainer", "PlainContainer", "blank_rows"]


def blank_rows(widget: Widget, crop: Region) -> list[Strip]:
    """The rows of a widget with neither content nor frame."""
    strip, background = Strip.blank(crop.width, widget.visual_style.rich_style), widget.background_colors[1]
    for each in widget.get_line_filters():
        strip = strip.apply_filter(each, background)
    return [strip] * crop.height


class _Container(Widget):
    """Keeps its rows until it is refreshed."""

    def __init__(
        self,
        *children: Widget,
        id: str | None = None,  # noqa: A002  Textual's name
        classes: str | None = None,
    ) -> None:
        self._kept = KeptRows()
        super().__init__(*children, id=id, classes=classes)

    def draw_rows(self, crop: Region) -> list[Strip]:
        """The rows, anew; as any widget draws them."""
        return super().render_lines(crop)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows as the compositor wants them."""
        return self._kept.take(crop, (self.outer_size, *self.get_line_filters()), self.draw_rows)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As ever, and draw the rows again."""
        self._kept.forget()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Other styles: draw the rows again."""
        super().notify_style_update()
        self._kept.forget()


class PlainContainer(_Container):
    """A container without frame, padding or scrolling; its children are laid out from top to bottom by default."""

    DEFAULT_CSS = """
    PlainContainer { width: 1fr; height: 1fr; layout: vertical; overflow: hidden; }
    """

    def draw_rows(self, crop: Region) -> list[Strip]:
        """Blank rows."""
        return blank_rows(self, crop)


class FramedContainer(_Container):
    """A container with a frame one cell wide and no content of its own."""

    def draw_rows(self, crop: Region) -> list[Strip]:
        """Top and bottom of the frame, and one row repeated between them."""
        width, height = self.outer_size
        if height < 4 or crop != Region(0, 0, width, height) or self.styles.border.spacing != (1, 1, 1, 1):
            return super().draw_rows(crop)
        top, between = super().draw_rows(Region(0, 0, width, 2))
        return [top, *[between] * (height - 2), *super().draw_rows(Region(0, height - 1, width, 1))]
