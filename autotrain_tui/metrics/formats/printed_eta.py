"""The remaining time that a line tells in words.

    Epoch(train)  [1][ 50/937]  lr: 1.0e-02  eta: 0:01:00  loss: 0.9                   mmengine, detectron2
    Progress:  12.3% words/sec/thread:   1234 lr:  0.05 avg.loss:  2.3 ETA:   0h 1m    fastText
    10:	learn: 0.52	total: 3.1ms	remaining: 1m 20s                                     CatBoost
    3/40epoch started. Estimated time to finish: 1 hour, 2 minutes and 3.5 seconds        ESPnet

Bars are left out: theirs is of the bar, which may be one of an epoch, and follows from its count and rate.
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout
from autotrain_tui.metrics.parsing.metric_names import is_eval_word
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["seconds_of", "with_printed_eta"]

_WORD = lazy_pattern(
    rb"\b(?:eta|remaining(?: time)?|(?:estimated )?time (?:left|remaining|to finish))\b[:= ]{1,4}(?=[\d ])",
    re.IGNORECASE,
)
_HINTS = (b"eta", b"remaining", b"left", b"to finish")  # one stands in each line that _WORD is found in
_WORDS = lazy_pattern(r"[A-Za-z]+")
_CLOCK = lazy_pattern(rb"\s{0,4}(?:(?P<days>\d{1,4}) days?, )?(?P<clock>\d{1,5}:\d\d(?::\d\d)?)(?:\.\d+)?(?![\d:])")
_PARTS = lazy_pattern(rb"\s{0,4}(?P<parts>(?:\d{1,9}(?:\.\d{1,6})?\s?[A-Za-z]{1,7}(?:,? (?:and )?)?){1,4})")
_PART = lazy_pattern(rb"(\d+(?:\.\d+)?)\s?([A-Za-z]+)")
_UNITS = {
    b"us": 1e-6, b"ms": 1e-3, b"s": 1.0, b"sec": 1.0, b"secs": 1.0, b"second": 1.0, b"seconds": 1.0, b"m": 60.0,
    b"min": 60.0, b"mins": 60.0, b"minute": 60.0, b"minutes": 60.0, b"h": 3600.0, b"hr": 3600.0, b"hrs": 3600.0,
    b"hour": 3600.0, b"hours": 3600.0, b"d": 86400.0, b"day": 86400.0, b"days": 86400.0,
}  # fmt: skip
# bars, and the loop of DETR and torchvision, which counts one epoch
_OF_A_PART = lazy_pattern(r"\d%\||\[[=>.\-# ]{6,}\]|\bEpoch: \[\d+\]\s+\[|(?:\xe2[\x80-\xbf]{2}){6,}")


def seconds_of(text: bytes) -> float | None:
    """The duration that a text begins with: `0:01:00`, `1 day, 2:00:00`, `0h 1m`, `12.5s`; None if it is none."""
    if clock := _CLOCK.match(text):
        seconds = 86400.0 * int(clock["days"] or 0)
        fields = [int(part) for part in clock["clock"].split(b":")]
        return seconds + sum(60.0**place * field for place, field in enumerate(reversed(fields)))
    found = _PARTS.match(text)
    total = None
    for number, unit in _PART.findall(found["parts"]) if found else ():
        if unit.lower() not in _UNITS:
            break
        total = (total or 0.0) + float(number) * _UNITS[unit.lower()]
    return total


class LineWithEta:
    """A line that tells the remaining time from `begin` on; `rest` reads whatever else it holds."""

    __slots__ = ("begin", "rest")

    def __init__(self, rest: Layout, begin: int) -> None:
        self.rest = rest
        self.begin = begin

    def read(self, line: bytes, state: State) -> None:
        """Read the rest, then tell the time."""
        self.rest.read(line, state)
        seconds = seconds_of(line[self.begin :])
        if seconds is not None:
            state.tell_eta(seconds)


def with_printed_eta(layout: Layout, line: bytes, text: str) -> Layout:
    """The layout, and the remaining time that its lines tell."""
    low = line.lower()
    word = _WORD.search(line) if any(map(low.__contains__, _HINTS)) else None
    if word is None or any(map(is_eval_word, _WORDS.findall(text, 0, word.start()))):
        return layout
    if _OF_A_PART.search(text) or seconds_of(line[word.end() :]) is None:
        return layout
    return LineWithEta(layout, word.end())
