"""What the screen has told: the newest for a moment in a line of its own, all of it in a list. Pure."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from autotrain_tui.session.journal.state import AlertRecord
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text.sanitize import sanitize

__all__ = ["STYLES", "NoticeEntry", "NoticeRow", "Notices", "notice_rows"]

Severity = Literal["information", "warning", "error"]

_MOST = 200
_SAME_SECONDS = 5.0
"""What is told again within that time is told once."""

_SHOWN_SECONDS = {"information": 6.0, "warning": 12.0, "error": 20.0}

STYLES: dict[str, tuple[str, str]] = {
    "information": ("·", "accent"),
    "warning": ("!", "warning"),
    "error": ("✗", "error"),
}
"""Severity → sign and colour token."""


class NoticeEntry(msgspec.Struct, frozen=True):
    """One of them. `at` is the wall clock, `mono` the monotonic one; `listed`: it is in the list."""

    text: str
    title: str = ""
    severity: Severity = "information"
    at: float = 0.0
    mono: float = 0.0
    listed: bool = True
    flashes: bool = True
    """Whether it is shown in the line: not what the screen shows in another place."""


class NoticeRow(msgspec.Struct, frozen=True):
    """A line of the list: a notice, or an alert of the session with its number."""

    at: float
    sign: str
    colour: str
    title: str
    text: str
    alert: int | None = None
    stands: bool = False
    """An alert that nobody has acknowledged."""


class Notices:
    """The notices since the screen was opened, at most 200."""

    def __init__(self) -> None:
        self._entries: deque[NoticeEntry] = deque(maxlen=_MOST)
        self._unseen = 0

    def add(
        self,
        text: str,
        title: str = "",
        severity: Severity = "information",
        *,
        listed: bool = True,
        flashes: bool = True,
    ) -> None:
        """Tell something, unless just that has been told a moment ago."""
        now, text, title = time.monotonic(), sanitize(text, newlines=True), sanitize(title)
        for entry in self._entries:
            if (entry.text, entry.title) == (text, title) and now - entry.mono < _SAME_SECONDS:
                return
        self._entries.append(NoticeEntry(text, title, severity, time.time(), now, listed, flashes))
        self._unseen += listed

    @property
    def unseen(self) -> int:
        """How many have come since the list was last open."""
        return self._unseen

    def seen(self) -> None:
        """The list is open."""
        self._unseen = 0

    def __iter__(self) -> Iterator[NoticeEntry]:
        """The newest first."""
        return reversed(self._entries)

    def current(self, now: float | None = None) -> NoticeEntry | None:
        """The one for the line: the newest that is still to be read; an answer does not hide an alert or an error.

        An alert is shown although an older error still is: it would be over before that one.
        """
        moment = time.monotonic() if now is None else now
        fresh = [each for each in self if each.flashes and moment - each.mono < _SHOWN_SECONDS[each.severity]]
        return max(fresh, key=lambda each: (each.severity != "information", each.mono), default=None)


def notice_rows(notices: Notices, alerts: Sequence[AlertRecord]) -> list[NoticeRow]:
    """The list, the newest first: alerts of the session, and what this screen has told."""
    rows = [NoticeRow(entry.at, *STYLES[entry.severity], entry.title, entry.text) for entry in notices if entry.listed]
    for alert in alerts:
        seen = f" (seen{f' by {sanitize(alert.by)}' if alert.by else ''})" if alert.acknowledged is not None else ""
        rows.append(
            NoticeRow(
                from_iso(alert.time) or 0.0,
                "✓" if seen else "!",
                "muted" if seen else "warning",
                sanitize(alert.stage or alert.kind),
                sanitize(alert.text) + seen,
                alert.seq,
                not seen,
            )
        )
    return sorted(rows, key=lambda row: (-row.at, -(row.alert or 0)))  # times are cut to milliseconds
