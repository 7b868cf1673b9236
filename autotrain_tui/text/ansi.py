"""Text attributes out of a log: what SGR sequences ask for, as data we made ourselves.

Only the attributes a reader is helped by survive: colours, bold, dim, italic, underline, reverse, strike. Blinking,
concealing, fonts and frames are dropped. Source of the numbers: ECMA-48 section 8.3.117, ISO 8613-6 for 38 and 48.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["PLAIN", "TRUE_COLOUR", "SgrStyle", "apply_sgr", "encode_sgr"]

TRUE_COLOUR = 0x1000000
"""Added to a 24-bit colour, so that one int tells palette entries (0 to 255) from true colours."""


class SgrStyle(NamedTuple):
    """The attributes of a run of text; a colour is a palette number, TRUE_COLOUR + 0xRRGGBB, or None (default)."""

    foreground: int | None = None
    background: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = SgrStyle()

_SET = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike", 21: "underline"}
_UNSET = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
_CODES = (("bold", 1), ("dim", 2), ("italic", 3), ("underline", 4), ("reverse", 7), ("strike", 9))
_MAX_NUMBERS = 64
"""More numbers than this in one sequence are ignored: nobody writes them by honest means."""


@lru_cache(maxsize=512)
def apply_sgr(style: SgrStyle, parameters: str) -> SgrStyle:
    """The style after `ESC [ parameters m`. What is not understood changes nothing; nothing is raised."""
    changes: dict[str, bool | int | None] = {}
    current = style
    numbers = _numbers(parameters)
    for code in numbers:
        if code == 0:
            current, changes = PLAIN, {}
        elif code in _SET:
            changes[_SET[code]] = True
        elif code in _UNSET:
            changes.update(dict.fromkeys(_UNSET[code], False))
        elif code in (38, 48):
            colour = _extended(numbers)
            if colour is not None:
                changes["foreground" if code == 38 else "background"] = colour
        elif code == 39:
            changes["foreground"] = None
        elif code == 49:
            changes["background"] = None
        else:
            changes.update(_palette(code))
    return current._replace(**changes)  # type: ignore[arg-type]  # names and values come from the tables above


@lru_cache(maxsize=512)
def encode_sgr(style: SgrStyle) -> str:
    """The one sequence that brings a terminal from its default attributes to `style`; "" for the default itself."""
    codes = [str(code) for name, code in _CODES if getattr(style, name)]
    for colour, base in ((style.foreground, 30), (style.background, 40)):
        if colour is None:
            continue
        if colour < 8:
            codes.append(str(base + colour))
        elif colour < 16:
            codes.append(str(base + 60 + colour - 8))
        elif colour < TRUE_COLOUR:
            codes.append(f"{base + 8};5;{colour}")
        else:
            codes.append(f"{base + 8};2;{colour >> 16 & 255};{colour >> 8 & 255};{colour & 255}")
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _numbers(parameters: str) -> Iterator[int]:
    """The numbers of a sequence, empty ones 0; `4:3` (a curly underline) counts as 4, `38:2::r:g:b` as 38;2;r;g;b."""
    found: list[int] = []
    for part in parameters.split(";")[:_MAX_NUMBERS]:
        head, *rest = part.split(":")
        if head in ("38", "48") and rest:
            if rest[0] == "2" and len(rest) > 4:
                del rest[1]  # the colour space, which nobody fills
            found += [int(one) if _is_number(one) else 0 for one in (head, *rest)]
        elif head == "4" and rest[:1] == ["0"]:
            found.append(24)
        elif not head:
            found.append(0)
        elif _is_number(head):
            found.append(int(head))
    return iter(found)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _extended(numbers: Iterator[int]) -> int | None:
    """The colour after 38 or 48: `5;n` or `2;r;g;b`; None when the rest makes no colour."""
    kind = next(numbers, None)
    if kind == 5:
        entry = next(numbers, 256)
        return entry if entry < 256 else None
    if kind == 2:
        red, green, blue = (next(numbers, 256) for _ in range(3))
        return TRUE_COLOUR + (red << 16) + (green << 8) + blue if max(red, green, blue) < 256 else None
    return None


def _palette(code: int) -> dict[str, int]:
    if 30 <= code <= 37:
        return {"foreground": code - 30}
    if 90 <= code <= 97:
        return {"foreground": code - 90 + 8}
    if 40 <= code <= 47:
        return {"background": code - 40}
    if 100 <= code <= 107:
        return {"background": code - 100 + 8}
    return {}
