"""A button of one line, like a field of a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from autotrain_tui.tui.widgets.line import Line, fit, line, tint
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["Button"]


class Button(LineWidget, can_focus=True):
    """A button; its colour token shows its purpose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "Press", id="button.press", show=False, tooltip="Do what the button says")
    ]

    class Pressed(Message):
        """The button was pressed."""

        def __init__(self, button: Button) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> Button:
            """The button."""
            return self.button

    def __init__(self, text: str, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.text, self.colour, self.able = text, "key", True

    def show(self, text: str, colour: str = "key", *, able: bool = True) -> None:
        """Set text and colour; with `able` False it can't be pressed."""
        self.text, self.colour, self.able = text, colour, able
        self.repaint()

    def action_press(self) -> None:
        """Press it."""
        if self.able:
            self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """Press it."""
        self.action_press()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The text on a background of its own."""
        drawn = line(" ", (fit(self.text, max(1, width - 2)).rstrip(), self.colour if self.able else "muted"))
        return (tint(drawn, "cursor" if self.has_focus else "cursor-off", width),)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The background shows the focus. Watched, because at the event `has_focus` still has the old value."""
        super().watch_has_focus(_has_focus)
        self.repaint()
