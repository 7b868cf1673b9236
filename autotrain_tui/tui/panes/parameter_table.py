"""A session's parameters: what differs between its stages as a table, a column a stage, then what all stages share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from rich.cells import cell_len

from autotrain_tui.session.journal.state import Session
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.widgets.line import EMPTY, Line, columns, cut, flow, line, right

__all__ = ["parameter_lines", "parameter_text"]

_MOST_STAGES = 12
_MOST_ROWS = 5
"""Lines that the values of one parameter take at most."""
_GAP = 2
_PAIR_COLUMNS = 3


class _Table(msgspec.Struct, frozen=True):
    """How the values that differ are laid out: cells of each stage's column, and between them; cells of the names,
    0 if a name stands above its values.
    """

    widths: tuple[int, ...]
    gap: int
    label: int

    def row(self, texts: Sequence[str]) -> str:
        """A row's values, each at the right edge of its column."""
        return (" " * self.gap).join(right(text, width) for text, width in zip(texts, self.widths, strict=True))


def parameter_lines(session: Session, width: int) -> list[Line]:
    """The parameters under their heading, below an empty line; nothing if there are none.

    A name is never broken; values that have no room beside it stand below it.
    """
    stages = session.stages[:_MOST_STAGES]
    names = dict.fromkeys(name for stage in session.stages for name in stage.info.params)
    if not names:
        return []
    given = [{**stage.info.params, **stage.changes} if stage.changes else stage.info.params for stage in session.stages]
    differing: dict[str, list[str]] = {}
    shared: dict[str, str] = {}
    for name in names:
        values = [each.get(name) for each in given]
        if _differ(values):
            differing[sanitize(name)] = list(map(parameter_text, values[:_MOST_STAGES]))
        else:
            shared[sanitize(name)] = parameter_text(values[0])
    heads = [str(stage.info.index) for stage in stages]
    more = len(session.stages) > len(stages)
    table = _table(differing, heads, width - 1) if differing and not more else None
    if table is None:
        listed = _listed(differing, width, more=more)
        return [EMPTY, line((" parameters", "bold")), *listed, *_shared(shared, width)]
    heading = table.row(heads)
    title = line((" parameters", "bold"))
    if table.label:
        title = line((f" {'parameters':{table.label}}", "bold"), (" " * _GAP + heading, "muted"))
    elif width > 2 + len("parameters") + len(heading):
        title = line((" parameters", "bold"), (right(heading, width - 1 - len("parameters")), "muted"))
    lines = [EMPTY, title]
    for name, texts in differing.items():
        row = table.row([_short(text, most) for text, most in zip(texts, table.widths, strict=True)])
        if table.label:
            lines.append(line((f" {name}{' ' * (table.label - cell_len(name))}", "muted"), " " * _GAP, row))
        else:
            lines += [line((f" {name}", "muted")), line(f" {right(row, width - 1)}")]
    return [*lines, *_shared(shared, width)]


def _differ(values: Sequence[object]) -> bool:
    """Whether the values are shown as different texts; there may be thousands, nearly all of them equal."""
    text = parameter_text(values[0])
    return any(value != values[0] and parameter_text(value) != text for value in values)


def _table(differing: Mapping[str, Sequence[str]], heads: Sequence[str], room: int) -> _Table | None:
    """The widest of the layouts that fit into `room` cells; None if there is none."""
    label = max(len("parameters"), *map(cell_len, differing))
    whole = [heads, *differing.values()]
    short = [[_short(text) for text in texts] for texts in whole]
    for rows, beside, gap in ((whole, label, _GAP), (whole, label, 1), (short, label, 1), (whole, 0, 1), (short, 0, 1)):
        widths = tuple(max(map(cell_len, column)) for column in zip(*rows, strict=True))
        if (beside + _GAP if beside else 0) + sum(widths) + gap * (len(widths) - 1) <= room:
            return _Table(widths, gap, beside)
    return None


def _listed(differing: Mapping[str, Sequence[str]], width: int, *, more: bool) -> list[Line]:
    """Values of too many stages for a table, one after the other below their name; `more`: there are more stages."""
    lines: list[Line] = []
    for name, texts in differing.items():
        lines.append(cut(line((f" {name}", "muted")), width))
        lines += [
            line("   ", *row) for row in flow(" → ".join([*texts, *["…"] * more]), max(6, width - 4), "", _MOST_ROWS)
        ]
    return lines


def _shared(shared: Mapping[str, str], width: int) -> list[Line]:
    """Values that hold for all stages: side by side where they have room, else one a line, long ones below their
    name.
    """
    if not shared:
        return []
    label = max(map(cell_len, shared))
    cells = [
        line((f"{name}{' ' * (label - cell_len(name))}", "muted"), " " * _GAP, text) for name, text in shared.items()
    ]
    widest = label + _GAP + max(map(cell_len, shared.values()))
    count = min(_PAIR_COLUMNS, len(cells), (width - 1) // (widest + 3))
    if count > 1:
        return [line(" ", *row) for row in columns(cells, count, width - 1, "   ")]
    lines: list[Line] = []
    for (name, text), cell in zip(shared.items(), cells, strict=True):
        if label + _GAP + cell_len(text) < width:
            lines.append(line(" ", *cell))
            continue
        rows = flow(text, max(6, width - 4), "", _MOST_ROWS)
        lines += [line((f" {name}", "muted")), *(line("   ", *row) for row in rows)]
    return lines


def _short(text: str, most: int = 0) -> str:
    """A whole number in thousands or millions if that says the same, for a text that is longer than `most` cells."""
    if cell_len(text) <= most or not text.isdecimal():
        return text
    for zeros, letter in ((6, "M"), (3, "k")):
        if text.endswith("0" * zeros) and len(text) > zeros:
            return f"{text[:-zeros]}{letter}"
    return text


def parameter_text(value: object) -> str:
    """A parameter's value as it is shown."""
    return fmt.UNKNOWN if value is None else f"{value:g}" if isinstance(value, float) else sanitize(str(value))
