"""Which metrics share a frame: the same measure on the training data and on data that is held out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autotrain_tui.metrics.parsing.metric_split import split_of
from autotrain_tui.metrics.parsing.series_kinds import series_kind
from autotrain_tui.text.metric_goal import usual_goal

__all__ = ["frames_of", "partners", "with_colours"]

_MOST = 5
"""Curves of one frame; measures of more are drawn each in its own."""


def frames_of(names: Sequence[str], *, together: bool = True) -> dict[str, tuple[str, ...]]:
    """The frames in the order of the names: the name that leads each, and all of its names, the leading one first.

    The one that is first among the names leads, but held-out data leads where the first is on training data. Without
    `together` each name has a frame of its own.
    """
    if not together:
        return {name: (name,) for name in names}
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_group(name), []).append(name)
    found: dict[str, tuple[str, ...]] = {}
    for members in groups.values():
        if not _are_pair(members):
            found.update((name, (name,)) for name in members)
            continue
        held = [name for name in members if split_of(name).held_out]
        lead = members[0] if members[0] in held else held[0]
        found[lead] = (lead, *(name for name in members if name != lead))
    place = {name: at for at, name in enumerate(names)}
    order = sorted(found, key=lambda lead: min(place[name] for name in found[lead]))
    return {lead: found[lead] for lead in order}


def partners(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The other metrics of a name's frame."""
    return next(
        (tuple(one for one in each if one != name) for each in frames_of([*names]).values() if name in each), ()
    )


def with_colours(frame: Sequence[str], colours: Mapping[str, str], lead: str) -> dict[str, str]:
    """The colour of each line of a frame, no two the same: the leading one has `lead`."""
    found = {frame[0]: lead}
    for name in frame[1:]:
        free = (colour for colour in (colours.get(name, ""), *_SPARE) if colour and colour not in found.values())
        found[name] = next(free, lead)
    return found


_SPARE = tuple(f"curve-{number}" for number in range(1, 8))


def _group(name: str) -> str:
    """What two names must share; a name that says neither a goal nor a measure stays alone."""
    measure = split_of(name).measure
    known = measure and series_kind(name) == "quality" and usual_goal(name) is not None
    return f"{measure}\n" if known else name


def _are_pair(members: Sequence[str]) -> bool:
    """Whether they are of training data and of data that is held out, and not too many."""
    held = sum(split_of(name).held_out for name in members)
    return 1 < len(members) <= _MOST and 0 < held < len(members)
