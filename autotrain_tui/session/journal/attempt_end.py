"""How an attempt ended, in few bytes: a session of thousands of stages has thousands of ends that are rarely read."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import astuple

from autotrain_tui.session.journal.attempt_events import Doubt
from autotrain_tui.session.records.swept import Swept
from autotrain_tui.session.records.usage import Usage

__all__ = ["AttemptEnd"]

_encode = msgspec.msgpack.Encoder().encode


class AttemptEnd:
    """How an attempt ended. Exactly one of exit_code and signal is set, or neither if the exit status is unknown.

    A value as the records beside it: it does not change, and is equal to one with the same fields. The fields are kept
    encoded, in 150 bytes instead of 400, and decoded when one is asked for.
    """

    __slots__ = ("_kept",)

    def __init__(  # noqa: PLR0917  a record, in the order of its fields
        self,
        exit_code: int | None,
        signal: int | None,
        sent_by: str | None,
        reason: str,
        failure: str | None,
        time: str,
        elapsed_seconds: float | None,
        lines: tuple[str, ...] = (),
        swept: tuple[Swept, ...] = (),
        doubts: tuple[Doubt, ...] = (),
        failed_rank: int | None = None,
        usage: Usage | None = None,
    ) -> None:
        """`time` is UTC ISO 8601, `lines` the last ones of its log."""
        numbers = failed_rank, astuple(usage) if usage is not None else None
        records = tuple(map(astuple, swept)), tuple(map(astuple, doubts))
        fields = exit_code, signal, sent_by, reason, failure, time, elapsed_seconds, lines, *records, *numbers
        self._kept: bytes | tuple[Any, ...]
        try:
            self._kept = _encode(fields)
        except OverflowError:  # a number of more than 64 bits, in a damaged journal
            self._kept = fields

    def with_reason(self, reason: str) -> AttemptEnd:
        """The same end for another reason."""
        return AttemptEnd(
            self.exit_code,
            self.signal,
            self.sent_by,
            reason,
            self.failure,
            self.time,
            self.elapsed_seconds,
            self.lines,
            self.swept,
            self.doubts,
            self.failed_rank,
            self.usage,
        )

    def __eq__(self, other: object) -> bool:
        """Whether all fields are equal."""
        return self._kept == other._kept if isinstance(other, AttemptEnd) else NotImplemented

    def __hash__(self) -> int:
        """Of its fields."""
        return hash(self._kept)

    def __repr__(self) -> str:
        """Its fields."""
        return f"AttemptEnd{tuple(self._fields)}"

    @property
    def exit_code(self) -> int | None:
        """The command's exit status."""
        code: int | None = self._fields[0]
        return code

    @property
    def signal(self) -> int | None:
        """The signal that ended it."""
        number: int | None = self._fields[1]
        return number

    @property
    def sent_by(self) -> str | None:
        """Who sent the signal, as far as that is known."""
        sender: str | None = self._fields[2]
        return sender

    @property
    def reason(self) -> str:
        """Why it ended so, for a person; may be empty."""
        return str(self._fields[3])

    @property
    def failure(self) -> str | None:
        """The class of the failure."""
        name: str | None = self._fields[4]
        return name

    @property
    def time(self) -> str:
        """When, as UTC ISO 8601."""
        return str(self._fields[5])

    @property
    def elapsed_seconds(self) -> float | None:
        """From its start to its end by its shim's clock; None if unknown."""
        seconds: float | None = self._fields[6]
        return seconds

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines of its log, if it failed or was lost."""
        return tuple(self._fields[7])

    @property
    def swept(self) -> tuple[Swept, ...]:
        """The processes that it left behind and that were ended."""
        return tuple(Swept(*one) for one in self._fields[8])

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Signs that it did not end as it says."""
        return tuple(Doubt(*one) for one in self._fields[9])

    @property
    def failed_rank(self) -> int | None:
        """The rank of a distributed attempt that failed first, if that is known."""
        rank: int | None = self._fields[10]
        return rank

    @property
    def usage(self) -> Usage | None:
        """What it took of the machine."""
        figures = self._fields[11]
        return Usage(*figures) if figures is not None else None

    @property
    def _fields(self) -> Any:  # a sequence in the constructor's order
        return _decoded(self._kept) if isinstance(self._kept, bytes) else self._kept


_decoded = lru_cache(maxsize=64)(msgspec.msgpack.Decoder().decode)
"""A stage that is shown is asked for ten fields one after the other."""
