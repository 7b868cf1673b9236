"""A painting draws only the widgets that have something new."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult
from textual.geometry import Region

from autotrain_tui.tui.widgets.line import Line, line
from autotrain_tui.tui.widgets.line_widget import LineWidget


class Clock(LineWidget):
    """One line of text."""

    DEFAULT_CSS = "Clock { height: 3; border: solid red; }"
    text = "12:00"

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The text."""
        return (line(self.text[:width]),)


class Clocks(App[None]):
    """Two of them."""

    def compose(self) -> ComposeResult:
        """One above the other."""
        yield Clock(id="moves")
        yield Clock(id="stands")


async def test_rows_are_drawn_again_only_when_something_is_new() -> None:
    """The rows stay the same objects until the text, the style or the size changes; then they show it."""
    app = Clocks()
    async with app.run_test(size=(20, 8)) as pilot:
        clock = app.query_one("#moves", Clock)
        whole = Region(0, 0, 20, 3)
        rows = clock.render_lines(whole)
        app.query_one("#stands", Clock).refresh()
        await pilot.pause()
        assert clock.render_lines(whole) is rows
        clock.text = "12:01"
        clock.repaint()
        await pilot.pause()
        assert "12:01" in clock.render_lines(whole)[1].text
        assert [old is new for old, new in zip(rows, clock.render_lines(whole), strict=True)] == [True, False, True]
        rows = clock.render_lines(whole)
        clock.styles.border = ("round", "red")
        await pilot.pause()
        assert clock.render_lines(whole)[0].text != rows[0].text
        rows = clock.render_lines(whole)
        await pilot.resize_terminal(12, 8)
        assert len(clock.render_lines(Region(0, 0, 12, 3))[0].text) == 12
