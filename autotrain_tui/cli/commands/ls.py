"""`ls`: all sessions, newest first."""

from __future__ import annotations

import sys
import time

from autotrain_tui.cli.context import here
from autotrain_tui.cli.fast_imports import import_msgspec
from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.options import add_json, whole
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.text_table import cell_width, print_columns, width
from autotrain_tui.session.history.list_row import HEAD
from autotrain_tui.session.history.listing import list_rows, listing_json
from autotrain_tui.text import format as fmt
from autotrain_tui.text.utc_time import day_of

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from autotrain_tui.session.history.list_row import Json, ListRow

__all__ = ["add_options", "run"]

_AGE = HEAD.index("STAGES")
"""The age stands before it."""
_MODE, _TITLE, _NOTE = (HEAD.index(name) + 1 for name in ("MODE", "TITLE", "NOTE"))
"""Columns that may be left out, counted with the age."""


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """TERMs to filter by, -n and --json."""
    parser.add_argument(
        "terms",
        nargs="*",
        metavar="TERM",
        help="only sessions that match every TERM: digits, state:failed, tag:x, 'accuracy>0.9'",
    )
    parser.add_argument("-n", type=whole, metavar="N", help="only the newest N")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List them. One that can't be read is named on stderr; the status is 0 all the same. Raises UsageError."""
    with ReadWatch.of(options):
        return _list(options)


def _list(options: argparse.Namespace) -> int:
    sessions = str(here(options).sessions)
    wanted = _wanted(options.terms)
    rows: list[ListRow] = []
    cells: list[list[str]] = []
    for _, row in list_rows(sessions, None if wanted is not None else options.n, import_msgspec):
        if isinstance(row, str):
            print(f"autotrain-tui: {row}", file=sys.stderr)
        elif wanted is not None and not wanted(row.row):
            continue
        elif options.json:
            rows.append(row)
        else:
            cells.append(row.cells)  # at once: fresh memory for ten thousand whole rows would cost as much
    if options.json:
        write_json(listing_json(rows[: options.n]))
    elif cells:
        _print(cells[: options.n])
    elif wanted is not None:
        print("no session matches")
    else:
        print(f"no sessions in {sessions}; start one with: autotrain-tui run")
    return 0


def _print(rows: list[list[str]]) -> None:
    """The table with each session's age; titles of single commands and notes only if there are any."""
    columns = list(zip(HEAD, *rows, strict=True))  # by columns: there may be ten thousand rows
    columns.insert(_AGE, ("AGE", *_Ages(time.time()).texts(columns[0][1:])))
    unused = {place for place in (_TITLE, _NOTE) if not any(columns[place][1:])}
    if _room(columns, unused) < 0:
        unused.add(_MODE)  # rather none than four letters of it
    kept = [place for place in range(len(columns)) if place not in unused]
    columns = [columns[place] for place in kept]
    shrinks = [kept.index(place) for place in (_NOTE, _TITLE) if place in kept]
    # BEST is never cut: half a number would be a wrong one
    print_columns(columns, right=(2, 3, 4), shrinks=shrinks, last=0, state=1)


def _room(columns: Sequence[Sequence[str]], unused: set[int]) -> int:
    """Cells that a terminal has left beside the columns that are used; notes and titles count as 16 at most."""
    edge = width(pipe=0)
    if not edge:
        return 0
    wide = [max(map(cell_width, column)) for column in columns]
    used = [min(16, cells) if place in (_TITLE, _NOTE) else cells for place, cells in enumerate(wide)]
    return edge - sum(cells + 2 for place, cells in enumerate(used) if place not in unused) + 2


class _Ages:
    """How long ago sessions were created, as their ids say in UTC: `5 min`, `2 h`, `3 d`."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._days: dict[str, float | None] = {}
        """Date → seconds since it began; None if it is none. Ten thousand sessions began on few days."""
        self._hours: dict[str, str] = {}
        """Date and hour → the age of all that began in it, where that is one."""

    def texts(self, sessions: Sequence[str]) -> list[str]:
        """The age of each; of what began in one hour some days ago it is made once."""
        known = self._hours.get
        return [(len(name) > 14 and name[9:15].isdigit() and known(name[:11])) or self.text(name) for name in sessions]

    def text(self, session: str) -> str:
        """The age; unknown if the id does not begin with a time."""
        clock = session[9:15]
        if session[8:9] != "-" or not clock.isdigit() or len(clock) != 6:
            return fmt.UNKNOWN
        date = session[:8]
        since = self._days[date] if date in self._days else self._day(date)
        if since is None:
            return fmt.UNKNOWN
        moment = int(clock)
        hour = since - 3600 * (moment // 10_000)
        seconds = hour - 60 * (moment // 100 % 100) - moment % 100
        if seconds >= 2 * 86400:
            days = f"{int(seconds // 86400)} d"  # as fmt.ago, for most
            if hour // 86400 == (hour - 6039) // 86400:  # also at minute 99, second 99
                self._hours[session[:11]] = days
            return days
        return fmt.ago(max(0.0, seconds)).removesuffix(" ago").removeprefix("just ")

    def _day(self, date: str) -> float | None:
        since = None
        if date.isdigit():
            year, month, day = int(date[:4]), int(date[4:6]), int(date[6:])
            since = self._now - 86400 * day_of(year, month, day)
        self._days[date] = since
        return since


def _wanted(terms: list[str]) -> Callable[[Json], bool] | None:
    """Whether a row matches the terms; None without any."""
    if not terms:
        return None
    from autotrain_tui.errors import UsageError
    from autotrain_tui.session.history.search_query import QueryError, matcher

    try:
        return matcher(terms)
    except QueryError as error:
        raise UsageError(str(error)) from None
