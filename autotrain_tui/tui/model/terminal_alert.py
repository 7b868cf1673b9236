"""Notifications that the terminal shows outside of its window: which sequence it knows, and the bytes. Pure.

OSC 9 (iTerm2, https://iterm2.com/documentation-escape-codes.html): one text. OSC 777 (rxvt-unicode, foot, VTE of
Fedora): `notify;TITLE;BODY`. OSC 99 (https://sw.kovidgoyal.net/kitty/desktop-notifications/): title and body as two
sequences of one id. A terminal that does not know a sequence shows nothing, and all know the bell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from autotrain_tui.tui.model.notifications import Item

__all__ = ["TerminalAlert", "alert_kind", "alert_sequence"]

_LONGEST = 200
"""Characters of a title or a text; terminals cut longer ones, and some drop them."""


class TerminalAlert(StrEnum):
    """The values of AUTOTRAIN_NOTIFY."""

    OSC9 = "osc9"
    OSC777 = "osc777"
    OSC99 = "osc99"
    BELL = "bell"
    OFF = "off"


_BY_PROGRAM = {"iterm.app": TerminalAlert.OSC9, "wezterm": TerminalAlert.OSC9, "ghostty": TerminalAlert.OSC9}


def alert_kind(environment: Mapping[str, str]) -> TerminalAlert:
    """What AUTOTRAIN_NOTIFY names; without it what the terminal is known for, else the bell.

    tmux and screen hand no such sequence on, but the bell.
    """
    named = environment.get("AUTOTRAIN_NOTIFY", "").lower()
    if named in set(TerminalAlert):
        return TerminalAlert(named)
    term = environment.get("TERM", "")
    if environment.get("TMUX") or environment.get("STY") or term.startswith(("screen", "tmux")):
        return TerminalAlert.BELL
    if term == "xterm-kitty":
        return TerminalAlert.OSC99
    if term.startswith(("rxvt-unicode", "foot")):
        return TerminalAlert.OSC777
    return _BY_PROGRAM.get(environment.get("TERM_PROGRAM", "").lower(), TerminalAlert.BELL)


def alert_sequence(kind: TerminalAlert, items: Sequence[Item], title: str) -> str:
    """What is written to the terminal for these items; one bell for all of them, nothing for none.

    `title`: the session's plan, above an item without a title of its own.
    """
    urgent = [item for item in items if item.outside]
    if not urgent or kind is TerminalAlert.OFF:
        return ""
    if kind is TerminalAlert.BELL:
        return "\a"
    return "".join(_sequence(kind, _plain(item.title or title), _plain(item.text)) for item in urgent)


def _sequence(kind: TerminalAlert, title: str, text: str) -> str:
    match kind:
        case TerminalAlert.OSC99:
            return f"\x1b]99;i=autotrain-tui:d=0;{title}\x1b\\\x1b]99;i=autotrain-tui:p=body;{text}\x1b\\"
        case TerminalAlert.OSC777:
            return f"\x1b]777;notify;{title.replace(';', ',')};{text}\x1b\\"
        case _:  # a text such as "4;…" would be read as a progress bar by some, and a title never begins so
            return f"\x1b]9;{title.replace(';', ',')}: {text}\x1b\\"


def _plain(text: str) -> str:
    """Printable characters only, so that nothing in a text ends the sequence."""
    found = "".join(letter if letter.isprintable() else " " for letter in text)
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 1]}…"
