"""A record with inner braces and names that no list knows: `{"step": 3, "agent": {"zeal": 0.4, "grit": {"now": 0.1}}}`.

It is read as the flat record that it stands for, whose names have the way to them (`agent.zeal`, `agent.grit.now`), and
so is learned by its recurrence as a flat one is. Lists, and braces under a word for settings, are left out.
"""

from __future__ import annotations

from collections.abc import Callable

from autotrain_tui.metrics.formats.records import MAX_RECORD, NO_HEAD
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["FlatRecord", "flat"]

_TOKEN = lazy_pattern(
    rf"""(?:"(?P<key>[^"\\{{}}]{{1,80}})"|'(?P<single>[^'\\{{}}]{{1,80}})'|(?P<bare>[A-Za-z_$][\w$]{{0,80}}))\s*:\s*"""
    rf"""(?:(?P<open>\{{)|(?P<num>{NUMBER})\s*(?=[,}}]))?|[{{}}\[\]]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
)
_DEEPEST = 8


class FlatRecord:
    """Reads lines of one shape in their flat form; `find` gives the layout of that form."""

    __slots__ = ("_find", "_rest")

    def __init__(self, find: Callable[[str], Layout]) -> None:
        self._find = find
        self._rest: Layout | None = None

    def read(self, line: bytes, state: State) -> None:
        """Read the flat record."""
        text = flat(line.decode("latin-1"))
        if text is None:
            return
        if self._rest is None:
            self._rest = self._find(text)
        self._rest.read(text.encode("latin-1"), state)


def flat(text: str) -> str | None:
    """The record of numbers that a nested one stands for; None if it is no whole record, or has nothing inside."""
    if len(text) > MAX_RECORD:
        return None
    way: list[str | None] = []  # None: what is within is left out
    found: dict[str, str] = {}
    for token in _TOKEN.finditer(text, text.find("{") + 1):
        key = token["key"] or token["single"] or token["bare"]
        if key is None or token["open"]:
            sign = token.group()[-1]
            if sign in "{[":
                way.append(key if key is not None and not NO_HEAD.search(key) else None)
            elif sign in "}]" and way:
                way.pop()
            if len(way) > _DEEPEST:
                return None
        elif token["num"] and None not in way:
            name = ".".join([*filter(None, way), key])
            if name in found:
                return None
            found[name] = token["num"]
    if way or not any("." in name for name in found):
        return None
    return "{" + ", ".join(f'"{name}": {value}' for name, value in found.items()) + "}"
