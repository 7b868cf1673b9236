"""What an application of ours looks like: themes, filters of its lines, and a person's own keys and themes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from textual.app import App
from textual.binding import Binding
from textual.color import Color, ColorParseError
from textual.dom import DOMNode
from textual.events import Key
from textual.filter import LineFilter
from textual.reactive import Reactive
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme
from textual.widgets import Input

from autotrain_tui.tui.ascii_filter import PlainSigns
from autotrain_tui.tui.capture_filter import SelfContainedLines
from autotrain_tui.tui.model.encoding import is_plain
from autotrain_tui.tui.model.user_files import UserTheme, config_folder, read_keys, read_themes
from autotrain_tui.tui.terminal import driver_class
from autotrain_tui.tui.theme import OURS, defaults, theme_name

__all__ = ["ThemedApp"]

_KEY_WORDS = str.maketrans({"⏎": "enter", "↑": "up", "↓": "down", "←": "left", "→": "right"})
"""Textual's signs of keys in words: in ASCII several of them would be the sign of Ctrl, or a letter."""


def _is_colour(text: str) -> bool:
    try:
        Color.parse(text)
    except ColorParseError:
        return False
    return True


def _theme(own: UserTheme) -> Theme:
    colour = own.colours.get
    return Theme(
        name=own.name,
        primary=own.colours["primary"],
        secondary=colour("secondary"),
        warning=colour("warning"),
        error=colour("error"),
        success=colour("success"),
        accent=colour("accent"),
        foreground=colour("foreground"),
        background=colour("background"),
        surface=colour("surface"),
        panel=colour("panel"),
        dark=own.dark,
        variables=dict(own.variables),
    )


def _bindings(node: DOMNode) -> Iterator[Binding]:
    """The bindings that the node's class and its bases declare."""
    for kind in type(node).__mro__:
        for binding in vars(kind).get("BINDINGS", ()):
            if isinstance(binding, Binding):
                yield binding


class ThemedApp(App[None]):
    """The base of the application: everything about its look and its keys that is not about sessions."""

    # ours from the first moment: a theme that is set later makes every rule be read again
    theme: Reactive[str] = Reactive(
        lambda: theme_name(os.environ.get("AUTOTRAIN_THEME", ""), {**BUILTIN_THEMES, **OURS})
    )

    def __init__(self) -> None:
        super().__init__(driver_class=driver_class())
        self._self_contained = SelfContainedLines()
        self._plain_signs = PlainSigns() if is_plain(os.environ) else None  # one: rows keep what a filter made of them
        self.setting_problems: list[str] = []
        """What is wrong in the person's own files, in sentences."""
        self._own_keys: dict[str, str] = {}
        self._told: set[str] = set()
        for theme in OURS.values():
            self.register_theme(theme)
        self._use_own_files(os.environ)

    def _use_own_files(self, environment: Mapping[str, str]) -> None:
        """The themes and the keys of `~/.config/autotrain-tui`."""
        folder = config_folder(environment)
        if not folder.is_dir():
            return
        themes, problems = read_themes(folder, _is_colour)
        for own in themes:
            self.register_theme(_theme(own))
        if (wanted := environment.get("AUTOTRAIN_THEME", "").strip()) in {own.name for own in themes}:
            self.theme = wanted
        keys, wrong = read_keys(folder)
        self.setting_problems += [*problems, *wrong]
        if keys:
            self._own_keys = keys
            self.set_keymap(keys)

    def tell_conflicts(self, screen: Screen[None]) -> None:
        """A key of `keys.toml` that has another action on this screen: Textual takes it from that one silently."""
        own = {key: name for name, keys in self._own_keys.items() for key in keys.split(",")}
        if not own:
            return
        for node in (self, screen, *screen.walk_children()):
            for binding in _bindings(node):
                for key in binding.key.split(","):
                    name = own.get(key)
                    if name is None or binding.id in (None, name) or binding.id in self._own_keys:
                        continue
                    words = f"keys.toml: {key} ({name}) is also the key of {binding.description} ({binding.id})"
                    if words not in self._told:
                        self._told.add(words)
                        self.notify(words, title="Settings", severity="warning", markup=False)

    def on_key(self, event: Key) -> None:
        """A letter that was on its way to a list when the key before it opened a field is that field's text.

        A field takes all letters that reach it, so that this one was sent elsewhere: `/dig` may arrive as one packet.
        """
        field = self.focused
        if isinstance(field, Input) and event.is_printable:
            event.prevent_default()
            field.post_message(Key(event.key, event.character))

    def get_theme(self, theme_name: str) -> Theme | None:
        """Our own at once: Textual asks for each line it draws, and looks in a new copy of its table each time."""
        return OURS.get(theme_name) or super().get_theme(theme_name)

    def get_key_display(self, binding: Binding) -> str:
        """How a key is shown: with Textual's signs, or in words for a terminal that has ASCII alone."""
        shown = super().get_key_display(binding)
        return shown.translate(_KEY_WORDS) if self._plain_signs is not None else shown

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and ours for captures of the screen."""
        filters = list(super().get_line_filters())
        if self._plain_signs is not None and not self.is_headless:
            filters.append(self._plain_signs)
        return filters if self.no_color else [*filters, self._self_contained]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables for themes that don't know them."""
        return dict(defaults(self.current_theme))
