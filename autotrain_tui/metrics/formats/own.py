"""The plan's own patterns: `metrics = [{ name = "loss", pattern = '…(?P<value>…)…(?P<step>…)' }]`.

A pattern is a person's own and runs as it is; lines are cut at `MAX_LINE`, which bounds what a pattern that backtracks
can cost, but does not prevent it (Python's `re` has no time limit).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from autotrain_tui.metrics.parsing.metric_names import clean_name
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Reading

__all__ = ["MAX_LINE", "OwnPatterns"]

MAX_LINE = 2000  # characters


class OwnPatterns:
    """Patterns with a group `value`, and `step` and `epoch` where they have them."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        """Compile (name, pattern) pairs; ValueError for a pattern that can't be used, with the reason."""
        self._patterns: list[tuple[str, re.Pattern[str]]] = []
        for name, pattern in patterns:
            try:
                compiled = re.compile(pattern)
            except re.error as error:
                raise ValueError(f"metric {name}: {error}") from error
            if "value" not in compiled.groupindex:
                raise ValueError(f"metric {name}: the pattern needs a group (?P<value>…)")
            clean = clean_name(name.encode())
            if clean is None:
                raise ValueError(f"metric {name!r}: not a name")
            self._patterns.append((clean, compiled))

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def read(self, line: bytes, state: State) -> bool:
        """Whether a pattern matched; then the line is the pattern's and no other reader's."""
        text = line[: MAX_LINE * 4].decode("utf-8", "replace")[:MAX_LINE]
        found = False
        for name, pattern in self._patterns:
            for match in pattern.finditer(text):
                found = self._read_match(name, match.groupdict(), state) or found
        return found

    @staticmethod
    def _read_match(name: str, groups: dict[str, str | None], state: State) -> bool:
        value = number(groups["value"])
        if value is None:
            return False
        step = number(groups.get("step"))
        epoch = number(groups.get("epoch"))
        whole = int(step) if step is not None and math.isfinite(step) and abs(step) < 2**63 else None
        epoch = epoch if epoch is not None and math.isfinite(epoch) else None
        if math.isfinite(value):
            state.events.append(Reading(name, value, whole, epoch))
        else:
            state.events.append(NotFinite(name, whole, epoch))
        return True


def number(text: str | None) -> float | None:
    """A number as printed, with a percent sign or thousands' commas; None when it is none."""
    if text is None:
        return None
    try:
        return float(text.strip().rstrip("%").replace(",", ""))
    except ValueError:
        return None
