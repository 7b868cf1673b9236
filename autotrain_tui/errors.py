"""Every error that reaches a person, and the exit status it means.

AutotrainError                1
├── UsageError                2   bad usage: an unknown flag, a word that names nothing
│   └── PlanError             2   a plan that can't be used; names file, place, what was expected
├── RefusedError              3   unknown session, one that already has a runner, nobody to take a command
│   └── RecordsError          3   a session's records that can't be read; names file and byte
└── MachineError         4   the environment: disk full, can't be written, lock not to be had
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from typing import ClassVar

__all__ = ["AutotrainError", "MachineError", "PlanError", "RecordsError", "RefusedError", "UsageError"]


class AutotrainError(Exception):
    """The root; its text is one sentence for a person, without a traceback."""

    exit_code: ClassVar[int] = 1


class UsageError(AutotrainError):
    """The command line can't be understood or contradicts itself."""

    exit_code = 2


class PlanError(UsageError):
    """A plan can't be used. The text reads `FILE: PLACE: what is wrong (hint)`.

    `file` is a path or a description such as "the command line"; `place` a key path such as `stage[2].epochs`, or "".
    """

    def __init__(self, message: str, *, file: str = "", place: str = "", hint: str = "") -> None:
        self.file, self.place, self.hint = file, place, hint
        parts = [part for part in (file, place, message) if part]
        super().__init__(": ".join(parts) + (f" ({hint})" if hint else ""))


class RefusedError(AutotrainError):
    """The request is valid but cannot be granted now."""

    exit_code = 3


class RecordsError(RefusedError):
    """A session's records can't be read."""


class MachineError(AutotrainError):
    """The machine says no: disk full, read-only, no lock."""

    exit_code = 4
