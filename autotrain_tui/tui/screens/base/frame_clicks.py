"""A double click on a pane: on its frame it gets the whole window, on the short form of a mode that mode is shown."""

from __future__ import annotations

from textual import events
from textual.widget import Widget

from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, toggle_maximized

__all__ = ["double_clicked"]


async def double_clicked(screen: ModeScreen, event: events.Click) -> None:
    """Do what a double click on the screen calls for beside what the widget itself does."""
    pane, on_frame = _framed_pane(screen, event)
    widget = event.widget
    around = (widget, *widget.ancestors) if widget is not None else ()
    mode = next((mode for each in around if (mode := screen.OPENS.get(each.id or "")) is not None), None)
    if mode is not None:
        await screen.host.show_mode(mode)
    elif pane is not None and on_frame and screen.ZOOMS:
        toggle_maximized(screen, pane)


def _framed_pane(screen: ModeScreen, event: events.Click) -> tuple[Widget | None, bool]:
    """The pane with a frame under the mouse, and whether the pointer is on the frame itself."""
    widget = event.widget
    for pane in (widget, *widget.ancestors) if widget is not None else ():
        if pane is screen or not isinstance(pane, Widget):
            break
        if pane.styles.border_top[0] not in ("", "none"):
            region, place = pane.region, event.screen_offset
            inside = region.shrink(pane.styles.border.spacing)
            return pane, region.contains_point(place) and not inside.contains_point(place)
    return None, False
