"""What a reader has found in a log: the metrics' values, each point once, and how far the work is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

from msgspec import DecodeError
from msgspec.structs import replace

from autotrain_tui.metrics.parsing.metric_names import clean_name
from autotrain_tui.metrics.parsing.number_texts import decode_float as _float
from autotrain_tui.metrics.parsing.number_texts import float_of
from autotrain_tui.metrics.parsing.reading_events import Event, NotFinite, Progress, Reading

__all__ = ["MAX_NAMES", "FoundEvents"]

MAX_NAMES = 1000  # distinct metric names of one log; the rest is counted
_MAX_COUNTED = 100_000  # distinct names over the cap that are told apart
_NO_READING = Reading("", math.nan)
_MAX_KNOWN = 16_384  # printed labels whose clean form is remembered

Names = Sequence[str | None]


class FoundEvents:
    """The events of one feed, and what of earlier ones says whether a value is new."""

    __slots__ = (
        "_clean",
        "_extra",
        "_last",
        "_progress_at",
        "_shown",
        "bar_text",
        "events",
        "names_left_out",
        "progress_is_known",
        "step",
        "total_is_known",
    )

    def __init__(self) -> None:
        self.step: int | None = None  # the last training step seen, counted over the whole run where possible
        self.events: list[Event] = []
        self.names_left_out = 0
        self.bar_text: dict[str, bytes] = {}  # of the value of each name beside a bar, as printed last
        self.progress_is_known = False
        self.total_is_known = False
        self._clean: dict[bytes | tuple[bytes, str, str], str | None] = {}
        self._last: dict[str, Reading] = {}
        self._extra: set[int] = set()
        self._shown: Progress | None = None  # the last one of this feed
        self._progress_at = 0

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
        value = float_of(raw_value)
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

    def put_all(self, names: Names, raw_values: Sequence[bytes], step: int | None, epoch: float | None) -> None:
        """The values of one line, as `put` takes each; None is the name of a text that is no value."""
        last_of, events, placed = self._last, self.events, step is not None or epoch is not None
        for name, raw_value in zip(names, raw_values):  # noqa: B905  for each line: a keyword costs a tenth
            if name is None:
                continue
            try:
                value = _float(raw_value)
            except DecodeError:
                value = float(raw_value)
            last = last_of[name]
            if last.value == value and last.step == step and last.epoch == epoch and placed:
                continue
            if placed and value - value == 0.0:
                last_of[name] = reading = Reading(name, value, step, epoch)
                events.append(reading)
            else:
                self.put(name, raw_value, step, epoch)

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

    def bar_values(self, names: Names, raw_values: Sequence[bytes], step: int | None, epoch: float | None) -> None:
        """The values beside a bar, as `bar_value` takes each."""
        shown, last_of, placed = self.bar_text, self._last, step is not None or epoch is not None
        for name, raw_value in zip(names, raw_values):  # noqa: B905  for each line: a keyword costs a tenth
            if name is not None and shown.get(name) != raw_value:
                shown[name] = raw_value
                try:
                    value = _float(raw_value)
                except DecodeError:
                    value = float(raw_value)
                last = last_of[name]
                if not placed or value - value != 0.0:
                    self.put(name, raw_value, step, epoch)
                elif last.value != value or last.step != step or last.epoch != epoch:
                    last_of[name] = reading = Reading(name, value, step, epoch)
                    self.events.append(reading)

    def know_bar_value(self, raw_name: bytes, raw_value: bytes) -> None:
        """A bar shows a value that is not new."""
        name = self.name(raw_name)
        if name is not None:
            self.bar_text[name] = raw_value

    def progress(self, progress: Progress) -> None:
        """How far it is; a state, so an earlier one of this feed about the same bar is replaced."""
        self.progress_is_known = True
        self.total_is_known = self.total_is_known or progress.total is not None or progress.epochs is not None
        last = self._shown
        self._shown = progress
        if (
            last is not None
            and last.total == progress.total
            and last.epoch == progress.epoch
            and (last.step or 0) <= (progress.step or 0)
        ):
            self.events[self._progress_at] = progress
            return
        self._progress_at = len(self.events)
        self.events.append(progress)

    def tell_eta(self, seconds: float) -> None:
        """The line being read tells the seconds left."""
        if self._shown is not None:
            self._shown = self.events[self._progress_at] = replace(self._shown, eta=seconds)
        else:
            self._progress_at = len(self.events)
            self._shown = Progress(eta=seconds)
            self.events.append(self._shown)

    def learned_progress(self, progress: Progress) -> None:
        """How far it is by a number that was seen to count; what a list of words knows is better."""
        known = self.progress_is_known
        if not known or (progress.fraction is not None and not self.total_is_known):
            self.progress(progress)
            self.progress_is_known = known

    def take(self) -> list[Event]:
        """The events since the last call."""
        events, self.events, self._shown = self.events, [], None
        return events
