"""What a cursor reads of a picture: the value of each line at one place on x. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len

from autotrain_tui.text import format as fmt
from autotrain_tui.tui.model.axis import x_text
from autotrain_tui.tui.model.curve_picture import Curve, Picture

__all__ = ["CursorValue", "cursor_facts", "cursor_values", "exact", "point_of", "values_in_legend"]


class CursorValue(msgspec.Struct, frozen=True):
    """A line's label and colour, and its point that is nearest to the cursor, as (place on x, value); None outside of
    the line.
    """

    label: str
    colour: str
    point: tuple[float, float] | None


def point_of(curves: Sequence[Curve], x: float) -> tuple[float, float] | None:
    """The point nearest to a place, of the curves that are one line; the one drawn last counts, a background never."""
    own = (curve for curve in reversed(curves) if not curve.quiet)
    return next((point for curve in own if (point := curve.at(x)) is not None), None)


def exact(number: float | None) -> str:
    """A value with as many digits as there is room for."""
    if number is None:
        return fmt.UNKNOWN
    text = f"{number:.7g}"
    return text if len(text) <= 9 else fmt.value(number, 9)


def cursor_values(picture: Picture, x: float) -> list[CursorValue]:
    """Each line's point at the cursor; the leading line, which is drawn over the others, comes first."""
    lines: dict[str, list[Curve]] = {}
    for curve in picture.curves:
        if not curve.quiet:
            lines.setdefault(curve.label, []).append(curve)
    found = [CursorValue(label, curves[-1].colour, point_of(curves, x)) for label, curves in lines.items()]
    return [*found[-1:], *found[:-1]]


def cursor_facts(picture: Picture, x: float, *, in_legend: bool, room: int) -> str:
    """`0.951 at 7:31`, in at most `room` cells: the values, then the place of the point that was read.

    Of several lines the place is the cursor's, and `in_legend` says that their values stand elsewhere. Values without
    room are left out from the end, never cut.
    """
    values = cursor_values(picture, x)
    points = [value.point for value in values if value.point is not None]
    single = points[0] if len(points) == 1 == len(values) else None
    place = f"at {x_text(x if single is None else single[0], picture.axis)}"
    if in_legend and len(values) > 1:
        return place
    texts = [exact(value.point[1] if value.point is not None else None) for value in values]
    while len(texts) > 1 and cell_len(f"{' · '.join(texts)} · … {place}") > room:
        texts.pop()
    more = " · …" if len(texts) < len(values) else ""
    whole = f"{' · '.join(texts)}{more} {place}"
    return whole if cell_len(whole) <= room else texts[0] if texts else place


def values_in_legend(picture: Picture, x: float, width: int) -> Picture:
    """The picture with a legend of its lines' values at the cursor; that of one line stays as it is.

    The lines are named if there is room for the names.
    """
    values = cursor_values(picture, x)
    if len(values) < 2:
        return picture
    texts = [exact(value.point[1] if value.point is not None else None) for value in values]
    named = [f"{value.label} {text}".strip() for value, text in zip(values, texts, strict=True)]
    if sum(cell_len(text) + 4 for text in named) > width:
        named = texts
    return msgspec.structs.replace(
        picture, legend=tuple((text, value.colour) for text, value in zip(named, values, strict=True))
    )
