"""Boxes as stable-baselines3 draws them; a heading row gives the names below it their first part.

    ---------------------------------
    | rollout/           |          |
    |    ep_rew_mean     | 22.3     |
    | time/              |          |
    |    total_timesteps | 256      |
    ---------------------------------

Spinning Up's and rllab's have no headings, and names on the right of their column.

The step (`total_timesteps`) stands below the first values, so a box is read as a whole, when its last rule is there.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.metric_names import LabelKind, kind_of
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["end_box", "find"]

_ROW = lazy_pattern(
    rf"^\|(?P<indent> {{1,40}})(?P<name>[A-Za-z_][\w./+-]{{0,100}})\s*\|\s+(?P<num>{NUMBER})\s+\|\s*$", re.ASCII
)
_HEADING = lazy_pattern(rb"^\| (?P<section>[\w. -]{1,60}/)\s*\|\s*\|\s*$")
_STEPS = frozenset({b"time/total_timesteps", b"total_timesteps", b"time/total timesteps", b"TotalEnvInteracts"})
_EPOCHS = frozenset({b"Epoch", b"epoch"})
_PLACES = _STEPS | _EPOCHS
_MAX_ROWS = 200
_MAX_ABOVE = 40  # rows between one and its heading or rule


class BoxRow(msgspec.Struct, frozen=True, gc=False):
    """A row with a number."""

    name: Span
    value: Span
    indented: bool
    alone: bool  # its own name says that it is a metric, or a place

    def read(self, line: bytes, state: State) -> None:
        """Keep the row until its box ends."""
        section = _section(state) if self.indented else b""
        if not section and (not self.alone or not _is_box(state)):
            return
        if len(state.box) < _MAX_ROWS:
            state.box.append((section + line[slice(*self.name)], line[slice(*self.value)]))


def _is_box(state: State) -> bool:
    """Whether the rows above lead up to a box's rule: other tables begin otherwise."""
    if state.box:
        return True
    return next((above.startswith(b"--") for above in state.before(_MAX_ABOVE) if not above.startswith(b"|")), False)


def _section(state: State) -> bytes:
    for above in state.before(_MAX_ABOVE):
        if b"/" in above and (heading := _HEADING.match(above)):
            return heading["section"]
        if not above.startswith(b"|"):
            return b""
    return b""


def find(text: str, start: int) -> Layout | None:
    """The layout of a row that holds a number."""
    match = _ROW.match(text, start)
    if match is None or start:
        return None
    name = match["name"]
    alone = kind_of(name) is LabelKind.METRIC or name.encode() in _PLACES
    return BoxRow(match.span("name"), match.span("num"), len(match["indent"]) > 1, alone)


def end_box(state: State) -> None:
    """The box is complete: hand its rows over at the step it names."""
    rows, state.box = state.box, []
    step = epoch = None
    for name, value in rows:
        if name in _STEPS and value.isdigit():
            step = int(value)
        elif name in _EPOCHS and value.isdigit():
            epoch = float(value)
    if step is not None:
        state.step = step
        state.progress(Progress(step))
    if epoch is not None:
        state.see_epoch(epoch, None)
    for name, value in rows:
        if not name.startswith(b"time/") and name not in _PLACES:
            state.value(name, value, step, epoch)
