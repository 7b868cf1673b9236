"""The trials of one search over each other in one picture: the chosen one and the best stand out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.model.metric_colours import CURVE_COLOURS
from autotrain_tui.tui.model.trial_curves import MOST_LOSERS

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Axis, Series

__all__ = ["trials_picture"]

_LEADER, _CHOSEN = CURVE_COLOURS[0], CURVE_COLOURS[1]


def trials_picture(
    trials: Sequence[Stage], metric: str, goal: str, series_of: Callable[[str, str], Series | None], chosen: str
) -> Picture:
    """Every trial's readings of `metric` over what the best one counts in: steps, epochs, or seconds.

    `series_of(trial, metric)` is what was read of a trial; `chosen` the trial under the cursor, or "".
    """
    shown = sanitize(metric)
    found = [(trial, one) for trial in trials if (one := series_of(trial.name, metric)) is not None and len(one)]
    bests = [(at, one) for _, one in found if (at := one.best_index("min" if goal == "min" else "max")) is not None]
    if not bests:
        return Picture(shown, empty=f"no {shown} yet")
    sign = -1 if goal == "min" else 1
    at, best = max(bests, key=lambda each: sign * each[1].ys[each[0]])
    axis: Axis = best.axis if best.axis != "index" else "time"
    curves = [
        Curve(one, 0.0, _colour(trial, one is best, trial.name == chosen), axis) for trial, one in found if one.xs(axis)
    ]
    losers = [curve for curve in curves if curve.colour == "faint"]
    others = [curve for curve in curves if curve.colour != "faint"]
    leader = next(trial for trial, one in found if one is best)
    legend = [(f"best {sanitize(leader.name)}", _LEADER)]
    if any(trial.name == chosen for trial, _ in found) and chosen != leader.name:
        legend.append((sanitize(chosen), _CHOSEN))
    return Picture(
        shown,
        # drawn in this order: what matters most is on top
        (*losers[-MOST_LOSERS:], *sorted(others, key=lambda one: (one.colour != "muted", one.colour == _LEADER))),
        facts=f"best {fmt.value(best.ys[at])} {fmt.place(*best.place(at))}".rstrip(),
        axis=axis,
        best=(best.xs(axis)[at], best.ys[at]),
        legend=tuple(legend),
    )


def _colour(trial: Stage, leads: bool, chosen: bool) -> str:
    if leads or chosen:
        return _LEADER if leads else _CHOSEN
    return "muted" if trial.state in ACTIVE else "faint"
