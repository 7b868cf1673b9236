"""A block of readings turned on its side, and split by name: what curves are made of."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autotrain_tui.metrics.curves.series import doubles

__all__ = ["Columns", "Group"]


class Group(NamedTuple):
    """One metric's readings of a block, all of one length; `values` are the same as `numbers`, as they were decoded."""

    name: str
    times: array[float]
    numbers: array[float]
    values: list[float]
    steps: list[float | None]
    epochs: list[float | None]


class Columns:
    """Rows turned on their side: as columns (it unpacks to five of one length), or as groups of one name."""

    __slots__ = ("_flat", "groups")

    def __init__(self, flat: list[Any]) -> None:
        """`flat`: the time, name, value, step and epoch of each row, one after the other.

        Raises struct.error where a time or a value is no number, TypeError where a name is no text.
        """
        self._flat = flat
        self.groups = _groups(flat)

    @property
    def names(self) -> list[str]:
        """The name in each row."""
        return self._flat[1::5]

    @property
    def end(self) -> float:
        """The last row's time."""
        end: float = self._flat[-5]
        return end

    def __len__(self) -> int:
        return len(self._flat) // 5

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return (self._flat[place::5] for place in range(5))


def _groups(flat: list[Any]) -> list[Group]:
    """Most logs repeat the same names in the same order, which is quick to see and to split."""
    names = flat[1::5]
    period = _period(names)
    heads = names[:period]
    if set(map(type, heads)) != {str}:
        raise TypeError("a name is no text")
    if len(set(heads)) == period:
        step = 5 * period
        return [_group(heads[at // 5], *(flat[at + i :: step] for i in (0, 2, 3, 4))) for at in range(0, step, 5)]
    places: dict[str, list[int]] = {}
    for at, name in zip(range(0, len(flat), 5), names, strict=True):
        if name in places:
            places[name].append(at)
        else:
            places[name] = [at]
    return [_group(name, *([flat[at + i] for at in indices] for i in (0, 2, 3, 4))) for name, indices in places.items()]


def _group(name: str, times: list[Any], values: list[Any], steps: list[Any], epochs: list[Any]) -> Group:
    return Group(name, doubles(times), doubles(values), values, steps, epochs)


def _period(names: list[Any]) -> int:
    """After how many names they come again in the same order to the end; all of them where they do not."""
    try:
        period = names.index(names[0], 1)
    except ValueError:
        return len(names)
    return period if names[period:] == names[:-period] else len(names)
