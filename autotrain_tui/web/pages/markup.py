"""HTML as calls: text is always escaped, so that no name of a session, stage or metric can become a tag.

`tag("a", "text", href="/")`. Children that are `Markup` are taken as they are; all other texts are escaped.
Attributes: a trailing `_` is dropped (`class_`), other `_` become `-`; None and False leave the attribute out.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

__all__ = ["Markup", "join", "tag"]

_EMPTY = frozenset({"input", "meta", "link", "br"})
_EMPTY_SVG = frozenset({"path", "line", "circle", "rect"})
"""Elements that end with `/>`: without it what follows would be within them, and not drawn."""


class Markup(str):
    """HTML that needs no escaping."""

    __slots__ = ()


def tag(element: str, /, *children: Markup | str | int | None, **attributes: str | float | bool | None) -> Markup:
    """An element."""
    words = [element]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.rstrip("_").replace("_", "-") if key != "viewBox" else key
        words.append(word if value is True else f'{word}="{html.escape(str(value))}"')
    if element in _EMPTY_SVG:
        return Markup(f"<{' '.join(words)}/>")
    head = f"<{' '.join(words)}>"
    if element in _EMPTY:
        return Markup(head)
    return Markup(f"{head}{join(children)}</{element}>")


def join(children: Iterable[Markup | str | int | None]) -> Markup:
    """Children one after the other."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else html.escape(str(child), quote=False)
            for child in children
            if child is not None
        )
    )
