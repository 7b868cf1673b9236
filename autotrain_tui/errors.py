"""Every error that reaches a person, and its exit status.

AutotrainError                1
├── UsageError                2   bad usage: an unknown flag, a name that matches nothing
│   └── PlanError             2   an invalid plan; names file, place, what was expected
├── RefusedError              3   unknown session, a session that already has a runner, or no runner for a command
│   └── RecordsError          3   a session's records cannot be read; names file and byte
│       └── UnreadableError   3   they could not be read just now: nothing is known by it; ask again
└── MachineError              4   the machine: disk full, no write permission, no lock
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from typing import ClassVar

__all__ = [
    "AutotrainError",
    "MachineError",
    "PlanError",
    "RecordsError",
    "RefusedError",
    "UnreadableError",
    "UsageError",
]


class AutotrainError(Exception):
    """The base; its text is one sentence for a person, without a traceback."""

    exit_code: ClassVar[int] = 1


class UsageError(AutotrainError):
    """The command line cannot be parsed or contradicts itself."""

    exit_code = 2


class PlanError(UsageError):
    """An invalid plan. The text reads `FILE: PLACE: what is wrong (hint)`.

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
    """A session's records cannot be read."""


class UnreadableError(RecordsError):
    """A record could not be read just now (a file server, no free descriptor): nothing may be judged by it."""


class MachineError(AutotrainError):
    """The machine fails: disk full, read-only, no lock."""

    exit_code = 4
