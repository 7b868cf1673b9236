"""What a stage gave the last time that a session of its plan ran it: time, curve, end of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.session_view import View, load_view, log_of
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.tui.model.cards import SessionCard
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.model.last_lines import last_lines
from autotrain_tui.tui.model.metric_colours import metric_colours
from autotrain_tui.tui.model.session_curves import SessionCurves
from autotrain_tui.tui.model.stage_curve import stage_picture

__all__ = ["StageBefore", "load_stage_before"]

_LOOKED_AT = 8
"""The plan's newest sessions that are looked at: in most of them the stage has run."""
_MOST_LINES = 60


class StageBefore(msgspec.Struct, frozen=True):
    """The stage as that session left it. `picture` is None if no metric of it was read; `lines` may be empty."""

    view: View
    stage: Stage
    picture: Picture | None
    lines: tuple[str, ...]


async def load_stage_before(cards: Sequence[SessionCard], plan: str, stage: str) -> StageBefore | None:
    """From the newest of these sessions that is over and has run the stage; None without one. Reads in threads."""
    found = await asyncio.to_thread(_find, [card for card in cards if card.plan == plan and not card.live], stage)
    if found is None:
        return None
    view, begun = found
    curves = SessionCurves()
    await curves.update(view)
    names = curves.names(view)
    name = view.session.metric_name or (names[0] if names else None)
    picture = None
    if name is not None and curves.series_of_stage(stage, name) is not None:
        picture = stage_picture(view, curves, begun, name, metric_colours(names).get(name, "curve-1"))
    return StageBefore(view, begun, picture, await asyncio.to_thread(_end_of_log, view, begun))


def _find(cards: Sequence[SessionCard], name: str) -> tuple[View, Stage] | None:
    for card in cards[:_LOOKED_AT]:
        try:
            view = load_view(card.folder)
        except RecordsError:
            continue
        stage = view.session.stage(name)
        if stage is not None and stage.attempts:
            return view, stage
    return None


def _end_of_log(view: View, stage: Stage) -> tuple[str, ...]:
    try:
        return tuple(last_lines(log_of(view.folder, stage.attempts[-1]), _MOST_LINES))
    except RecordsError:
        return ()
