"""Plain tables for a terminal or a pipe: aligned columns, as wide as the terminal, coloured only there."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLOURS", "cell_width", "colours", "paint", "print_columns", "print_table", "table", "width"]

_NO_EDGE = 10_000

COLOURS = {
    "succeeded": "32",
    "running": "36",
    "starting": "36",
    "failed": "31",
    "lost": "31",
    "interrupted": "31",
    "paused": "33",
    "pausing": "33",
    "frozen": "33",
    "held": "2",
    "skipped": "2",
    "stopped": "2",
    "pending": "2",
    "stopping": "33",
    "created": "2",
    "imported": "2",
    "out of budget": "32",
    "ended by its budget": "32",
    "dim": "2",
    "bold": "1",
    "best": "1;32",
    "warning": "33",
}
"""SGR codes of states; the state is always named too, never shown by colour alone."""


_OUR_SIGNS = frozenset("–…·×")
"""Signs of one cell that our own words have; whoever prints nothing else needs no table of all characters."""


def colours() -> bool:
    """Whether stdout is a terminal that wants colour (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, name: str) -> str:
    """The text in the colour of a state, where colour is wanted."""
    code = COLOURS["warning"] if name.endswith(", in doubt") else COLOURS.get(name)
    return f"\x1b[{code}m{text}\x1b[0m" if code and colours() else text


def width(pipe: int = _NO_EDGE) -> int:
    """Cells across the terminal; a pipe has no edge, or the one that is given."""
    if not sys.stdout.isatty():
        return pipe
    named = os.environ.get("COLUMNS", "")
    try:
        return int(named) if named.isdigit() and int(named) > 0 else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 80


def print_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    shrinks: Sequence[int] = (),
    last: int | None = None,
    state: int | None = None,
) -> None:
    """Print rows under a head.

    `right`: columns of numbers; `shrinks`: those that are cut where the terminal is narrow, the first one first;
    `last`: the one that is cut where that is not enough; `state`: the one whose word has a colour.
    """
    print_columns(list(zip(head, *rows, strict=True)), right=right, shrinks=shrinks, last=last, state=state)


def print_columns(
    columns: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    shrinks: Sequence[int] = (),
    last: int | None = None,
    state: int | None = None,
) -> None:
    """As `print_table`, for who has the columns, each with its head."""
    columns = table(columns, right=right, shrinks=shrinks, last=last, room=width())
    if state is not None and colours():
        words = columns[state]
        painted = {word: paint(word, word.strip()) for word in set(words[1:])}
        columns[state] = [words[0], *(painted[word] for word in words[1:])]
    head_line, *lines = map("  ".join, zip(*columns, strict=True))
    print("\n".join([paint(head_line.rstrip(), "dim"), *map(str.rstrip, lines)]))


def table(
    columns: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    shrinks: Sequence[int] = (),
    last: int | None = None,
    room: int = _NO_EDGE,
    least: Sequence[int] = (16, 8, 4),
) -> list[list[str]]:
    """The columns, each of a head and its cells, padded to one width: a table may have ten thousand rows.

    `least`: the widths to which columns that shrink are cut, one after the other, until there is room.
    """
    measures = [len if "".join(column).isascii() else cell_width for column in columns]
    widths = [max(map(measure, column)) for measure, column in zip(measures, columns, strict=True)]
    plain = [cells if measure is len else None for measure, cells in zip(measures, widths, strict=True)]
    over = sum(widths) + 2 * (len(widths) - 1) - room
    limits = [(place, cells) for cells in least for place in shrinks]
    for place, cells in [*limits, (last, 16)] if last is not None else limits:
        taken = max(0, min(over, widths[place] - cells))
        widths[place] -= taken
        over -= taken
    return [_fitted(column, widths[place], place in right, plain[place]) for place, column in enumerate(columns)]


def _fitted(column: Sequence[str], cells: int, right: bool, plain: int | None) -> list[str]:
    """`plain`: the longest cell of a column of nothing but ASCII; None for any other."""
    if plain is None or plain > cells:
        return [_fit(text, cells, right) for text in column]
    if min(map(len, column[1:]), default=0) == cells:  # most states and ids are of one length
        return [_fit(column[0], cells, right), *column[1:]]
    return [text.rjust(cells) for text in column] if right else [text.ljust(cells) for text in column]


def _fit(text: str, cells: int, right: bool) -> str:
    if cell_width(text) > cells:
        while text and cell_width(text) > cells - 1:
            text = text[:-1]
        text += "…"
    padding = " " * (cells - cell_width(text))
    return padding + text if right else text + padding


def cell_width(text: str) -> int:
    """Cells that a text takes in a terminal."""
    if text.isascii() or all(sign <= "~" or sign in _OUR_SIGNS for sign in text):
        return len(text)
    from unicodedata import combining, east_asian_width  # only for text that is not ASCII

    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)
