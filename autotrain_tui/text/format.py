"""Numbers for people: fixed places, always with units, rounded rather than cut.

Pure: seconds, bytes and percent in, text out. Unknown values are `–`.
"""

from __future__ import annotations

__all__ = [
    "UNKNOWN",
    "ago",
    "clock",
    "count",
    "estimate",
    "gib",
    "percent",
    "place",
    "rate",
    "room",
    "short_clock",
    "size",
    "value",
]

UNKNOWN = "–"

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_THOUSANDS = ("", "k", "M", "G", "T")
_INFINITY = float("inf")


def _finite(number: float) -> bool:
    """As math.isfinite, whose library is a part of the time that a plain command takes."""
    return -_INFINITY < number < _INFINITY  # no comparison holds for NaN


def clock(seconds: float | None) -> str:
    """A duration as `m:ss` or `h:mm:ss`; from four days on `4d 03h`."""
    if seconds is None or not _finite(seconds):
        return UNKNOWN
    whole = max(0, int(seconds + 1e-6))  # 16.8 min are 1007.9999… s in floating point
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 96:
        return f"{hours // 24}d {hours % 24:02d}h"
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def short_clock(seconds: float | None) -> str:
    """A duration in two units at most, for sentences: `40 s`, `8 min`, `2 h 14 min`, `3 d 2 h`."""
    if seconds is None or not _finite(seconds):
        return UNKNOWN
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 1440:
        return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    hours = round(minutes / 60)
    return f"{hours // 24} d" + (f" {hours % 24} h" if hours % 24 else "")


def estimate(seconds: float | None) -> str:
    """A guessed duration: the clock with `~` before it."""
    return UNKNOWN if seconds is None else f"~{clock(seconds)}"


def ago(seconds: float) -> str:
    """How long since: `just now`, `5 min ago`, `2 h ago`, `3 d ago`."""
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 2 * 86400:
        return f"{int(seconds // 3600)} h ago"
    return f"{int(seconds // 86400)} d ago"


def size(count_of_bytes: float | None) -> str:
    """A size with one decimal and its unit: `58.9 GiB`, `512 B`."""
    if count_of_bytes is None:
        return UNKNOWN
    amount = float(count_of_bytes)
    for unit in _SIZES:
        if abs(amount) < 999.95 or unit == _SIZES[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" or abs(amount) >= 99.95 else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError


def gib(count_of_bytes: float | None) -> str:
    """A size in GiB without the unit, for `61.2/80.0 GiB`."""
    if count_of_bytes is None:
        return UNKNOWN
    amount = count_of_bytes / (1 << 30)
    return f"{amount:.1f}" if amount < 99.95 else f"{amount:.0f}"


def rate(bytes_per_second: float | None) -> str:
    """A throughput: `12.0 MiB/s`."""
    return UNKNOWN if bytes_per_second is None else f"{size(bytes_per_second)}/s"


def percent(share: float | None) -> str:
    """A percentage without decimals, of 0 to 100 or more."""
    return UNKNOWN if share is None or not _finite(share) else f"{share:.0f} %"


def count(number: float | None) -> str:
    """A large count with a thousands separator below a million, with a letter above: `12,481`, `1.2M`."""
    if number is None or not _finite(number):
        return UNKNOWN
    if abs(number) < 1e6:
        return f"{number:,.0f}"
    amount = number / 1000
    for letter in _THOUSANDS[1:]:
        if abs(amount) < 999.95 or letter == _THOUSANDS[-1]:
            return f"{amount:.1f}{letter}" if abs(amount) < 99.95 else f"{amount:.0f}{letter}"
        amount /= 1000
    raise AssertionError


def value(number: float | None, width: int = 6) -> str:
    """A metric's value in at most `width` cells (5 or more): digits are rounded away, never cut."""
    if number is None:
        return UNKNOWN
    if not _finite(number):
        return "nan" if number != number else ("inf" if number > 0 else "-inf")  # noqa: PLR0124
    if float(number).is_integer() and len(text := f"{number:.0f}") <= width and abs(number) >= 10:
        return text
    magnitude = abs(number)
    if magnitude and (magnitude < 1e-3 or magnitude >= 10**width):
        for digits in (2, 1, 0):
            mantissa, exponent = f"{number:.{digits}e}".split("e")
            if len(text := f"{mantissa}e{int(exponent)}") <= width:
                return text
        return text
    for digits in (4 if magnitude < 0.01 else 3, 3, 2, 1):
        if len(text := f"{number:.{digits}f}") <= width:
            return text
    return f"{number:.0f}"


def place(step: float | None, epoch: float | None) -> str:
    """Where a program was, to stand behind a value: `at epoch 8`, `at step 1,200`; empty if it did not say."""
    if epoch is not None and _finite(epoch):
        return f"at epoch {f'{epoch:.2f}'.rstrip('0').rstrip('.')}"
    return f"at step {step:,.0f}" if step is not None and _finite(step) else ""


def room(free: float | None) -> str:
    """Room on a disk: `412 GiB free`."""
    return UNKNOWN if free is None else f"{size(free)} free"
