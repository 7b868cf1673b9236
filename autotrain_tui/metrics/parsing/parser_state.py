"""What a log reader knows at one place of a log: the epoch it is in, its bars, and what it has found so far."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from autotrain_tui.metrics.parsing.line_shapes import ShapeTable
from autotrain_tui.metrics.parsing.metric_names import clean_name
from autotrain_tui.metrics.parsing.progress_bars import BarTracker
from autotrain_tui.metrics.parsing.reading_events import Event, NotFinite, Progress, Reading

__all__ = ["KEPT_LINES", "MAX_NAMES", "State", "Table"]

MAX_NAMES = 1000  # distinct metric names of one log; the rest is counted
_MAX_COUNTED = 100_000  # distinct names over the cap that are told apart
KEPT_LINES = 512  # lines before the one being read that can be looked back at
_MAX_KEPT_LINE = 2000  # bytes
_EVALUATION = re.compile(rb"\W*(?:[\w:.]+\s){0,2}(?:eval|validat|test)\w*(?:\s\w+){0,2}\W*$", re.IGNORECASE)
_EVALUATION_ABOVE = 3  # lines between an evaluation's beginning and its first count
_BELOW_HEADING = 64  # lines with values that belong to one heading
_NO_READING = Reading("", math.nan)
_MAX_KNOWN = 16_384  # printed labels whose clean form is remembered


class Table(msgspec.Struct, frozen=True, gc=False):
    """The columns of a table: a name each, None for one that is no metric; where epoch and step stand.

    `unsure` columns may count something: only fractions are read of them. `separator` stands between the cells. No
    column of a table that is not `certain` has a name that is known: it must recur, its axis count, its numbers change.
    """

    names: tuple[bytes | None, ...]
    epoch: int | None
    step: int | None
    unsure: tuple[bool, ...]
    separator: str = ""
    certain: bool = True


class State:
    """The place in the log. Families call `value` and `at`; the reader takes `events` after each feed.

    `lines` and `index` are the lines being read and where in them; `before` looks back, also past their start.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.names_left_out = 0
        self.epoch: float | None = None  # as printed; of the line being read or the last header
        self.epochs: int | None = None
        self.step: int | None = None  # the last training step seen, counted over the whole run where possible
        self.place: tuple[int | None, float | None] = (None, None)  # of the line read last
        self.lines: Sequence[bytes] = ()
        self.index = 0
        self.tail: list[bytes] = []
        self.bars = BarTracker()
        self.bar_is_fresh = False
        self.bar_has_run = False
        self.section_total: int | None = None
        self.section_redraws = 0  # of the bar below the heading
        self.section_held = b""  # its first drawing, while it is open whether that is a point
        self.section = ""  # the heading or table a block of lines stands under; its family sets it
        self.box: list[tuple[bytes, bytes]] = []  # rows of a box that is not complete yet
        self.table: Table | None = None
        self.table_rows: list[tuple[bytes, ...]] = []  # cells of rows that wait until their table is believed
        self.table_is_believed = False
        self.first_epoch: float | None = None
        self.epoch_is_heading = False  # the epoch stands in a heading, and the lines below it tell none
        self.evaluates = False  # the lines below are of an evaluation, under the training's names
        self._count_below: tuple[int, int] | None = None
        self._heading_step: int | None = None
        self._heading_uses = 0
        self._steps_restart: bool | None = None
        self._raw_place: tuple[int, float] | None = None
        self._clean: dict[bytes | tuple[bytes, str, str], str | None] = {}
        self._last: dict[str, Reading] = {}
        self.bar_text: dict[str, bytes] = {}  # of the value of each name beside a bar, as printed last
        self._extra: set[int] = set()
        self._progress_at = -1
        self.progress_is_known = False
        self._draft = Progress()
        self.shapes = ShapeTable()

    # -- values -----------------------------------------------------------------------------------------------------

    def name(self, raw: bytes, prefix: str = "", suffix: str = "") -> str | None:
        """The metric's name for a printed label; None when it can't be one or there are too many."""
        key = (raw, prefix, suffix) if prefix or suffix else raw
        try:
            return self._clean[key]
        except KeyError:
            pass
        name = clean_name(raw)
        if name is not None and (prefix or suffix):
            name = prefix + name + suffix
        if name is not None and name not in self._last:
            if len(self._last) >= MAX_NAMES:
                if len(self._extra) < _MAX_COUNTED:
                    self._extra.add(hash(name))
                self.names_left_out = len(self._extra)
                return None
            self._last[name] = _NO_READING
        if len(self._clean) >= _MAX_KNOWN:
            self._clean.clear()
        self._clean[key] = name
        return name

    def value(  # noqa: PLR0917  called for each number read: keywords cost a tenth of it
        self,
        raw_name: bytes,
        raw_value: bytes,
        step: int | None,
        epoch: float | None,
        prefix: str = "",
        suffix: str = "",
    ) -> None:
        """A metric's printed value. The same point printed again is no second reading."""
        name = self.name(raw_name, prefix, suffix)
        if name is not None:
            self.put(name, raw_value, step, epoch)

    def put(self, name: str, raw_value: bytes, step: int | None, epoch: float | None) -> None:
        """A value under a name that `name` gave."""
        value = float(raw_value)
        if value - value != 0.0:  # nan or inf, told quicker than by a call
            self.events.append(NotFinite(name, step, epoch))
            return
        last = self._last[name]
        if step is None and epoch is None:
            if last.step is not None:
                step = self.step  # a value without a place does not take its series' steps away
        elif last.value == value and last.step == step and last.epoch == epoch:
            return
        reading = Reading(name, value, step, epoch)
        self._last[name] = reading
        self.events.append(reading)

    def put_all(
        self, names: list[str | None], raw_values: Sequence[bytes], step: int | None, epoch: float | None
    ) -> None:
        """The values of one line, as `put` takes each; None is a name that can't be one."""
        last_of, events, placed = self._last, self.events, step is not None or epoch is not None
        for name, raw_value in zip(names, raw_values, strict=True):
            if name is None:
                continue
            value = float(raw_value)
            last = last_of[name]
            if not placed or value - value != 0.0:
                self.put(name, raw_value, step, epoch)
            elif last.value != value or last.step != step or last.epoch != epoch:
                last_of[name] = reading = Reading(name, value, step, epoch)
                events.append(reading)

    def put_rows(self, columns: list[list[Reading]], step: int) -> None:
        """Readings of several lines, a column a name, told line by line; their steps grow from the last one's on."""
        self.step = step
        for column in columns:
            self._last[column[0].name] = column[-1]
        self.events.extend(chain.from_iterable(zip(*columns, strict=True)))

    def bar_value(self, raw_name: bytes, raw_value: bytes, step: int | None, epoch: float | None, prefix: str) -> None:
        """A value beside a bar, which is printed again with each redraw: only a changed text is a new reading."""
        name = self.name(raw_name, prefix)
        if name is None or self.bar_text.get(name) == raw_value:
            return
        self.bar_text[name] = raw_value
        self.put(name, raw_value, step, epoch)

    def bar_values(
        self, names: list[str | None], raw_values: list[bytes], step: int | None, epoch: float | None
    ) -> None:
        """The values beside a bar, as `bar_value` takes each."""
        shown = self.bar_text
        for name, raw_value in zip(names, raw_values, strict=True):
            if name is not None and shown.get(name) != raw_value:
                shown[name] = raw_value
                self.put(name, raw_value, step, epoch)

    def know_bar_value(self, raw_name: bytes, raw_value: bytes) -> None:
        """A bar shows a value that is not new."""
        name = self.name(raw_name)
        if name is not None:
            self.bar_text[name] = raw_value

    # -- places -----------------------------------------------------------------------------------------------------

    def see_epoch(self, epoch: float, epochs: int | None) -> None:
        """The log says which epoch it is in."""
        if self.first_epoch is None or epoch < self.first_epoch:
            self.first_epoch = epoch
        self.epoch = epoch
        if epochs is not None:
            self.epochs = epochs

    def enter_epoch(self, epoch: float, epochs: int | None) -> int:
        """The log says which epoch it is in; the epoch's number, counted from 1."""
        first = self.first_epoch
        if first is None or epoch < first:
            self.first_epoch = first = epoch
        self.epoch = epoch
        if epochs is not None:
            self.epochs = epochs
        done = int(epoch) - (0 if first == 0 else 1)
        return done + 1 if done > 0 else 1

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

    def see_heading(self, step: int | None) -> None:
        """A line tells a step and no values: the lines below it are of that step."""
        self._heading_step, self._heading_uses = step, 0

    def step_of_heading(self) -> int | None:
        """The step of the heading above a line that tells none; None once other lines counted on, or far below it."""
        if self._heading_step is None or self._heading_step != self.step or self._heading_uses >= _BELOW_HEADING:
            return None
        self._heading_uses += 1
        return self._heading_step

    @property
    def all_epochs(self) -> int | None:
        """How many epochs there will be. A log that counts from 0 may print the last one's number: then one more."""
        if self.bars.epochs is not None:
            return self.bars.epochs
        if self.epochs is None or self.first_epoch is None:
            return self.epochs
        return self.epochs + 1 if self.first_epoch < 1 else self.epochs

    def epochs_done(self, epoch: float) -> int:
        """Whole epochs before this one; counting from 0 shows itself by an epoch 0."""
        base = 0 if self.first_epoch == 0 else 1
        return max(0, int(epoch) - base)

    def run_step(self, step: int, total: int | None, epoch: float | None, restarts: bool | None) -> tuple[int, bool]:
        """A printed step as a step of the whole run, and whether step and total count within the epoch.

        Many logs count from 0 in each epoch. `restarts` says whether this format does; None when it may be either:
        then the first line of a further epoch decides, and until then it is taken to restart.
        """
        if epoch is None or total is None or restarts is False:
            return step, False
        if restarts is None:
            restarts = self._find_restarts(step, epoch)
        return (self.epochs_done(epoch) * total + step, True) if restarts else (step, False)

    def _find_restarts(self, step: int, epoch: float) -> bool:
        if self._steps_restart is None and self._raw_place is not None and epoch > self._raw_place[1]:
            self._steps_restart = step <= self._raw_place[0]
        self._raw_place = (step, epoch)
        return self._steps_restart is not False

    def progress(self, progress: Progress) -> None:
        """How far it is; a state, so an earlier one of this feed about the same bar is replaced."""
        self.progress_is_known = True
        at = self._progress_at
        last = self._draft
        if (
            at >= 0
            and last.total == progress.total
            and last.epoch == progress.epoch
            and (last.step or 0) <= (progress.step or 0)
        ):
            self._draft = progress
            return
        if at >= 0:
            self.events[at] = last
        self._progress_at = len(self.events)
        self._draft = progress
        self.events.append(progress)

    def learned_progress(self, progress: Progress) -> None:
        """How far it is by a number that was seen to count; what a list of words knows is better."""
        if not self.progress_is_known:
            self.progress(progress)
            self.progress_is_known = False

    def take(self) -> list[Event]:
        """The events since the last call."""
        if self._progress_at >= 0:
            self.events[self._progress_at] = self._draft
        events, self.events, self._progress_at = self.events, [], -1
        return events

    def keep(self, lines: list[bytes]) -> None:
        """The lines are read; the last of them stay, to be looked back at."""
        if len(lines) >= KEPT_LINES:
            self.tail = [_short(line) for line in lines[-KEPT_LINES:]]
        else:
            self.tail = (self.tail + [_short(line) for line in lines])[-KEPT_LINES:]
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
        raw = 2 * count + 4
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
