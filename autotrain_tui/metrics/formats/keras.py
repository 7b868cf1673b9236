"""Keras: `fit` and `evaluate`, verbose 1 and 2, versions 2 and 3.

    Epoch 1/6
    12/43 ━━━━━ 1s 30ms/step - accuracy: 0.90 - loss: 0.33          redrawn (verbose=1)
    43/43 - 1s - 30ms/step - accuracy: 0.4411 - loss: 1.8698        once an epoch (verbose=2)
    12/43 [=======>......] - ETA: 5s - loss: 0.5                    Keras 2

Figures inside an epoch are running means, not the step's: they are read only where an epoch takes so long (over a
minute) that its end is far. What `evaluate` prints looks the same but stands under no `Epoch` line: its names get
`eval_`, so that they never mix with the training's.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Pair, Span, count_of, place_in_epoch, show_progress
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

LONG_EPOCH = 60.0  # seconds
_SETTLED = 5.0  # seconds of an epoch, after which the time of a step is no longer that of its start
_MOST_HELD = 64  # drawings

_EPOCH = lazy_pattern(r"^Epoch (?P<epoch>\d{1,7})/(?P<epochs>\d{1,7})\s*$", re.ASCII)
_LINE = lazy_pattern(
    r"^\s*(?P<n>\d+)/(?P<t>\d+|Unknown)\s+(?P<bar>[\x80-\xff]+\s*|\[[=>.]+\]\s*)?(?P<dash>-\s+)?"
    r"(?:ETA:\s+)?(?:\d+(?:s|ms|us)|\d+(?::\d\d)+)(?=\s|$)"
)
_EACH = lazy_pattern(r"\s(?P<each>\d+)(?P<unit>us|ms|s)/step", re.ASCII)
_VALUE = lazy_pattern(rf"\s-\s(?P<name>[A-Za-z_][^:=]{{0,99}}?): (?P<num>{NUMBER})(?=\s|$)", re.ASCII)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_OPEN, _ENDED = "keras epoch", "keras epoch's end"


class KerasEpoch(msgspec.Struct, frozen=True, gc=False):
    """`Epoch 1/6`, which the lines below belong to."""

    epoch: Span
    epochs: Span

    def read(self, line: bytes, state: State) -> None:
        """Open the epoch."""
        epoch, epochs = float(line[slice(*self.epoch)]), count_of(line, self.epochs)
        state.see_epoch(epoch, epochs)
        state.section, state.section_total, state.section_redraws, state.section_held = _OPEN, None, 0, []
        state.see_epoch_heading()
        show_progress(state, None, None, within=False, epoch=epoch)


class KerasBar(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One drawing of the bar, or the line of verbose=2."""

    count: Span
    total: Span | None
    each: Span | None
    each_unit: float
    once: bool
    pairs: tuple[Pair, ...]

    def read(self, line: bytes, state: State) -> None:
        """Read progress; the values where they are an epoch's, or the epoch is long."""
        count, total = count_of(line, self.count), count_of(line, self.total)
        if count is None:
            return
        each = float(line[slice(*self.each)]) * self.each_unit if self.each is not None else 0.0
        ended = total is not None and count >= total
        if state.section == _ENDED and (not ended or total != state.section_total):
            state.section = ""  # a bar starts again without an `Epoch` line: evaluate()
        if state.section not in {_OPEN, _ENDED} or state.epoch is None:
            if ended:
                # alone, without fit() before it, evaluate() is all there is and keeps its names
                self.hand_over(line, state, None, "" if state.epoch is None else "eval_")
            return
        self._read_in_epoch(line, state, count, total, each)

    def _read_in_epoch(self, line: bytes, state: State, count: int, total: int | None, each: float) -> None:
        ended = total is not None and count >= total
        epoch = state.epoch if state.epoch is not None else 1.0
        first = state.section_redraws == 0 and not ended  # whose time has the compiling in it
        state.section_redraws += 1
        rate = 1 / each if each > 0 and not first else None
        place = place_in_epoch(state, epoch, None, count, total, rate=rate)
        if place.progress is not None:
            state.progress(place.progress)
        is_long = each * (total or 0) >= LONG_EPOCH
        state.step = place.step
        settled = ended or (not first and each * count >= _SETTLED)
        if is_long and not settled and len(state.section_held) < _MOST_HELD:
            state.section_held.append(line)  # a point once further drawings say as well that the epoch is long
            return
        held, state.section_held = state.section_held, []
        for drawing in held if is_long else ():
            layout = find(drawing.decode("latin-1"), 0)
            if isinstance(layout, KerasBar):
                before = (place.step or 0) - count + (count_of(drawing, layout.count) or 0)
                layout.hand_over(drawing, state, before, "")
        if ended or is_long:
            self.hand_over(line, state, place.step if is_long else None, "")
        if ended:
            state.section, state.section_total = ("" if self.once else _ENDED), total

    def hand_over(self, line: bytes, state: State, step: int | None, prefix: str) -> None:
        """Tell the values of one drawing."""
        for pair in self.pairs:
            state.value(line[slice(*pair.name)], line[slice(*pair.value)], step, state.epoch, prefix)


def find(text: str, start: int) -> Layout | None:
    """The layout of an epoch's heading, or of a line that begins with `n/total` and the time it took."""
    if start:
        return None
    if heading := _EPOCH.match(text):
        return KerasEpoch(heading.span("epoch"), heading.span("epochs"))
    match = _LINE.match(text)
    if match is None:
        return None
    each = _EACH.search(text, match.end("t"))
    known = match["t"] != "Unknown"
    return KerasBar(
        count=match.span("n"),
        total=match.span("t") if known else None,
        each=each.span("each") if each else None,
        each_unit=_SECONDS[each["unit"]] if each else 1.0,
        once=match["dash"] is not None and match["bar"] is None,
        pairs=tuple(Pair(value.span("name"), value.span("num")) for value in _VALUE.finditer(text, match.end() - 1)),
    )
