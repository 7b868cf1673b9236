"""Steps from hit to hit in a log: the search, the errors, and steps that wait until the scan gets there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.block_counts import BLOCK
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import AllOf, ErrorQuery, LineQuery, Query
from autotrain_tui.logs.scanner import LineScan, Unknown

__all__ = ["HitKind", "HitNavigator", "percent"]

_EXACT_BLOCKS = 8
"""Blocks of a log up to which the ruler shows hits by line; a longer log shows them by block."""
_COMPLETE_SHARE = 0.995
"""From this share on a search counts as complete: a log that grows never reaches 1, and the text would flicker."""


class HitKind(Enum):
    """What the hits are."""

    SEARCH = "search"
    ERROR = "error"


class _Hits:
    """The hits of one query over the file, and the step that waits for the scan: its origin, down (1) or up (-1)."""

    def __init__(self, name: str, query: Query, scan: LineScan) -> None:
        self.name, self.query, self.scan = name, query, scan
        self.waiting: tuple[int, int] | None = None
        self.at: int | None = None
        self.wrapped = ""
        """From which end the last step continued, after it reached the other one."""

    def seek(self, origin: int, direction: int) -> int | Unknown | None:
        """The next hit from a place on; past the end, the first one; None when there is none at all."""
        hit = next(self._toward(origin, direction), None)
        self.wrapped = "" if hit is not None else "from the top" if direction > 0 else "from the end"
        if hit is None:
            hit = next(self._toward(-1 if direction > 0 else self.scan.size, direction), None)
        self.waiting = (origin, direction) if hit is Unknown.YET else None
        self.at = hit if isinstance(hit, int) else self.at
        return hit

    def _toward(self, origin: int, direction: int) -> Iterator[int | Unknown]:
        return self.scan.after(origin + 1) if direction > 0 else self.scan.before(origin)


class HitNavigator:
    """The hits over one generation of a file; the owner calls `poll` while it is `busy`."""

    def __init__(self, file: LogFile, background: BackgroundWorker) -> None:
        self._file, self._background = file, background
        self._hits: dict[HitKind, _Hits] = {}
        self._last: HitKind | None = None
        self._query: LineQuery | None = None
        self.within: Query | None = None
        """The filter's query: errors are searched only in the lines that it shows."""
        self._rows_key: tuple[object, ...] = ()
        self._rows: list[int] = []

    @property
    def query(self) -> LineQuery | None:
        """What is searched for."""
        return self._query if HitKind.SEARCH in self._hits else None

    @property
    def last(self) -> HitKind | None:
        """Which kind was used last."""
        return self._last

    @property
    def busy(self) -> bool:
        """Is there more to scan?"""
        return any(not hits.scan.complete for hits in self._hits.values())

    def search(self, name: str, query: LineQuery, near: int) -> None:
        """Search for something else, beginning the scan at a place."""
        self._query = query
        self._begin(HitKind.SEARCH, name, query, near)

    def drop(self, kind: HitKind) -> bool:
        """Give up one kind of hits; False if there were none."""
        hits = self._hits.pop(kind, None)
        if hits is not None:
            self._background.remove(hits.scan)
        if self._last is kind:
            self._last = None
        return hits is not None

    def close(self) -> None:
        """Give everything up."""
        for kind in list(self._hits):
            self.drop(kind)

    def step(self, kind: HitKind, origin: int, direction: int) -> int | None:
        """The next hit down (1) or up (-1) from a place; None: none, or not known yet (then `poll` has it later)."""
        if kind is HitKind.ERROR and kind not in self._hits:
            query: Query = ErrorQuery() if self.within is None else AllOf(ErrorQuery(), self.within)
            self._begin(kind, "errors", query, origin)
        if (hits := self._hits.get(kind)) is None:
            return None
        self._last = kind
        hit = hits.seek(origin, direction)
        self._work()
        return hit if isinstance(hit, int) else None

    def poll(self) -> int | None:
        """The hit that a step was waiting for, once it is known."""
        self._work()
        hits = self._hits.get(self._last) if self._last else None
        if hits is None or hits.waiting is None:
            return None
        hit = hits.seek(*hits.waiting)
        return hit if isinstance(hit, int) else None

    def summary(self) -> str:
        """The position among the hits of the kind used last: `“loss” · 3 of 120 lines · 45 % searched`."""
        hits = self._hits.get(self._last) if self._last else None
        if hits is None:
            return ""
        total = hits.scan.total
        searching = not hits.scan.complete and hits.scan.progress < _COMPLETE_SHARE
        parts = [hits.name]
        if hits.query.problem:
            return f"{hits.name} · {hits.query.problem}"
        if hits.at is not None and not hits.waiting and not searching:
            parts.append(f"{hits.scan.rank(hits.at) + 1:,} of {total:,}")
            parts += [hits.wrapped] if hits.wrapped else []
        elif total or searching:
            parts.append(f"{total:,} so far")
        else:
            parts.append("none in this log")
        if searching:
            parts.append(f"{percent(hits.scan.progress)} searched")
        return " · ".join(parts)

    def hit_rows(self, height: int) -> Sequence[int]:
        """The rows of a bar of `height` rows beside which the hits of the kind used last are."""
        hits = self._hits.get(self._last) if self._last else None
        first, size = self._file.first, self._file.size - self._file.first
        if hits is None or size <= 0:
            return ()
        key = (hits, hits.scan.total, self._file.size, first, height)
        if key != self._rows_key:
            all_blocks = range(-(-self._file.size // BLOCK))
            blocks = [block for block in all_blocks if hits.scan.density(block) > 0]
            if len(all_blocks) <= _EXACT_BLOCKS:
                places = [place for block in blocks for place in hits.scan.lines_in(block)]
            else:
                places = [block * BLOCK for block in blocks]
            rows = {min(height - 1, max(0, place - first) * height // size) for place in places}
            self._rows_key, self._rows = key, sorted(rows)
        return self._rows

    def _begin(self, kind: HitKind, name: str, query: Query, near: int) -> None:
        self.drop(kind)
        self._hits[kind] = _Hits(name, query, LineScan(self._file, query, near))
        self._last = kind
        self._work()

    def _work(self) -> None:
        for hits in self._hits.values():
            if not hits.scan.complete:
                self._background.add(hits.scan)


def percent(share: float) -> str:
    """A share of 1 in percent, as the screen writes it."""
    return f"{int(share * 100)} %"
