"""How the curves of a search's trials stand out: the leader in the curve's colour, what runs muted, losers faint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Series
    from autotrain_tui.tui.model.curve_picture import Curve

__all__ = ["MOST_LOSERS", "leaders", "leaders_last", "trial_colour"]

MOST_LOSERS = 60
"""Losers of a search that are drawn: more would be one grey area, and slow."""


def leaders(view: View, series: Callable[[str, str], Series | None]) -> frozenset[str]:
    """The leading trial of each search: its winner, else the best so far. `series(trial, metric)`: what was read."""
    metric, more = view.session.metric_name, view.session.metric_goal != "min"
    found: set[str] = set()
    for search in view.session.stages:
        if search.winners:
            found.add(search.winners[0])
        elif search.info.search is not None and metric is not None:
            values = [
                (value if more else -value, trial.name)
                for trial in view.session.trials_of(search.name)
                if (one := series(trial.name, metric)) is not None
                and (value := one.high if more else one.low) is not None
            ]
            found |= {max(values)[1]} if values else set()
    return frozenset(found)


def trial_colour(stage: Stage, colour: str, leading: frozenset[str]) -> str:
    """The colour token of a trial's curve; of a stage that is no trial `colour` itself."""
    if not stage.info.sweep or stage.name in leading:
        return colour
    return "muted" if stage.state in ACTIVE else "faint"


def leaders_last(curves: list[Curve]) -> list[Curve]:
    """The curves with those of losers first, so that they are drawn under the others, and not too many of them."""
    losers = [curve for curve in curves if curve.colour == "faint"]
    live = [curve for curve in curves if curve.colour == "muted"]
    return [*losers[-MOST_LOSERS:], *live, *(curve for curve in curves if curve.colour not in {"faint", "muted"})]
