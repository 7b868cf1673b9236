"""How the chosen stage went the last time: read when the cursor rests on it, drawn below its figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len

from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.compared_curves import short_id
from autotrain_tui.tui.model.labels import STAGES
from autotrain_tui.tui.model.stage_before import StageBefore, load_stage_before
from autotrain_tui.tui.screens.plan.stage_pane import StagePane
from autotrain_tui.tui.widgets.background_work import run_in_background
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, line, spread, width_of

if TYPE_CHECKING:
    from autotrain_tui.tui.model.cards import SessionCard
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["LastTime", "last_time_lines"]

_REST_SECONDS = 0.05
"""How long the cursor rests before anything is read for it."""
_MOST_KEPT = 8
"""Stages that are kept: each has its session with it, and the points of its curve."""
_LEAST, _ONE_BELOW_THE_OTHER, _MOST_CURVE = 6, 14, 18
"""Lines from which there is anything, from which the log stands below the curve, and the most that the curve takes."""
_SIDE_BY_SIDE = 70
"""Cells from which the log stands beside the curve where there are few lines."""


class LastTime:
    """Keeps what it has read last until the plans are read again."""

    def __init__(self, screen: ModeScreen) -> None:
        self._screen = screen
        self._sessions: Sequence[SessionCard] = ()
        self._kept: dict[tuple[str, str], StageBefore | None] = {}
        self._at = ("", "")

    def begin(self, sessions: Sequence[SessionCard]) -> None:
        """The sessions that there are now, newest first."""
        self._sessions, self._at = sessions, ("", "")
        self._kept.clear()

    def show(self, plan: str, stage: str) -> None:
        """Show how this stage of this plan went, once that is read."""
        key = (sanitize(plan), stage)
        if key == self._at:
            return
        self._at = key
        if key in self._kept:
            self._draw()
        else:
            run_in_background(self._screen, partial(self._read, key), "last-time")

    async def _read(self, key: tuple[str, str]) -> None:
        await asyncio.sleep(_REST_SECONDS)
        self._kept[key] = await load_stage_before(self._sessions, *key)
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        if key == self._at and self._screen.whole:
            self._draw()

    def _draw(self) -> None:
        before = self._kept[self._at]
        draw = partial(last_time_lines, before) if before is not None else None
        self._screen.query_one(StagePane).show_below(self._at[1], draw)


def last_time_lines(before: StageBefore, width: int, height: int) -> list[Line]:
    """A heading, the curve, and the end of the log below it or, in few lines, beside it, in `height` lines; nothing
    where there is no room for that.
    """
    if height < _LEAST:
        return []
    lines, room = [EMPTY, _heading(before, width)], height - 2
    if before.picture is None:
        return [*lines, *_log(before, width, room)]
    from autotrain_tui.tui.charts.chart import picture_lines  # after the first paint

    if room < _ONE_BELOW_THE_OTHER:
        half = width // 2 if before.lines and width >= _SIDE_BY_SIDE else width
        curve = picture_lines(before.picture, half, room)
        log = _log(before, width - half - 2, room) if half < width else [EMPTY] * len(curve)
        return [*lines, *(spread(left, right, width) for left, right in zip(curve, _filled(log, room), strict=False))]
    high = min(_MOST_CURVE, room * 3 // 5) if before.lines else room
    lines += picture_lines(before.picture, width, high)
    return [*lines, EMPTY, *_log(before, width, room - high - 1)] if before.lines else lines


def _log(before: StageBefore, width: int, room: int) -> list[Line]:
    """The last lines of the stage's log."""
    return [cut(line((f" {text}", "muted")), width) for text in before.lines[-room:]]


def _filled(lines: list[Line], room: int) -> list[Line]:
    """The lines, all of one width, and empty ones up to `room`."""
    widest = max(map(width_of, lines), default=0)
    return [*((*each, *line(" " * (widest - width_of(each)))) for each in lines), *[EMPTY] * (room - len(lines))]


def _heading(before: StageBefore, width: int) -> Line:
    """How it ended, how long it ran, the headline's values, when, which session: as much as there is room for."""
    attempt, session = before.stage.attempts[-1], before.view.session
    style, begun = STAGES[before.stage.state], from_iso(session.started or session.created)
    spans: list[tuple[str, str]] = [(" Last time", "bold"), ("  ", ""), (f"{style.sign} {style.word}", style.colour)]
    parts = [
        fmt.clock(before.stage.elapsed(before.view.mono)) if attempt.end is not None else "",
        f"{before.picture.title} {before.picture.facts.partition(' at ')[0]}" if before.picture is not None else "",
        fmt.ago(time.time() - begun) if begun is not None else "",
        short_id(session.id),
    ]
    for part in filter(None, parts):
        if width_of(spans) + cell_len(part) + 3 <= width:
            spans.append((f" · {part}", "muted"))
    return tuple(spans)
