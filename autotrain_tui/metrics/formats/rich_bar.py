"""Lightning's Rich bar, also in a file (its last state) and squeezed (values that go on in further lines).

    Epoch 1/3 ━━━━━━━━╸━━━ 20/30 0:00:01 • 0:00:00 28.37it/s v_num: 0.000 train_loss_step: 0.348

Both figures of `1/3` count from 0. Offsets are bytes: one sign of the bar is three of them.
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.formats import pairs, rich_log
from autotrain_tui.metrics.formats.tqdm import BarLayout
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Pair, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.progress_bars import ReportPlace, is_aside

__all__ = ["find"]

_BAR = lazy_pattern(
    r"^(?P<what>[^\xe2]{0,80}?)\s(?:\xe2[\x80-\xbf]{2}){3,}\s*(?P<n>\d+)/(?P<t>\d+|--|\?)\s+(?P<clock>[\d:-]+)\s+"
    r"(?:\xe2\x80\xa2|-|\*)\s+(?:[\d:-]+\s+)?(?P<rate>[\d.]+)it/s(?P<post>.*)$"
)
# rich's columns as tqdm.rich sets them: 45% ━━━━ 1,024/2,000 [ 0:00:04 < 0:00:04 , 230 it/s ]
_COUNTED = lazy_pattern(
    r"^(?P<what>[^\xe2]{0,80}?)\s*\d{1,3}%\s(?:\xe2[\x80-\xbf]{2}){3,}\s*(?P<n>[\d,]+)/\s*(?P<t>[\d,]+)\s+"
    r"\[\s(?P<clock>[\d:-]+)\s<\s(?P<left>[\d:-]+)\s,\s+(?P<rate>[\d.]+|\?)\s\S+/s"
)
_EPOCH = lazy_pattern(r"^Epoch (?P<epoch>\d+)(?:/(?P<last>\d+|-2))?", re.ASCII)
# The time that is left may run over as well, before the values.
_REST = lazy_pattern(
    rf"^\s{{16,}}+(?:[\d-]{{1,3}}:[\d-][\d:-]*+\s++)?(?:(?P<lead>{NUMBER})(?:\s++|$))?(?P<first>)"
    rf"(?:[A-Za-z_][\w./-]*: {NUMBER}(?:\s++|$))*(?:[A-Za-z_][\w./-]*:\s*)?(?:`Trainer\.\w+` .*)?$",
    re.ASCII,
)
_OVER = lazy_pattern(rb"\s{16}")
_MAX_LINES = 12  # that one bar's values run over into
_OPEN = lazy_pattern(rb"(?:it/s.*|^\s{16}.*)\s(?P<name>[A-Za-z_][\w./-]*):\s*$")
_VALUE = lazy_pattern(rf"\s*(?P<name>[A-Za-z_][\w./-]*): (?P<num>{NUMBER})(?=\s|$)", re.ASCII)


class _RestLayout(BarLayout, frozen=True, gc=False, kw_only=True):
    """Values of the bar above, squeezed into a line of their own; the first may be that of the last line's label."""

    lead: Span | None = None
    alone: Layout | None = None  # how the line is read where no bar stands above

    def read(self, line: bytes, state: State) -> None:
        """Read the values as the bar's."""
        if not _below_bar(state):
            if self.alone is not None:
                self.alone.read(line, state)
            return
        place = ReportPlace(state.step, state.epoch)
        if self.lead is not None:
            label = _OPEN.search(state.nearest())
            if label is not None and label["name"] != b"v_num":
                _read_value(label["name"], line[slice(*self.lead)], state, place)
        _read_values(self.pairs, line, state, place)


class _RichLayout(BarLayout, frozen=True, gc=False, kw_only=True):
    """The bar. At count 0 it shows the values of before: of the sanity check, or of the end of the last epoch."""

    def read(self, line: bytes, state: State) -> None:
        """Read place and progress, then the values."""
        place = self.place(line, state)
        begins = int(line[slice(*self.count)]) == 0 and not self.aside
        state.bar_is_fresh = begins and (place.epoch is None or not state.bar_has_run or place.epoch == 0)
        if not begins:
            state.bar_has_run = state.bar_has_run or not self.aside
        elif place.epoch is not None and not state.bar_is_fresh:
            state.epoch = place.epoch - 1
            place = ReportPlace(place.step, state.epoch)
        _read_values(self.pairs, line, state, place)


def _below_bar(state: State) -> bool:
    if b"it/s" in state.nearest():
        return True
    for above in state.before(_MAX_LINES):
        if b"it/s" in above:
            return True
        if not _OVER.match(above):
            return False
    return False


def _read_values(found: tuple[Pair, ...], line: bytes, state: State, place: ReportPlace) -> None:
    for pair in found:
        _read_value(line[slice(*pair.name)], line[slice(*pair.value)], state, place)


def _read_value(name: bytes, value: bytes, state: State, place: ReportPlace) -> None:
    if state.bar_is_fresh:
        state.know_bar_value(name, value)
    else:
        state.bar_value(name, value, place.step, place.epoch, "")


def find(text: str, start: int) -> Layout | None:
    """The layout of a Rich bar, or of the lines its values run over into."""
    if rest := _REST.match(text):
        lead = rest.span("lead") if rest["lead"] else None
        found = _values(text, rest.end("lead") if lead else rest.start("first"))
        if found or lead:
            return _RestLayout(count=(0, 0), total=None, rate=None, pairs=found, lead=lead, alone=_alone(text, start))
    if "\xe2" not in text:
        return None
    if counted := _COUNTED.match(text):
        return BarLayout(
            count=counted.span("n"),
            total=counted.span("t"),
            rate=counted.span("rate") if counted["rate"][0].isdigit() and counted["rate"].count(".") < 2 else None,
            key=re.sub(r"\d+", "", counted["what"]).strip(),
            aside=is_aside(counted["what"]),
        )
    if "it/s" not in text:
        return None
    match = _BAR.match(text[start:])
    if match is None:
        return None
    epoch = _EPOCH.match(match["what"])
    shift = start

    def span(found: re.Match[str], name: str) -> tuple[int, int]:
        return found.start(name) + shift, found.end(name) + shift

    return _RichLayout(
        count=span(match, "n"),
        total=span(match, "t") if match["t"].isdigit() else None,
        rate=span(match, "rate") if match["rate"].count(".") <= 1 else None,
        key=re.sub(r"\d+", "", match["what"]),
        aside=is_aside(match["what"]),
        from_zero=True,
        epoch=span(epoch, "epoch") if epoch else None,
        epochs=span(epoch, "last") if epoch and epoch["last"] and epoch["last"].isdigit() else None,
        pairs=_values(text, start + match.start("post")),
    )


def _alone(text: str, start: int) -> Layout | None:
    return rich_log.find(text, start) or pairs.find(text, start)


def _values(text: str, start: int) -> tuple[Pair, ...]:
    found = []
    at = start
    while match := _VALUE.match(text, at):
        if match["name"] != "v_num":
            found.append(Pair(match.span("name"), match.span("num")))
        at = match.end()
    return tuple(found)
