"""Tells when there may be readings that the curves lack, by a look at the size of the files that grow.

Reading takes a change of threads for each stage, which costs more than half a sample of the machine. So the thread
that measures the machine looks whether there is anything to read, and usually there is nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.tui.model.session_curves import SessionCurves

__all__ = ["ReadingsLook"]

_MOST_LOOKS = 5
"""Looks after which the curves are read in any case: a stage that has ended may have been read again from its log."""


class ReadingsLook:
    """Used by the event loop, but for `look`, which a thread calls: a disk that does not answer stops only that one."""

    def __init__(self) -> None:
        self._curves: SessionCurves | None = None
        self._places: list[tuple[Path, int]] = []
        self._changed = True
        self._looks = 0
        self._looking = False

    def session_changed(self) -> None:
        """A stage may have begun or ended."""
        self._changed = True

    def is_due(self, curves: SessionCurves) -> bool:
        """Whether the curves are to be read without a look; also once they have been replaced, or lag behind."""
        return self._changed or curves is not self._curves or curves.behind or self._looks >= _MOST_LOOKS

    def done(self, view: View, curves: SessionCurves) -> None:
        """The curves have been read as far as there was time for."""
        self._curves, self._places, self._looks = curves, curves.places(view), 0

    def begin(self) -> None:
        """The curves are about to be read."""
        self._changed = False

    def look(self) -> None:
        """In a thread: look at the files. While another look waits for the disk there is no second one."""
        if self._looking:
            return
        self._looking = True
        try:
            self._looks += 1
            if any(_size(path) != read for path, read in self._places):
                self._changed = True  # never set to False here: the session may have changed since the first look
        finally:
            self._looking = False


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
