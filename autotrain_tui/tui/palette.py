"""The palette, and its entries: every action of the table, every key of the screen in sight, Textual's own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from autotrain_tui.tui.model.actions import ACTIONS
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

__all__ = ["EveryAction", "Palette", "PaletteEntry", "entries"]


_NOT_NOW = "Not now."
_OURS_INSTEAD = frozenset({"Quit", "Keys"})
"""Entries of Textual's own that are left out: `q` asks before it leaves, and `?` has the keys of this screen first."""


class PaletteEntry(msgspec.Struct, frozen=True):
    """One line of the palette."""

    text: str
    help: str
    callback: IgnoreReturnCallbackType


def entries(screen: ModeScreen) -> list[PaletteEntry]:
    """Every action and key of the screen: first what can be done now, then the others, marked `Not now`."""
    return sorted(_all_entries(screen), key=lambda entry: entry.help.startswith(_NOT_NOW))


def _all_entries(screen: ModeScreen) -> Iterator[PaletteEntry]:
    seen: set[str] = set()
    for action in ACTIONS:
        request = screen.actions.request(action.name)
        seen.add(f"act({action.name!r})")
        if request is not None:
            join = ": " if " " in request.label else " "  # From scratch: refinement
            about = f"{request.label}{join}{request.stage}" if request.stage else request.label
            yield PaletteEntry(f"{about}  ({action.key})", request.help, partial(screen.action_act, action.name))
        else:
            yield PaletteEntry(f"{action.label}  ({action.key})", f"{_NOT_NOW} {action.help}", _nothing)
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if binding.action in seen or not binding.description:
            continue
        seen.add(binding.action)
        shown = screen.app.get_key_display(binding)
        about = (binding.tooltip or key) if active.enabled else f"{_NOT_NOW} {binding.tooltip}"
        yield PaletteEntry(f"{binding.description}  ({shown})", about, partial(_press, screen, active))
    for command in screen.app.get_system_commands(screen):
        if command.title not in _OURS_INSTEAD:
            yield PaletteEntry(command.title, command.help, command.callback)


def _nothing() -> None:
    """The callback of an action that is not possible now."""


async def _press(screen: ModeScreen, active: ActiveBinding) -> None:
    await screen.app.run_action(active.binding.action, active.node)


class EveryAction(Provider):
    """The palette's entries."""

    async def discover(self) -> Hits:
        """All entries, for an empty search."""
        for entry in self._entries():
            yield DiscoveryHit(entry.text, entry.callback, help=entry.help)

    async def search(self, query: str) -> Hits:
        """Entries that match what was typed."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score = matcher.match(entry.text)
            if score > 0:
                yield Hit(score, matcher.highlight(entry.text), entry.callback, help=entry.help)

    def _entries(self) -> Iterator[PaletteEntry]:
        if isinstance(self.screen, ModeScreen):
            yield from entries(self.screen)


class Palette(CommandPalette):
    """Textual's, but that a key which comes before its list is laid out does nothing.

    PgUp and PgDn would end the program there (Textual 8.2.8: KeyError in `OptionList._move_page`).
    """

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that move in the list wait until its rows are laid out."""
        if action == "command_list" and not self.query_one(CommandList).scrollable_content_region:
            return None
        return super().check_action(action, parameters)
