"""A select of one line: the arrow keys cycle through a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from autotrain_tui.tui.widgets.line import Line, fit, line, tint
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["OptionSelect"]


class OptionSelect(LineWidget, can_focus=True):
    """One word of several: `◂ development ▸`."""

    BINDING_GROUP_TITLE = "Choice"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Previous", id="chooser.before", show=False, tooltip="The previous choice"),
        Binding("right,l,space", "turn(1)", "Next", id="chooser.next", show=False, tooltip="The next choice"),
    ]

    class OptionChanged(Message):
        """A person selected another word."""

        def __init__(self, select: OptionSelect) -> None:
            super().__init__()
            self.select = select

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.words: tuple[str, ...] = ()
        self.place = 0

    @property
    def value(self) -> str:
        """The selected word; "" if there are none."""
        return self.words[self.place] if self.words else ""

    def show(self, words: Sequence[str], value: str) -> None:
        """Set the words and the selected one."""
        self.words = tuple(words)
        self.place = self.words.index(value) if value in self.words else 0
        self.repaint()

    def action_turn(self, by: int) -> None:
        """Select another word."""
        if self.words:
            self.place = (self.place + by) % len(self.words)
            self.repaint()
            self.post_message(self.OptionChanged(self))

    def on_click(self, event: events.Click) -> None:
        """The left third goes back, the rest goes forward."""
        self.action_turn(-1 if event.x < self.content_size.width // 3 else 1)

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The word between its arrows."""
        arrows = "key" if self.has_focus else "muted"
        drawn = line(
            ("◂ ", arrows), (fit(self.value, max(1, width - 4)), "bold" if self.has_focus else ""), (" ▸", arrows)
        )
        return (tint(drawn, "cursor", width) if self.has_focus else drawn,)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The arrows show the focus. Watched, because at the event `has_focus` still has the old value."""
        super().watch_has_focus(_has_focus)
        self.repaint()
