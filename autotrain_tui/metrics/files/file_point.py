"""What the readers of event files, CSV files and trainer_state.json give: one number of one series."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FilePoint"]


class FilePoint(NamedTuple):
    """One number, as the file has it: it may be nan or inf. None is unknown; `wall` is Unix seconds."""

    name: str
    value: float
    step: int | None = None
    epoch: float | None = None
    wall: float | None = None

    @property
    def place(self) -> float | None:
        """Where it stands on its series: the step, else the epoch."""
        return self.step if self.step is not None else self.epoch
