"""One metric of one stage alone, as a picture. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.model.session_curves import SessionCurves, goal_of

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Axis, Series

__all__ = ["stage_picture"]


def stage_picture(view: View, curves: SessionCurves, stage: Stage, name: str, colour: str) -> Picture:
    """The metric over the stage's running time (or steps, where times are not known), with its best value marked."""
    shown, series = sanitize(name), curves.series_of_stage(stage.name, name)
    if series is None or not len(series):
        return Picture(shown, empty=f"no {shown} of {sanitize(stage.name)} yet")
    axis, facts, best = curves.first_axis(view, name), fmt.value(series.last), None
    goal = goal_of(view, name)
    at = series.best_index(_goal(goal)) if goal else None
    if at is not None:
        facts += f" · best {fmt.value(series.ys[at])} {fmt.place(*series.place(at))}".rstrip()
        best = _place(series, axis, at)
    return Picture(shown, (Curve(series, 0.0, colour, axis),), facts=facts, axis=axis, best=best)


def _goal(word: str) -> Literal["max", "min"]:
    return "max" if word == "max" else "min"


def _place(series: Series, axis: Axis, at: int) -> tuple[float, float] | None:
    xs = series.xs(axis)
    return (xs[at], series.ys[at]) if at < len(xs) else None
