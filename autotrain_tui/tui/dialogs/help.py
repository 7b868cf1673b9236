"""Help: every key there is here, made from the bindings themselves, in the order of what they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from autotrain_tui.tui.model.actions import ACTIONS
from autotrain_tui.tui.widgets.line import EMPTY, Line, fit, flow, line, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["HelpScreen", "KeyHelp", "focused_group", "key_help"]


_ORDER = ("Session", "Stages", "Log", "Entries", "Everywhere")
_KEYS_WIDTH = 11
_PLAINER = {
    "app.focus_next": "Next pane",
    "app.focus_previous": "Previous pane",
    "screen.copy_text": "Copy the selected text, else as q",
}
"""Textual's own keys in our words."""


class KeyHelp:
    """A key, what it does, and the group it belongs to."""

    __slots__ = ("group", "key", "text")

    def __init__(self, group: str, key: str, text: str) -> None:
        self.group, self.key, self.text = group, key, text


def key_help(screen: Screen[object]) -> list[KeyHelp]:
    """Every key of the screen, its focused pane and the application; the session's actions, possible now or not."""
    app = screen.app
    own = {active.binding.id: app.get_key_display(active.binding) for active in screen.active_bindings.values()}
    found = [KeyHelp("Session", own.get(f"session.{each.name}", each.key), each.help) for each in ACTIONS]
    keys: dict[str, list[str]] = {}
    texts: dict[str, tuple[str, str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.action.startswith("act(") or not (binding.tooltip or binding.description):
            continue
        name = binding.id or binding.action
        shown = app.get_key_display(binding)
        if shown not in keys.setdefault(name, []):
            keys[name].append(shown)
        title = getattr(type(active.node), "BINDING_GROUP_TITLE", None) or "Everywhere"
        group = "Log" if name.startswith("log.") else "Everywhere" if active.node in (app, screen) else title
        texts[name] = (group, _PLAINER.get(binding.action) or binding.tooltip or binding.description)
    found += [KeyHelp(group, " ".join(keys[name]), text) for name, (group, text) in texts.items()]
    return found


def focused_group(screen: Screen[object]) -> str:
    """The group of the keys that belong to the pane with the focus; empty if that has none of its own."""
    panes = screen.focused.ancestors_with_self if screen.focused is not None else ()
    return next((pane.BINDING_GROUP_TITLE for pane in panes if pane.BINDING_GROUP_TITLE and pane is not screen), "")


class _Keys(LineWidget):
    """The keys in as many columns as fit, the group `first` before the others."""

    def __init__(self, keys: Sequence[KeyHelp], first: str) -> None:
        super().__init__()
        self.keys, self._first = keys, first
        self._words: tuple[str, ...] = ()

    def search(self, text: str) -> None:
        """Show only the keys whose name, text or group has all these words."""
        self._words = tuple(text.lower().split())
        self.repaint()

    def _matches(self, key: KeyHelp) -> bool:
        about = f"{key.key} {key.text} {key.group}".lower()
        return all(word in about for word in self._words)

    def _place(self, group: tuple[str, list[KeyHelp]]) -> int:
        """The focused pane's keys come first, then what is used most."""
        if group[0] == self._first:
            return -1
        return _ORDER.index(group[0]) if group[0] in _ORDER else len(_ORDER) - 1

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as needed
        """Group after group, broken into two columns where there is room."""
        count = 2 if width >= 100 else 1
        each = (width - 3 * (count - 1)) // count
        groups: dict[str, list[KeyHelp]] = {}
        for key in filter(self._matches, self.keys):
            groups.setdefault(key.group, []).append(key)
        blocks = [
            [line((name, "accent bold")), *(row for key in keys for row in _key_lines(key, each)), EMPTY]
            for name, keys in sorted(groups.items(), key=self._place)
        ]
        if not blocks:
            return [line(("No key has these words. Esc shows all.", "muted"))]
        total = sum(map(len, blocks))
        sides: list[list[Line]] = [[] for _ in range(count)]
        for block in blocks:
            side = next((side for side in sides if len(side) + len(block) / 2 <= total / count), sides[-1])
            side += block
        rows = max(map(len, sides))
        return [
            tuple(span for at, side in enumerate(sides) for span in _padded(side, row, each, last=at == count - 1))
            for row in range(rows)
        ]


def _key_lines(key: KeyHelp, width: int) -> list[Line]:
    texts = flow(key.text, max(8, width - _KEYS_WIDTH - 1))
    return [line((fit(key.key if not at else "", _KEYS_WIDTH), "key"), " ", *text) for at, text in enumerate(texts)]


def _padded(side: Sequence[Line], row: int, width: int, *, last: bool) -> Line:
    spans = side[row] if row < len(side) else EMPTY
    return spans if last else (*spans, *line(" " * (width - width_of(spans) + 3)))


class HelpScreen(ModalScreen[None]):
    """The keys in a box that scrolls, and can be searched."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", "Close", id="help.close", tooltip="Back to the screen"),
        Binding("slash", "search", "Search", id="help.search", key_display="/", tooltip="Show keys with some words"),
    ]

    def __init__(self, keys: Sequence[KeyHelp], first: str = "") -> None:
        super().__init__()
        self.keys = keys
        self._list = _Keys(keys, first)

    def compose(self) -> ComposeResult:
        """The box."""
        with VerticalScroll(id="box") as box:
            box.border_title = "Keys"
            box.border_subtitle = "/ searches, Esc closes"
            yield Input(placeholder="words of the key you look for", compact=True, id="search")
            yield self._list

    def on_mount(self) -> None:
        """The search comes with its key."""
        self.query_one(Input).display = False
        self.query_one(VerticalScroll).focus()

    def action_search(self) -> None:
        """Type words."""
        field = self.query_one(Input)
        field.display = True
        field.focus()

    def action_close(self) -> None:
        """End the search, else close."""
        field = self.query_one(Input)
        if not field.display:
            self.dismiss()
            return
        field.value, field.display = "", False
        self.query_one(VerticalScroll).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list.search(event.value)
