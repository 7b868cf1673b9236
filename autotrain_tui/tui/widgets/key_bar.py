"""The two lines at the bottom: the modes, and the keys that work here. Both can be clicked.

Not Textual's Footer: it mounts a widget for each key, again whenever bindings change (14 ms).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual import events
from textual.binding import Binding
from textual.screen import Screen

from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, line, spread, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["KeyBar", "KeyLabel", "ModeBar", "keys_line"]


_NOTICE_CELLS = 36
"""Cells that a notice beside the modes must have."""


class KeyLabel(msgspec.Struct, frozen=True):
    """A key in the bar: its display name, its label, the key that a click presses."""

    shown: str
    text: str
    key: str
    enabled: bool = True
    current: bool = False


def keys_line(
    labels: Sequence[KeyLabel], last: Sequence[KeyLabel], width: int, gap: str = "  "
) -> tuple[Line, list[KeyLabel]]:
    """A line of as many labels as fit, `last` always among them; and the labels that it shows, in order."""
    room = width - 1 - sum(_cells(label) + len(gap) for label in last)
    shown: list[KeyLabel] = []
    for label in labels:
        if room >= _cells(label) + len(gap):
            shown.append(label)
            room -= _cells(label) + len(gap)
    shown += last
    spans: list[tuple[str, str]] = [(" ", "")]
    for at, label in enumerate(shown):
        spans += [*line(gap if at else ""), *_label(label)]
    return tuple(spans), shown


def _cells(label: KeyLabel) -> int:
    return len(label.shown) + 1 + len(label.text)


def _label(label: KeyLabel) -> Line:
    if label.current:
        return ((f"{label.shown} {label.text}", "accent bold underline"),)
    if not label.enabled:
        return ((f"{label.shown} {label.text}", "faint"),)
    return ((label.shown, "key"), (f" {label.text}", "muted"))


class _LabelBar(LineWidget):
    """A line of labels; a click on a label presses its key."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._shown: list[KeyLabel] = []
        self._gap = "  "

    def on_click(self, event: events.Click) -> None:
        """Press the key of the label under the mouse."""
        place = 1
        for label in self._shown:
            if place <= event.x < place + _cells(label):
                event.stop()
                if label.enabled:
                    self.app.simulate_key(label.key)
                return
            place += _cells(label) + len(self._gap)


class ModeBar(_LabelBar):
    """The modes, the current one highlighted; beside them, or for a moment in their place, what was told last."""

    def __init__(self, modes: Sequence[KeyLabel], *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._modes = tuple(modes)
        self._gap = "   "
        self._notice: Line = EMPTY
        self._unseen = 0

    def show(self, modes: Sequence[KeyLabel]) -> None:
        """Set the modes, one of them current."""
        self._modes = tuple(modes)
        self.repaint()

    def show_notice(self, notice: Line, unseen: int) -> None:
        """Set the notice, and how many there are that nobody has looked at in the list."""
        if (notice, unseen) != (self._notice, self._unseen):
            self._notice, self._unseen = notice, unseen
            self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The modes at the left, the notice at the right; where there is no room for both, the notice alone."""
        drawn, self._shown = keys_line(self._modes, (), width, self._gap)
        count = line(("!", "key"), (f" {self._unseen}", "muted"), " ") if self._unseen else EMPTY
        room = width - width_of(drawn) - width_of(count) - 4
        if not self._notice:
            return (spread(drawn, count, width),) if count and room >= 0 else (drawn,)
        if room >= _NOTICE_CELLS:
            return (spread(drawn, line(*cut(self._notice, room), "   ", *count), width),)
        self._shown = []
        return (spread(line(" ", *self._notice), count, width),)

    def on_click(self, event: events.Click) -> None:
        """Press the key of the mode under the mouse; anywhere else the list of notices opens."""
        if self._notice and event.x > sum(_cells(label) + len(self._gap) for label in self._shown):
            event.stop()
            self.app.simulate_key("exclamation_mark")
            return
        super().on_click(event)


class KeyBar(_LabelBar):
    """The keys that are bound here, in the order of their bindings; disabled ones are greyed."""

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._updated)

    def _updated(self, _screen: Screen[object]) -> None:
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The keys: the screen's own, then those of the focused pane, then help and palette."""
        first: list[KeyLabel] = []
        last: list[KeyLabel] = []
        label_of = getattr(self.screen, "label_of", None)
        seen: set[str] = set()
        texts: set[str] = set()
        # a key that a screen overrides has its place from the base class: restore the screen's own order
        order = {
            binding.id: place
            for place, binding in enumerate(type(self.screen).BINDINGS)
            if isinstance(binding, Binding) and binding.id is not None
        }
        active_now = self.screen.active_bindings.values()
        for active in sorted(active_now, key=lambda each: order.get(each.binding.id or "", -1)):
            binding = active.binding
            if not binding.show or not binding.description or binding.action in seen:
                continue
            seen.add(binding.action)
            text = label_of(binding) if label_of is not None else binding.description
            if text in texts:
                continue  # two keys that do the same: the first is enough
            texts.add(text)
            label = KeyLabel(self.app.get_key_display(binding), text, binding.key.split(",")[0], active.enabled)
            (last if binding.id in ("app.help", "app.palette") else first).append(label)
        drawn, self._shown = keys_line(first, last, width)
        if last and width_of(drawn) < width and last[-1].text == "Palette":
            gap = width - width_of(drawn) - 1
            drawn = (*drawn[:-2], (" " * gap, ""), *drawn[-2:])
        return (drawn,)
