"""Readers: each takes one value of a parsed file and its location, and returns it typed or raises PlanError."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.model import Scalar
from autotrain_tui.plan.names import did_you_mean, is_name, shown

__all__ = [
    "Location",
    "Reader",
    "any_number",
    "flag",
    "list_of",
    "name",
    "number",
    "one_of",
    "record",
    "scalar",
    "table",
    "table_of",
    "text",
    "text_or_empty",
    "unknown_key",
    "whole",
]

T = TypeVar("T")
C = TypeVar("C", bound=str)


@dataclass(frozen=True, slots=True)
class Location:
    """The location of a value: the file (or "--set batch_size") and the key path, list items counted from 1."""

    file: str
    path: str = ""

    def key(self, name: str) -> Location:
        """The location of a key in the table at this location."""
        inert = name if name.isprintable() and len(name) <= 64 else shown(name)
        return Location(self.file, f"{self.path}.{inert}" if self.path else inert)

    def item(self, number: int) -> Location:
        """The location of the item with that number, from 1, in the list at this location."""
        return Location(self.file, f"{self.path}[{number}]")

    def error(self, message: str, hint: str = "") -> PlanError:
        """The error for this location."""
        return PlanError(message, file=self.file, place=self.path, hint=hint)

    def expected(self, what: str, value: object, hint: str = "") -> PlanError:
        """The error for a value of the wrong kind."""
        return self.error(f"expected {what}, found {_kind(value)}", hint)


Reader: TypeAlias = Callable[[object, Location], T]


def _kind(value: object) -> str:
    """A value for an error message: scalars themselves, containers by their type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return shown(value)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return f"a {type(value).__name__}"


def text(value: object, at: Location) -> str:
    """A non-empty string without NUL (which no argument, path or variable can contain)."""
    found = _any_text(value, at)
    if not found:
        raise at.error("expected a non-empty string")
    return found


def _any_text(value: object, at: Location) -> str:
    if not isinstance(value, str):
        raise at.expected("a string", value, "put it in quotes" if isinstance(value, int | float) else "")
    if "\0" in value:
        raise at.error("a string cannot contain a NUL character")
    return value


def text_or_empty(value: object, at: Location) -> str:
    """A text, perhaps empty, without NUL."""
    return _any_text(value, at)


def name(value: object, at: Location) -> str:
    """A text that may name a plan or a stage."""
    found = _any_text(value, at)
    if not is_name(found):
        raise at.error(
            f"invalid name {shown(found)}", "use 1 to 64 of the characters A-Z a-z 0-9 . _ - and start with none of . -"
        )
    return found


def flag(value: object, at: Location) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise at.expected("true or false", value)
    return value


def whole(low: int, high: int) -> Reader[int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(value: object, at: Location) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise at.expected("a whole number", value)
        if not low <= value <= high:
            raise at.error(f"expected a whole number from {low} to {high}, found {shown(value)}")
        return value

    return read


def number(low: float, high: float, *, above: bool = False) -> Reader[float]:
    """A reader of finite numbers from `low` (or only `above` it) to `high`."""
    bounds = f"a number above {low:g} and up to {high:g}" if above else f"a number from {low:g} to {high:g}"

    def read(value: object, at: Location) -> float:
        found = _finite(value, at, bounds)
        if not low <= found <= high or (above and found == low):
            raise at.error(f"expected {bounds}, found {shown(value)}")
        return found

    return read


def _finite(value: object, at: Location, expected: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise at.expected(expected, value)
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise at.error(f"expected {expected}, found {shown(value)}")
    return found


def any_number(value: object, at: Location) -> float:
    """A finite number of either sign."""
    return _finite(value, at, "a finite number")


def one_of(choices: tuple[C, ...]) -> Reader[C]:
    """A reader of one of the given strings."""

    def read(value: object, at: Location) -> C:
        for choice in choices:
            if value == choice and isinstance(value, str):
                return choice
        quoted = ", ".join(f'"{choice}"' for choice in choices)
        hint = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise at.expected(f"one of {quoted}", value, hint if hint.startswith("did") else "")

    return read


def scalar(value: object, at: Location) -> Scalar:
    """A text, a finite number or a truth value."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _any_text(value, at)
    if isinstance(value, int):
        if abs(value) >= 2**63:
            raise at.error(f"expected a number that fits in 64 bits, found {shown(value)}")
        return value
    if isinstance(value, float):
        return _finite(value, at, "a finite number")
    raise at.expected("a string, a number, true or false", value)


def list_of(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """A reader of lists whose items `read` reads."""

    def read_list(value: object, at: Location) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise at.expected("a list", value)
        return tuple(read(item, at.item(number)) for number, item in enumerate(value, 1))

    return read_list


def table(value: object, at: Location) -> dict[str, object]:
    """A table, whatever it holds."""
    if not isinstance(value, dict):
        raise at.expected("a table", value)
    return value


def table_of(read: Reader[T]) -> Reader[dict[str, T]]:
    """A reader of tables with free keys whose values `read` reads."""

    def read_table(value: object, at: Location) -> dict[str, T]:
        return {key: read(item, at.key(key)) for key, item in table(value, at).items()}

    return read_table


def unknown_key(key: str, at: Location, known: Iterable[str], hint: str = "") -> PlanError:
    """The error for an unknown key, with the nearest known key."""
    return at.key(key).error("unknown key", hint or did_you_mean(key, known))


def record(
    value: object, at: Location, readers: Mapping[str, Reader[Any]], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A table with only the keys of `readers`; those in `required` must be present."""
    raw = table(value, at)
    for key in raw:
        if key not in readers:
            raise unknown_key(key, at, readers)
    for key in required:
        if key not in raw:
            raise at.error(f'the key "{key}" is missing')
    return {key: readers[key](item, at.key(key)) for key, item in raw.items()}
