"""The widget that shows the rows of a log: drawing, mouse and selection. Keys belong to the pane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from textual import events, on
from textual.geometry import Region
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from autotrain_tui.tui.log.copied_text import Copied, copied_text
from autotrain_tui.tui.log.line_colours import LineKind
from autotrain_tui.tui.log.line_selection import LineSelection
from autotrain_tui.tui.log.row_renderer import RowRenderer
from autotrain_tui.tui.log.text_selection import LogSelection
from autotrain_tui.tui.log.viewport import DisplayRow
from autotrain_tui.tui.log.window import LogWindow
from autotrain_tui.tui.widgets.kept_rows import KeptRows

__all__ = ["COLUMN_STEP", "LogRows"]

COLUMN_STEP = 8
"""Cells of one step sideways."""
_SIGNS = {LineKind.ERROR: "log-error", LineKind.WARNING: "log-warning", LineKind.CHECKPOINT: "log-checkpoint"}
"""The colour token of the sign beside a line."""
_WHEEL_ROWS = 3
"""Rows of one turn of the wheel."""


class LogRows(Widget, can_focus=True):
    """Shows a `LogWindow`: draws its rows with a `RowRenderer`, and moves it with the mouse."""

    DEFAULT_CSS = """
    LogRows { width: 1fr; height: 1fr; }
    """

    notice: reactive[str] = reactive("")
    """Shown in the middle when there are no lines."""

    def __init__(self, window: LogWindow) -> None:
        self._kept = KeptRows()
        super().__init__()
        self.window = window
        self.renderer = RowRenderer(self)
        self.selected = LogSelection()
        self.line_selection = LineSelection(window)
        window.refresh, window.invalidate = self.refresh_rows, self.invalidate
        window.gutter.sign_of = self._sign_of

    @property
    def allow_select(self) -> bool:
        """Text can be selected with the mouse."""
        return True

    def refresh_rows(self) -> None:
        """The window has other rows."""
        self.refresh()

    def invalidate(self) -> None:
        """What is drawn over the text (matches, marks, numbers) has changed."""
        self.renderer.clear()
        self.refresh()

    def know_metrics(self, colours: Mapping[str, str]) -> None:
        """Take the colours of the metrics' curves; their values have them in the log too."""
        if self.renderer.colours.know_metrics(colours):
            self.invalidate()

    def toggle_colours(self) -> None:
        """Draw lines in the colours of what they say, or as they are."""
        colours = self.renderer.colours
        colours.active = not colours.active
        self.window.gutter.sign_of = self._sign_of if colours.active else None
        self.window.set_reading(on=colours.active)
        self.window.reload()
        self.invalidate()

    def _sign_of(self, row: DisplayRow) -> str:
        if row.rule:
            return ""
        return _SIGNS.get(self.renderer.colours.read(row.shown).kind, "")

    def _fold_note(self, row: DisplayRow) -> str:
        """What stands behind a traceback's last line: how many lines it hides."""
        if self.renderer.colours.read(row.shown).kind is not LineKind.ERROR:
            return ""
        fold = self.window.fold_of(row)
        if fold is None or self.window.folds is None:
            return ""
        return "▾ Enter folds" if self.window.folds.is_open(fold) else f"▸ {fold.inside} lines · Enter"

    def notify_style_update(self) -> None:
        """Other colours: strips and styles are no longer valid."""
        super().notify_style_update()
        self._kept.forget()
        self.renderer.clear_styles()

    def selection_updated(self, selection: Selection | None) -> None:
        """Take the selection, and draw it."""
        self.selected.update(selection, self.window.viewport.rows)
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, read from the source."""
        self.selected.update(selection, self.window.viewport.rows)
        copied = self.selected.copied(self.window)
        return (copied.text if copied is not None else ""), "\n"

    def copied(self) -> Copied | None:
        """What `y` copies: the selected lines, else the text selected with the mouse, else the current line."""
        window, lines = self.window, self.line_selection
        if lines.active:
            return lines.copied()
        if (copied := self.selected.copied(window)) is not None or window.current is None:
            return copied
        place = window.current
        return copied_text(window, window.before_fold(place), place, lambda _place: None)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows as the compositor wants them; a new size is laid out now, not a frame later."""
        self.window.resize(*self.size)
        draw = super().render_lines
        return self._kept.take(crop, (self.outer_size, *self.get_line_filters()), draw)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As ever, and draw the rows again."""
        self._kept.forget()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        """One row: gutter and text."""
        window = self.window
        rows = window.viewport.rows
        if y >= len(rows):
            width, height = self.size
            return self.renderer.blank(width, self.notice if not rows and y == height // 2 else "")
        row = rows[y]
        place = row.shown.line.start
        selected = (0, -1) if self.line_selection.holds(place) else self.selected.span(place)
        note = self._fold_note(row)
        hit = place == window.hit
        strip = self.renderer.strip(row, window.x, window.text_width, hit=hit, selected=selected, note=note)
        strip = strip.apply_offsets(row.shown.character_at(window.x, row.start) if window.x else row.start, y)
        gutter = window.gutter
        if not gutter.cells:
            return strip
        beside = Strip(gutter.segments(row, self.renderer.style_of), gutter.cells)
        if gutter.cells == 1:
            beside = beside.apply_offsets(row.start, y)  # a selection may begin at the very edge
        return Strip([*beside, *strip], gutter.cells + strip.cell_length)

    def on_resize(self) -> None:
        """Another size, other rows; the same rows while the disk does not answer."""
        if self.window.frozen:
            self.invalidate()
        self.window.resize(*self.size)

    @on(events.Focus)
    @on(events.Blur)
    def _focus_moved(self, event: events.Event) -> None:
        """What Textual's own handlers do, without the repaint: the pane's frame shows the focus, not the rows."""
        event.prevent_default()
        self.has_focus = focused = isinstance(event, events.Focus)
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self) if focused else events.DescendantBlur(self))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Nothing to do: no style depends on the focus."""

    def on_click(self, event: events.Click) -> None:
        """Make the clicked line the current one; once more: open or fold its traceback."""
        rows, window = self.window.viewport.rows, self.window
        if self.text_selection is None and event.y < len(rows):
            place = rows[event.y].shown.line.start
            if window.hit == place and window.fold_of(rows[event.y]) is not None:
                window.toggle_fold()
            window.hit = place
            self.invalidate()
            if self.line_selection.active:
                window.moved()

    @on(events.MouseScrollDown)
    @on(events.MouseScrollUp)
    @on(events.MouseScrollRight)
    @on(events.MouseScrollLeft)
    def _wheel_turned(self, event: events.MouseEvent) -> None:
        """Scroll; sideways with Shift or Ctrl, or with a wheel that turns sideways."""
        event.stop()
        step = 1 if isinstance(event, events.MouseScrollDown | events.MouseScrollRight) else -1
        sideways = isinstance(event, events.MouseScrollRight | events.MouseScrollLeft)
        if sideways or event.shift or event.ctrl:
            self.window.scroll_columns(step * COLUMN_STEP)
        else:
            self.window.scroll_rows(step * _WHEEL_ROWS)
