"""How far the work is, from the points of files: they know steps and epochs, and no totals."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["FileProgress"]


class FileProgress:
    """Follows the furthest step and epoch of all files."""

    def __init__(self) -> None:
        self._step: int | None = None
        self._epoch: float | None = None
        self._first_epoch: float | None = None

    def feed(self, points: Sequence[FilePoint]) -> Progress | None:
        """The progress that new points show; None if they show none."""
        grown = False
        for name, value, step, epoch, _ in points:
            if name == "epoch" and epoch is None:
                epoch = value if 0 <= value < 1e18 else None  # noqa: PLW2901  Lightning's tag
            if step is not None and (self._step is None or step > self._step):
                self._step, grown = step, True
            if epoch is not None and (self._epoch is None or epoch > self._epoch):
                self._epoch, grown = epoch, True
                self._first_epoch = epoch if self._first_epoch is None else self._first_epoch
        if not grown:
            return None
        number = self._epoch
        if number is not None and self._first_epoch is not None:
            number = float(int(number) + (self._first_epoch < 1))
        return Progress(self._step, epoch=number, within_epoch=self._step is None)
