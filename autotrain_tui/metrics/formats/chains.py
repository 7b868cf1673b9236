"""Chains of samplers. A table of those that run side by side, redrawn as a whole: PyMC's, of Rich.

      Progress           Draw   Divergences   Step size   Grad evals   Speed            Elapsed   Remaining
     ───────────────────────────────────────────────────────────────────────────────────────────────────────
      ━━━━━━━━━━━━━━━━   600    0             1.864       7            129.51 draws/s   0:00:04   0:00:00
      ━━━━━━━━━━━━━━━━   210    0             0.955       3            87.81 draws/s    0:00:02   0:00:04

A row is told by its place below the heading; its values are `chain_1/Step_size` and so on, at the draw. The table names
no total, and a chain's remaining time is not that of the run.

Where numpyro samples its chains one after the other, it says so first, and its bar runs once for each:

    ... parallel chains: expected 2 but got 1. Chains will be drawn sequentially. If you are running MCMC in CPU, ...
"""

from __future__ import annotations

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_CLOCK = r"(?:[\d-]+:)?[\d-]+:[\d-]{2}"
_ROW = lazy_pattern(rf"^\s+(?:\xe2[\x80-\xbf]{{2}}){{3,}}\s{{2,}}\d+\s{{2,}}.*\s{_CLOCK}\s{{2,}}{_CLOCK}\s*$")
_GAP = lazy_pattern(rb"\s{2,}")
_CELL = lazy_pattern(rb"(?P<num>" + NUMBER.encode() + rb")(?: [A-Za-z]+/s)?")
_BAR, _RULE = b"\xe2\x94\x81", b"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
_IN_TURN = lazy_pattern(r"chains: expected (?P<chains>\d{1,4}) but got \d+\. Chains will be drawn sequentially\b")
_CUT = b"\xe2\x80\xa6"  # by a narrow terminal: the names are no names any more
_MOST_CHAINS = 64


class _Row:
    """One chain's row."""

    __slots__ = ()

    def read(self, line: bytes, state: State) -> None:
        """Read the cells under the names of their columns."""
        cells = _GAP.split(line.strip())
        found = _heading(state)
        if found is None or len(found[1]) != len(cells) or not int(cells[1]):
            return
        chain, names = found
        drawn = f"chain_{chain}"
        if state.bar_text.get(drawn) == cells[1]:
            return  # it waits for the others, or for its next draw
        state.bar_text[drawn] = cells[1]
        for name, cell in zip(names[2:], cells[2:], strict=True):
            value = _CELL.fullmatch(cell)
            if value is not None:
                state.bar_value(name, value["num"], int(cells[1]), None, drawn + "/")


class _ChainsInTurn(msgspec.Struct, frozen=True, gc=False):
    """The line that says how many chains will run one after the other."""

    chains: Span

    def read(self, line: bytes, state: State) -> None:
        """Tell the bars."""
        state.bars.expect_rounds(int(line[slice(*self.chains)]))


def _heading(state: State) -> tuple[int, list[bytes]] | None:
    """Which row of the table the line is, counted from 1, and the names of the columns."""
    above = state.before(_MOST_CHAINS + 2)
    for chain, line in enumerate(above, 1):
        if _RULE in line:
            heading = next(above, b"")
            return None if _CUT in heading else (chain, _GAP.split(heading.strip()))
        if _BAR not in line:
            return None
    return None


def find(text: str, start: int) -> Layout | None:
    """The layout of a chain's row, or of the line about chains in turn."""
    if "drawn sequentially" in text and (match := _IN_TURN.search(text)):
        return _ChainsInTurn(match.span("chains"))
    if start or "\xe2\x94\x81" not in text or text[0] != " " or not _ROW.match(text):
        return None
    return _Row()
