"""The words that extend a search: `+4`, or `lr=0.02 batch_size=64`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.loading.sets import parse_set
from autotrain_tui.plan.model import Scalar
from autotrain_tui.plan.names import shown

__all__ = ["extension_in"]

_NUMBER = re.compile(r"\+?\d{1,5}")
_FORM = "+4 for four more draws, or a value for each swept key: lr=0.02 batch_size=64"


def extension_in(words: Sequence[str]) -> tuple[list[str], dict[str, Scalar | None]]:
    """The words before, and the arguments of the request: `trials`, or `set:NAME` for each value. Raises UsageError."""
    rest = list(words)
    if rest and _NUMBER.fullmatch(rest[-1]) and int(rest[-1]):
        return rest[:-1], {"trials": int(rest[-1])}
    args: dict[str, Scalar | None] = {}
    while rest and "=" in rest[-1]:
        key, value, plain = parse_set(rest.pop())
        if f"set:{key}" in args:
            raise UsageError(f"extend: {shown(key)} is given twice")
        args[f"set:{key}"] = value if isinstance(value, str | int | float | bool) else plain
    if not args:
        raise UsageError(f"extend: say what to add: {_FORM}")
    return rest, dict(reversed(args.items()))
