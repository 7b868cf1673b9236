"""The marked sessions' curves, to lay over the session that is looked at or beside one another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.model.metric_colours import CURVE_COLOURS
from autotrain_tui.tui.model.session_curves import Drawing, SessionCurves

__all__ = ["ComparedCurves", "ComparedSession", "short_id"]


class ComparedSession(msgspec.Struct, frozen=True):
    """One more session: its state and its curves."""

    view: View
    curves: SessionCurves
    colour: str


def short_id(session: str) -> str:
    """A session's id without the year: `1122-150403-digits`."""
    return sanitize(session[4:] if session[:4].isdigit() and session[8:9] == "-" else session)


class ComparedCurves:
    """The curves of some sessions by id; each read once, and again while it runs."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[View, SessionCurves]] = {}
        self.shown: tuple[ComparedSession, ...] = ()

    async def choose(self, sessions: Path, names: Sequence[str], first_colour: int = 0) -> None:
        """Show these sessions; one that can't be read is left out. Reads in threads."""
        shown = []
        for place, name in enumerate(names):
            view, curves = self._kept.get(name, (None, None))
            if view is None or curves is None or not view.finished:
                try:
                    view = await asyncio.to_thread(load_view, SessionFolder(sessions / name))
                except RecordsError:
                    continue
                curves = curves or SessionCurves()
                await curves.update(view)
                self._kept[name] = view, curves
            shown.append(ComparedSession(view, curves, CURVE_COLOURS[(place + first_colour) % len(CURVE_COLOURS)]))
        self._kept = {name: kept for name, kept in self._kept.items() if name in names}
        self.shown = tuple(shown)

    def names(self) -> tuple[str, ...]:
        """Every metric of any of them: those of most sessions first, then in the first one's order."""
        each = [one.curves.names(one.view) for one in self.shown]
        found = dict.fromkeys(name for names in each for name in names)
        return tuple(sorted(found, key=lambda name: -sum(name in names for names in each)))

    def lines(self, name: str, drawing: Drawing) -> list[Curve]:
        """One metric of all of them."""
        return [
            curve
            for one in self.shown
            for curve in one.curves.lines(one.view, name, drawing, one.colour, short_id(one.view.folder.id))
        ]

    def picture(self, name: str, drawing: Drawing) -> Picture:
        """One metric of all of them, over one another. The title says if some of them lack it."""
        having = sum(name in one.curves.names(one.view) for one in self.shown)
        lacking = f" · in {having} of {len(self.shown)} sessions" if 0 < having < len(self.shown) else ""
        return Picture(
            sanitize(name) + lacking,
            tuple(self.lines(name, drawing)),
            empty=f"none of them has {sanitize(name)}",
            axis=drawing.axis,
            log=drawing.log,
        )
