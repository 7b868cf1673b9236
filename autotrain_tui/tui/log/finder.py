"""Going from hit to hit in a log: the search, the hunt for errors, and steps that wait for what is not scanned yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.block_counts import BLOCK
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import AllOf, ErrorQuery, LineQuery, Query
from autotrain_tui.logs.scanner import LineScan, Unknown

__all__ = ["Finder", "HitKind", "percent"]

_EXACT_BLOCKS = 8
"""Blocks of a log up to which hits are shown by line; those of a longer one by block."""
_AS_GOOD_AS_ALL = 0.995
"""A share searched that is written as 100 %: a log that grows is never more, and what is told of it stands still."""


class HitKind(Enum):
    """What is gone to."""

    SEARCH = "search"
    ERROR = "error"


class _Hunt:
    """One query over the file, and the step that waits for an answer: from where, and down (1) or up (-1)."""

    def __init__(self, name: str, query: Query, scan: LineScan) -> None:
        self.name, self.query, self.scan = name, query, scan
        self.waiting: tuple[int, int] | None = None
        self.at: int | None = None
        self.wrapped = ""
        """From which end the last step went on, after the other one was reached."""

    def seek(self, origin: int, direction: int) -> int | Unknown | None:
        """The next hit from a place on, beyond the end the first one; None when there is none at all."""
        found = next(self._toward(origin, direction), None)
        self.wrapped = "" if found is not None else "from the top" if direction > 0 else "from the end"
        if found is None:
            found = next(self._toward(-1 if direction > 0 else self.scan.size, direction), None)
        self.waiting = (origin, direction) if found is Unknown.YET else None
        self.at = found if isinstance(found, int) else self.at
        return found

    def _toward(self, origin: int, direction: int) -> Iterator[int | Unknown]:
        return self.scan.after(origin + 1) if direction > 0 else self.scan.before(origin)


class Finder:
    """The hunts over one generation of a file; whoever owns it calls `look` while it is `busy`."""

    def __init__(self, file: LogFile, background: BackgroundWorker) -> None:
        self._file, self._background = file, background
        self._hunts: dict[HitKind, _Hunt] = {}
        self._last: HitKind | None = None
        self._query: LineQuery | None = None
        self.within: Query | None = None
        """What the filter shows: only there errors are looked for."""
        self._rows_key: tuple[object, ...] = ()
        self._rows: list[int] = []

    @property
    def query(self) -> LineQuery | None:
        """What is searched for."""
        return self._query if HitKind.SEARCH in self._hunts else None

    @property
    def last(self) -> HitKind | None:
        """Which hunt was used last."""
        return self._last

    @property
    def busy(self) -> bool:
        """Is there more to scan?"""
        return any(not hunt.scan.complete for hunt in self._hunts.values())

    def search(self, name: str, query: LineQuery, near: int) -> None:
        """Search for something else, beginning the scan at a place."""
        self._query = query
        self._begin(HitKind.SEARCH, name, query, near)

    def drop(self, kind: HitKind) -> bool:
        """Give a hunt up; False if there was none."""
        hunt = self._hunts.pop(kind, None)
        if hunt is not None:
            self._background.remove(hunt.scan)
        if self._last is kind:
            self._last = None
        return hunt is not None

    def close(self) -> None:
        """Give everything up."""
        for kind in list(self._hunts):
            self.drop(kind)

    def step(self, kind: HitKind, origin: int, direction: int) -> int | None:
        """The next hit down (1) or up (-1) from a place; None: none, or not known yet (then `look` has it later)."""
        if kind is HitKind.ERROR and kind not in self._hunts:
            query: Query = ErrorQuery() if self.within is None else AllOf(ErrorQuery(), self.within)
            self._begin(kind, "errors", query, origin)
        if (hunt := self._hunts.get(kind)) is None:
            return None
        self._last = kind
        found = hunt.seek(origin, direction)
        self._work()
        return found if isinstance(found, int) else None

    def look(self) -> int | None:
        """The hit that a step was waiting for, once it is known."""
        self._work()
        hunt = self._hunts.get(self._last) if self._last else None
        if hunt is None or hunt.waiting is None:
            return None
        found = hunt.seek(*hunt.waiting)
        return found if isinstance(found, int) else None

    def facts(self) -> str:
        """What the hunt that was used last has found: `“loss” · 3 of 120 lines · 45 % searched`."""
        hunt = self._hunts.get(self._last) if self._last else None
        if hunt is None:
            return ""
        total = hunt.scan.total
        searching = not hunt.scan.complete and hunt.scan.progress < _AS_GOOD_AS_ALL
        parts = [hunt.name]
        if hunt.query.problem:
            return f"{hunt.name} · {hunt.query.problem}"
        if hunt.at is not None and not hunt.waiting:
            parts.append(f"{hunt.scan.rank(hunt.at) + 1:,} of {total:,}")
            parts += [hunt.wrapped] if hunt.wrapped else []
        elif total or searching:
            parts.append(f"{total:,} so far")
        else:
            parts.append("none in this log")
        if searching:
            parts.append(f"{percent(hunt.scan.progress)} searched")
        return " · ".join(parts)

    def hit_rows(self, height: int) -> Sequence[int]:
        """The rows of a bar, of so many, beside which the hits of the hunt that was used last are."""
        hunt = self._hunts.get(self._last) if self._last else None
        first, size = self._file.first, self._file.size - self._file.first
        if hunt is None or size <= 0:
            return ()
        key = (hunt, hunt.scan.total, self._file.size, first, height)
        if key != self._rows_key:
            found = range(-(-self._file.size // BLOCK))
            blocks = [block for block in found if hunt.scan.density(block) > 0]
            if len(found) <= _EXACT_BLOCKS:
                places = [place for block in blocks for place in hunt.scan.lines_in(block)]
            else:
                places = [block * BLOCK for block in blocks]
            rows = {min(height - 1, max(0, place - first) * height // size) for place in places}
            self._rows_key, self._rows = key, sorted(rows)
        return self._rows

    def _begin(self, kind: HitKind, name: str, query: Query, near: int) -> None:
        self.drop(kind)
        self._hunts[kind] = _Hunt(name, query, LineScan(self._file, query, near))
        self._last = kind
        self._work()

    def _work(self) -> None:
        for hunt in self._hunts.values():
            if not hunt.scan.complete:
                self._background.add(hunt.scan)


def percent(share: float) -> str:
    """A share of 1 in percent, as the screen writes it."""
    return f"{int(share * 100)} %"
