"""Which source a series is read from, if several give the same name: metrics.jsonl, then files, then the log."""

from __future__ import annotations

from typing import NamedTuple

from autotrain_tui.metrics.parsing.reading_events import NotFinite, Reading

__all__ = ["NamePrecedence"]

_SOME_FILE = -1


class _Place(NamedTuple):
    """Where a series ends: step, epoch, running seconds."""

    step: int | None
    epoch: float | None
    time: float

    def before(self, event: Reading | NotFinite, time: float) -> bool:
        """Whether an event stands behind it."""
        if self.step is not None and event.step is not None:
            return event.step > self.step
        if self.epoch is not None and event.epoch is not None:
            return event.epoch > self.epoch
        return time > self.time


class NamePrecedence:
    """Decides for each value whether it is taken.

    A file that comes after the log has told a name, or after another file, goes on behind what is recorded.
    """

    def __init__(self, *, files: bool) -> None:
        """`files`: whether there may be any."""
        self._files = files
        self._own: set[str] = set()
        self._filed: dict[str, int] = {}
        self._places: dict[str, _Place] = {}

    def restore(self, own: set[str], filed: set[str]) -> None:
        """The names that an earlier runner read from metrics.jsonl, and from files."""
        self._own |= own
        self._filed |= dict.fromkeys(filed, _SOME_FILE)

    def takes_own(self, event: Reading | NotFinite) -> bool:
        """Of metrics.jsonl: all."""
        self._own.add(event.name)
        return True

    def takes_log(self, event: Reading | NotFinite, time: float) -> bool:
        """Of the log: the names that no other source has."""
        name = event.name
        if name in self._own or name in self._filed:
            return False
        if self._files:
            self._places[name] = _Place(event.step, event.epoch, time)
        return True

    def takes_file(self, event: Reading | NotFinite, file: int, time: float, *, superseding: bool) -> bool:
        """Of a file, by its number: also where another file has the name, if it stands behind."""
        name = event.name
        if name in self._own:
            return False
        owner, last = self._filed.get(name), self._places.get(name)
        if owner != file and last is not None and not superseding and not last.before(event, time):
            return False
        self._filed[name] = file
        self._places[name] = _Place(event.step, event.epoch, time)
        return True
