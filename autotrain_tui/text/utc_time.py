"""Times of records as numbers, without `datetime`: importing it takes a plain command a thirtieth of its time."""

from __future__ import annotations

import time

__all__ = ["day_of", "seconds_of"]


def day_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date of the proleptic Gregorian calendar; the date is not checked."""
    year -= month < 3  # years that begin in March end with the day that only some have
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 719_469


def seconds_of(text: str) -> float | None:
    """Unix seconds of a time as records have it, `2026-11-22T15:04:03.120Z`; None for any other form."""
    date, digits = text[:10], text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19]
    fraction = text[19:-1]
    marks = text[4:5] + text[7:8] + text[10:11] + text[13:14] + text[16:17] + text[-1:]
    if marks != "--T::Z" or len(text) < 20 or not (digits.isascii() and digits.isdigit() and len(digits) == 14):
        return None
    if fraction and not (fraction[0] == "." and len(fraction) <= 7 and fraction.isascii() and fraction[1:].isdigit()):
        return None
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    whole = 86400 * day_of(int(date[:4]), int(date[5:7]), int(date[8:])) + 3600 * hour + 60 * minute + second
    try:
        same = (
            time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) == text[:19]
        )  # not so for the 31st of a short month
    except (OverflowError, ValueError, OSError):
        return None
    return whole + float(f"0{fraction}" if fraction else 0) if same else None
