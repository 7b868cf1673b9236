"""What a reader finds in a log: a metric's value, how far the work is, a loss that is no number any more."""

from __future__ import annotations

import msgspec

__all__ = ["Event", "NotFinite", "Progress", "Reading"]


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One value of a metric, as printed; always finite.

    `name` is as printed with white space as `_`; `step` and `epoch` are null where the log does not say them.
    """

    name: str
    value: float
    step: int | None = None
    epoch: float | None = None


class Progress(msgspec.Struct, frozen=True, gc=False):
    """How far the work is: `step` of `total` and `epoch` of `epochs`, whichever are known.

    `epoch` is the number of the epoch in work, counted from 1 whatever the library counts from. With `within_epoch`
    step and total count from the start of the epoch, else over the whole run; with it and no step, the epoch is
    complete. `rate` is steps per second. `fraction` stands where the log says per cent and nothing else; `eta` are the
    seconds left that the log tells. A progress
    is a state: of several in a row about the same bar only the last matters, and a reader leaves out those before it.
    """

    step: int | None = None
    total: int | None = None
    epoch: float | None = None
    epochs: int | None = None
    rate: float | None = None
    within_epoch: bool = False
    fraction: float | None = None
    eta: float | None = None


class NotFinite(msgspec.Struct, frozen=True, gc=False):
    """A metric was printed as nan or inf. It never becomes a reading; alerts want to know."""

    name: str
    step: int | None = None
    epoch: float | None = None


Event = Reading | Progress | NotFinite
