"""An amount of time as `budget` takes it: `+1h`, `-30m`, `6h`, `1h30m`, `1:30:00`, `none`; a bare number is hours."""

from __future__ import annotations

import re

from autotrain_tui.errors import UsageError

__all__ = ["AMOUNT", "amount_in"]

Args = dict[str, str | int | float | bool | None]
"""The arguments of a command, as `session.records.command_file` has them."""

AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<rest>(?:\d+(?:\.\d+)?[dhms])+|\d+:\d{2}(?::\d{2})?|\d+(?:\.\d+)?)")
_PART = re.compile(r"(\d+(?:\.\d+)?)([dhms]?)")
_UNITS = {"d": 86400.0, "h": 3600.0, "": 3600.0, "m": 60.0, "s": 1.0}


def amount_in(words: list[str]) -> tuple[list[str], Args]:
    """The other words, and the amount as the runner takes it. Raises UsageError when there is none."""
    amounts = [word for word in words if word == "none" or AMOUNT.fullmatch(word)]
    if not amounts:
        raise UsageError("budget: expected an amount: +1h or -30m (more or less), 6h or 1:30:00 (in total), or none")
    # a session may be called by digits too: what has a sign or a unit is the amount, else the last such word
    amount = max(enumerate(amounts), key=lambda item: (not item[1].isdigit(), item[0]))[1]
    rest = list(words)
    rest.reverse()
    rest.remove(amount)
    rest.reverse()
    return rest, _args(amount)


def _args(amount: str) -> Args:
    match = AMOUNT.fullmatch(amount)
    if match is None:
        return {"seconds": None}
    seconds = _seconds(match["rest"])
    if match["sign"]:
        return {"add_seconds": -seconds if match["sign"] == "-" else seconds}
    return {"seconds": seconds}


def _seconds(text: str) -> float:
    if ":" in text:
        parts = [float(part) for part in text.split(":")]
        return parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) == 3 else 0.0)
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
