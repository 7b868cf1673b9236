"""What a log reader knows at one place of a log: the epoch it is in, its bars, and what it has found so far."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from autotrain_tui.metrics.parsing.found_events import FoundEvents
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_shapes import ShapeTable
from autotrain_tui.metrics.parsing.progress_bars import BarTracker, ReportPlace
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["KEPT_LINES", "State", "Table"]

KEPT_LINES = 512  # lines before the one being read that can be looked back at
_MAX_KEPT_LINE = 2000  # bytes
_EVALUATION = lazy_pattern(rb"\W*(?:[\w:.]+\s){0,2}(?:eval|validat|test)\w*(?:\s\w+){0,2}\W*$", re.IGNORECASE)
_EVALUATION_ABOVE = 3  # lines between an evaluation's beginning and its first count
_BELOW_HEADING = 64  # lines with values that belong to one heading


class Table(msgspec.Struct, frozen=True, gc=False):
    """The columns of a table: a name each, None for one that is no metric; where epoch and step stand.

    `unsure` columns may count something: only fractions are read of them. `separator` stands between the cells. No
    column of a table that is not `certain` has a name that is known: it must recur, its axis count, its numbers change.
    `percent` says how much of the work is done.
    """

    names: tuple[bytes | None, ...]
    epoch: int | None
    step: int | None
    unsure: tuple[bool, ...]
    separator: str = ""
    certain: bool = True
    percent: int | None = None


class State(FoundEvents):
    """The place in the log. Families call `value` and `at`; the reader takes `events` after each feed.

    `lines` and `index` are the lines being read and where in them; `before` looks back, also past their start.
    """

    __slots__ = (
        "_bar_below",
        "_count_below",
        "_epoch_steps",
        "_heading_step",
        "_heading_uses",
        "_raw_place",
        "_steps_restart",
        "bar_has_run",
        "bar_is_fresh",
        "bars",
        "box",
        "counts_from_zero",
        "epoch",
        "epoch_is_heading",
        "epochs",
        "evaluates",
        "first_epoch",
        "index",
        "lines",
        "place",
        "section",
        "section_held",
        "section_redraws",
        "section_total",
        "shapes",
        "table",
        "table_heading",
        "table_is_believed",
        "table_rows",
        "table_rule",
        "tail",
        "training_counts",
    )

    def __init__(self) -> None:
        super().__init__()
        self.epoch: float | None = None  # as printed; of the line being read or the last header
        self.epochs: int | None = None
        self.place: tuple[int | None, float | None] = (None, None)  # of the line read last
        self.lines: Sequence[bytes] = ()
        self.index = 0
        self.tail: list[bytes] = []
        self.bars = BarTracker()
        self.bar_is_fresh = False
        self.bar_has_run = False
        self.section_total: int | None = None
        self.section_redraws = 0  # of the bar below the heading
        self.section_held: list[bytes] = []  # its first drawings, while it is open whether they are points
        self.section = ""  # the heading or table a block of lines stands under; its family sets it
        self.box: list[tuple[bytes, bytes]] = []  # rows of a box that is not complete yet
        self.table: Table | None = None
        self.table_rows: list[tuple[bytes, ...]] = []  # cells of rows that wait until their table is believed
        self.table_is_believed = False
        self.table_rule: tuple[Table, tuple[tuple[int, int], ...]] | None = None  # the dashes under its names
        self.table_heading = b""  # of a table whose rows may have empty cells, or stand far below it
        self.training_counts = False  # a line with values of the training counted to a total
        self.first_epoch: float | None = None
        self.counts_from_zero = False  # a line told step 0 of several beside an epoch of several
        self.epoch_is_heading = False  # the epoch stands in a heading, and the lines below it tell none
        self.evaluates = False  # the lines below are of an evaluation, under the training's names
        self._bar_below: tuple[float, int, int] | None = None  # an epoch, its bar's count and total
        self._count_below: tuple[int, int] | None = None
        self._epoch_steps = (0, 0, 0)  # the number of the epoch in work, the steps before it, its own
        self._heading_step: int | None = None
        self._heading_uses = 0
        self._steps_restart: bool | None = None
        self._raw_place: tuple[int, float] | None = None
        self.shapes = ShapeTable()

    def see_epoch(self, epoch: float, epochs: int | None) -> None:
        """The log says which epoch it is in."""
        if self.first_epoch is None or epoch < self.first_epoch:
            self.first_epoch = epoch
        self.epoch = epoch
        if epochs is not None:
            self.epochs = epochs

    def enter_epoch(self, epoch: float, epochs: int | None) -> tuple[int, int | None]:
        """The log says which epoch it is in; the epoch's number, counted from 1, and how many there will be."""
        first = self.first_epoch
        if first is None or epoch < first:
            self.first_epoch = first = epoch
        self.epoch = epoch
        if epochs is not None:
            self.epochs = epochs
        return self.counted(epoch)

    def counted(self, epoch: float) -> tuple[int, int | None]:
        """The number of a printed epoch, counted from 1, and how many there will be.

        Counting from 0 shows itself by an epoch 0. A log that does may print the last one's number as the total: then
        there is one more; not where the steps beside it begin at 0 as well, `[0/25][0/158]`.
        """
        first = self.first_epoch
        done = int(epoch) - (0 if first == 0 else 1)
        epochs = self.bars.epochs
        if epochs is None:
            epochs = self.epochs
            if epochs is not None and first is not None and first < 1 and not self.counts_from_zero:
                epochs += 1
        return done + 1 if done > 0 else 1, epochs

    def step_in_epoch(self, number: int, count: int, total: int | None) -> int:
        """The run's step of a count within a numbered epoch.

        A bar that starts again under the words of the epoch that has just ended shows that epoch's last values.
        """
        before = self.steps_before(number, total or count)
        ended = count == 0 and total is not None and self.step == before + total
        return before + total if ended and total is not None else before + count

    def steps_before(self, number: int, total: int) -> int:
        """The steps of the epochs before a numbered one, whose own are `total`, or as many as were seen so far."""
        at, before, last = self._epoch_steps
        if number == at + 1:
            before += last if at else 0
        elif number != at or (number > 1 and not before):
            before = (number - 1) * total
        self._epoch_steps = (number, before, total)
        return before

    def see_epoch_heading(self) -> None:
        """The epoch seen last stood in a heading: what counts below it counts within the epoch, unless numbers tell."""
        self.epoch_is_heading, self.evaluates, self._count_below = True, False, None

    def see_count(self, count: int, total: int) -> None:
        """A line below an epoch's heading counts `count` of `total`; a second count below `Eval begin...` is not the
        training's.
        """
        last, self._count_below = self._count_below, (count, total)
        if last is not None and (count <= last[0] or total != last[1]):
            self.evaluates = self._evaluation_began()

    def _evaluation_began(self) -> bool:
        return any(_EVALUATION.match(above) for above in self.before(_EVALUATION_ABOVE))

    def see_bar(
        self, key: str, count: int, total: int | None, rate: float | None, *, has_values: bool = False
    ) -> ReportPlace:
        """A bar that does not say its epoch, as `BarTracker.see` takes it; below an epoch's heading it is that epoch's.

        A further bar below the same heading is an evaluation's.
        """
        epoch = self.epoch
        if not self.epoch_is_heading or epoch is None or total is None or count > total or self.bars.has(key, total):
            return self.bars.see(key, count, total, rate, has_values=has_values)
        known = self._bar_below
        if known is not None and known[0] == epoch and (total != known[2] or count < known[1]):
            self._bar_below = (epoch, known[2], known[2])
            return ReportPlace(self.step, epoch)
        self._bar_below = (epoch, count, total)
        number, epochs = self.counted(epoch)
        return ReportPlace(
            (number - 1) * total + count, epoch, Progress(count, total, float(number), epochs, rate, within_epoch=True)
        )

    def see_heading(self, step: int | None) -> None:
        """A line tells a step and no values: the lines below it are of that step."""
        self._heading_step, self._heading_uses = step, 0

    def step_of_heading(self) -> int | None:
        """The step of the heading above a line that tells none; None once other lines counted on, or far below it."""
        if self._heading_step is None or self._heading_step != self.step or self._heading_uses >= _BELOW_HEADING:
            return None
        self._heading_uses += 1
        return self._heading_step

    def run_step(self, step: int, total: int | None, epoch: float | None, restarts: bool | None) -> tuple[int, bool]:
        """A printed step as a step of the whole run, and whether step and total count within the epoch.

        Many logs count from 0 in each epoch. `restarts` says whether this format does; None when it may be either:
        then the first line of a further epoch decides, and until then it is taken to restart.
        """
        if epoch is None or total is None or restarts is False:
            return step, False
        if restarts is None:
            restarts = self._find_restarts(step, epoch)
        return ((self.counted(epoch)[0] - 1) * total + step, True) if restarts else (step, False)

    def _find_restarts(self, step: int, epoch: float) -> bool:
        if self._steps_restart is None and self._raw_place is not None and epoch > self._raw_place[1]:
            self._steps_restart = step <= self._raw_place[0]
        self._raw_place = (step, epoch)
        return self._steps_restart is not False

    def keep(self, lines: list[bytes]) -> None:
        """The lines are read; the last of them stay, to be looked back at."""
        kept = lines[-KEPT_LINES:]
        if kept and max(map(len, kept)) > _MAX_KEPT_LINE:
            kept = [_short(line) for line in kept]
        self.tail = kept if len(kept) == KEPT_LINES else (self.tail + kept)[-KEPT_LINES:]
        self.lines, self.index = (), 0

    def nearest(self) -> bytes:
        """The line that is not blank right before the one being read, or nothing: the first that `before` gives."""
        if self.index:
            line = self.lines[self.index - 1]
            if line and not line.isspace():
                return _short(line)
        return next(self.before(1), b"")

    def before(self, count: int, *, blanks: bool = False) -> Iterator[bytes]:
        """Up to `count` lines that are not blank before the one being read, nearest first.

        Blank lines are passed over, but not more of them than `count` and four; with `blanks` they come as well.
        """
        raw = min(2 * count + 4, KEPT_LINES)  # no more than is kept, however the log was cut into pieces
        at, lines = self.index, self.lines
        kept = -1
        while raw and count:
            raw -= 1
            if at:
                at -= 1
                line = lines[at]
            elif -kept <= len(self.tail):
                line = self.tail[kept]
                kept -= 1
            else:
                return
            if line and not line.isspace():
                count -= 1
                yield _short(line)
            elif blanks:
                yield b""


def _short(line: bytes) -> bytes:
    """A line for looking back at; no heading is as long as this."""
    return line if len(line) <= _MAX_KEPT_LINE else b"?"
