"""A session's metrics as curves: every attempt's readings, read on as they grow, on one axis over all stages.

x is seconds of running time, steps or epochs: stages stand one after the other, pauses are left out; a resumed attempt
continues at its checkpoint (`metrics.curves`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from autotrain_tui.metrics.curves.curves import Smoothed, StageCurves
from autotrain_tui.metrics.parsing.series_kinds import KINDS, series_kind
from autotrain_tui.session.history.headline import best_place
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.text import format as fmt
from autotrain_tui.text.metric_goal import usual_goal
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.model.stage_places import StagePlace, stage_borders, stage_places
from autotrain_tui.tui.model.stage_tail import StageTail
from autotrain_tui.tui.model.trial_curves import leaders, leaders_last, trial_colour

if TYPE_CHECKING:
    from pathlib import Path

    from autotrain_tui.metrics.curves.series import Axis, Series

__all__ = ["AXES", "Drawing", "SessionCurves", "goal_of"]

AXES: tuple[Axis, ...] = ("time", "step", "epoch")


class Drawing(msgspec.Struct, frozen=True):
    """How curves are drawn: over what, smoothed by which weight (0: not; below 1), on a logarithmic y axis or not.

    `loading`: over time, with what passes in each stage before its first value.
    """

    axis: Axis = "time"
    weight: float = 0.0
    log: bool = False
    loading: bool = True


class SessionCurves:
    """All stages' curves of one session. Files are read in a thread; what is drawn changes only in the event loop."""

    def __init__(self) -> None:
        self._stages: dict[str, StageTail] = {}
        self._renewed: dict[str, StageTail] = {}
        """Stages that are being read again, while what was read before is still shown."""
        self._without: dict[str, int] = {}
        """Stages that have ended without readings, by the number of their last attempt: there may be thousands."""
        self._smoothed: dict[tuple[str, str, float], Smoothed] = {}
        self._unread = False
        """Whether there was no time to begin with the last stages."""

    async def update(self, view: View, seconds: float = math.inf) -> bool:
        """Read for at most `seconds` seconds. Returns whether anything is new; `behind` tells whether there is more."""
        changed, until = False, time.monotonic() + seconds
        begun = [stage for stage in view.session.every_stage if stage.attempts]
        for stage in begun:
            if self._without.get(stage.name) == stage.attempts[-1].number:
                continue
            tail = self._stages.setdefault(stage.name, StageTail())
            changed = await tail.read(view, stage, until) or changed
            if await tail.outdated(view, stage):
                changed = await self._renew(view, stage, until) or changed
            if (read := tail.read_in_vain) is not None:
                del self._stages[stage.name]
                self._without[stage.name] = read
            if changed and time.monotonic() >= until:
                break
        self._unread = any(stage.name not in self._stages and stage.name not in self._without for stage in begun)
        return changed

    async def _renew(self, view: View, stage: Stage, until: float) -> bool:
        """Read a stage from its start; whether that is complete, so that it replaces what was read before."""
        tail = self._renewed.setdefault(stage.name, StageTail())
        await tail.read(view, stage, until)
        if tail.behind:
            return False
        self._stages[stage.name] = self._renewed.pop(stage.name)
        self._smoothed = {key: line for key, line in self._smoothed.items() if key[0] != stage.name}
        return True

    def places(self, view: View) -> list[tuple[Path, int]]:
        """The files of readings that grow now, each with how far it is read."""
        active = ((stage, self._stages.get(stage.name)) for stage in view.session.active)
        return [place for stage, tail in active if tail is not None and (place := tail.place(view, stage)) is not None]

    @property
    def behind(self) -> bool:
        """Whether days of readings are still being read."""
        return self._unread or any(tail.behind for tail in (*self._stages.values(), *self._renewed.values()))

    def names(self, view: View) -> tuple[str, ...]:
        """Every metric there is: the headline, then quality with losses first, rates, the optimiser's, others."""
        found = {name for tail in self._stages.values() for name in tail.curves.series}
        headline = view.session.metric_name
        kind = {name: KINDS.index(series_kind(name)) for name in found}
        return tuple(sorted(found, key=lambda name: (name != headline, kind[name], "loss" not in name.lower(), name)))

    def series(self, name: str) -> list[Series]:
        """The metric's series, one a stage."""
        return [series for tail in self._stages.values() if (series := tail.curves.series.get(name)) is not None]

    def best(self, view: View, name: str) -> float | None:
        """The best of the metric's values; None if its goal is unknown."""
        goal, found = goal_of(view, name), self.series(name)
        if goal == "max":
            return max((value for one in found if (value := one.high) is not None), default=None)
        return min((value for one in found if (value := one.low) is not None), default=None) if goal else None

    def series_of_stage(self, stage: str, name: str) -> Series | None:
        """The metric's series of one stage or trial; None if nothing of it was read."""
        tail = self._stages.get(stage)
        return tail.curves.series.get(name) if tail is not None else None

    def lines(self, view: View, name: str, drawing: Drawing, colour: str, label: str = "") -> list[Curve]:
        """One metric over the whole session: a curve a stage, and what a smoothed one was made from behind it."""
        raw: list[Curve] = []
        smooth: list[Curve] = []
        places = self._places(view, drawing)
        apart = not label and any(place.lane for place in places)
        leading = leaders(view, self.series_of_stage) if view.session.trials else frozenset()
        for place in places:
            tail = self._stages.get(place.stage.name)
            series = tail.curves.series.get(name) if tail is not None else None
            if series is None or not len(series) or not series.xs(drawing.axis):
                continue
            own = _lane_colour(colour, place.lane) if apart else trial_colour(place.stage, colour, leading)
            named = apart and not place.stage.info.sweep
            curve = Curve(series, place.origin, own, drawing.axis, sanitize(place.stage.name) if named else label)
            raw.append(curve)
            if drawing.weight:
                key = (place.stage.name, name, drawing.weight)
                line = self._smoothed.get(key) or self._smoothed.setdefault(key, Smoothed(series, drawing.weight))
                smooth.append(msgspec.structs.replace(curve, series=line.update(), smooth=True))
        if leading:
            raw, smooth = leaders_last(raw), leaders_last(smooth)
        if not smooth:
            return raw
        return [*(msgspec.structs.replace(curve, colour="faint", quiet=True) for curve in raw), *smooth]

    def first_axis(self, view: View, name: str) -> Axis:
        """What a metric is drawn over at first: time, but for a run of others whose times may not be known."""
        if view.session.source is None:
            return "time"
        return next((axis for one in self.series(name) if len(one) and (axis := one.axis) != "index"), "time")

    def picture(self, view: View, name: str, colour: str = "curve-1", drawing: Drawing | None = None) -> Picture:
        """One metric over the whole session."""
        drawing = drawing or Drawing(self.first_axis(view, name))
        curves, places = self.lines(view, name, drawing, colour), self._places(view, drawing)
        end = None
        if drawing.axis == "time" and places:
            ends = [place.origin + place.stage.elapsed(view.mono) for place in places]
            end = max(*ends, *(curve.ends[1] for curve in curves), 0.0)
        shown = sanitize(name)
        known = any(len(series) for series in self.series(name))
        empty = f"{shown} was read without {drawing.axis}s" if known and not curves else f"no {shown} yet"
        return Picture(
            shown,
            tuple(curves),
            stage_borders(places),
            self._facts(view, name),
            empty,
            end,
            drawing.axis,
            drawing.log,
            self._restarts(places, name, drawing.axis),
            _best_point(curves, goal_of(view, name)),
        )

    def frame(
        self, view: View, names: Sequence[str], colours: Mapping[str, str], drawing: Drawing | None = None
    ) -> Picture:
        """Several metrics in one picture: the first one leads, and gives the title, the facts and the best value."""
        lead = self.picture(view, names[0], colours[names[0]], drawing)
        drawing = drawing or Drawing(self.first_axis(view, names[0]))
        others = {name: self.lines(view, name, drawing, colours[name], sanitize(name)) for name in names[1:]}
        shown = {name: curves for name, curves in others.items() if curves}
        if not shown or not lead.curves:
            return lead
        mine = tuple(msgspec.structs.replace(curve, label=curve.label or lead.title) for curve in lead.curves)
        rest = [curve for curves in shown.values() for curve in curves]
        end = None if lead.end is None else max(lead.end, *(curve.ends[1] for curve in rest))
        legend = ((lead.title, colours[names[0]]), *((sanitize(name), colours[name]) for name in shown))
        return msgspec.structs.replace(lead, curves=(*rest, *mine), end=end, legend=legend)

    def _restarts(self, places: Sequence[StagePlace], name: str, axis: Axis) -> tuple[float, ...]:
        """Where a resumed attempt began to count again, on the picture's x axis."""
        found: list[float] = []
        for place in places:
            stage = place.stage.name
            curves = self._stages[stage].curves if stage in self._stages else StageCurves()
            xs = curves.series[name].xs(axis) if name in curves.series else ()
            found += [place.origin + xs[index] for index in curves.restarts.get(name, ()) if index < len(xs)]
        return tuple(found)

    def _places(self, view: View, drawing: Drawing) -> list[StagePlace]:
        """Where each stage that has run lies on the x axis."""
        by_time = drawing.axis == "time"

        def extent(stage: Stage) -> float:
            ends = [float(xs[-1]) for series in self._series_of(stage) if (xs := series.xs(drawing.axis))]
            return max([*ends, stage.elapsed(view.mono) if by_time else 0.0])

        def lead(stage: Stage) -> float:
            if drawing.loading or not by_time:
                return 0.0
            return min((series.ts[0] for series in self._series_of(stage) if len(series)), default=0.0)

        return stage_places(view, by_time=by_time, extent=extent, lead=lead)

    def _series_of(self, stage: Stage) -> Iterable[Series]:
        tail = self._stages.get(stage.name)
        return tail.curves.series.values() if tail is not None else ()

    def _facts(self, view: View, name: str) -> str:
        """The last value, and the best or the range; and that the points are only a sample."""
        facts = self._value_facts(view, name)
        sampled = any(tail.sampled and name in tail.curves.series for tail in self._stages.values())
        restarts = any(name in tail.curves.restarts for tail in self._stages.values())
        marked = (" · sampled" * sampled) + (" · ┆ resumed, counts again" * restarts)
        return f"{facts}{marked}" if facts else facts

    def _value_facts(self, view: View, name: str) -> str:
        found = [series for series in self.series(name) if len(series)]
        if not found:
            return ""
        last = fmt.value(
            next(
                series.last
                for stage in reversed(_begun(view))
                if (tail := self._stages.get(stage.name)) is not None
                and (series := tail.curves.series.get(name)) is not None
                and len(series)
            )
        )
        if name == view.session.metric_name:
            goal: Literal["max", "min"] = "max" if view.session.metric_goal == "max" else "min"
            known = best_place(view)  # the points here are up to a second newer than the heartbeat's
            bests: list[tuple[float, tuple[float | None, float | None]]] = []
            if known is not None:
                bests.append((known.value, (known.step, known.epoch)))
            bests += [
                (series.ys[at], series.place(at)) for series in found if (at := series.best_index(goal)) is not None
            ]
            sign = 1 if goal == "max" else -1
            best, where = max(bests, key=lambda each: (sign * each[0], each[1] != (None, None)))
            return f"{last} · best {fmt.value(best)} {fmt.place(*where)}".rstrip()
        low = min(value for series in found if (value := series.low) is not None)
        high = max(value for series in found if (value := series.high) is not None)
        return f"{last} · {fmt.value(low)} … {fmt.value(high)}" if low < high else last


def goal_of(view: View, name: str) -> str:
    """Whether more or less of a metric is better: as the plan says of the headline, less of a loss or an error."""
    if name == view.session.metric_name:
        return view.session.metric_goal
    return usual_goal(name) or ""


def _best_point(curves: list[Curve], goal: str) -> tuple[float, float] | None:
    """Where the best of the measured values stands on x, and the value."""
    if goal not in ("min", "max"):
        return None
    measured = [curve for curve in curves if curve.quiet] or curves
    found = [
        (series.ys[at], curve.start + series.xs(curve.axis)[at])
        for curve in measured
        if (at := (series := curve.series).best_index("max" if goal == "max" else "min")) is not None
    ]
    sign = 1 if goal == "max" else -1
    value, x = max(found, key=lambda each: sign * each[0], default=(0.0, None))
    return None if x is None else (x, value)


def _lane_colour(colour: str, lane: int) -> str:
    """Another curve colour for each of several stages that ran at once."""
    if not lane:
        return colour
    first = int(colour.removeprefix("curve-")) - 1
    return f"curve-{(first + lane) % 7 + 1}"


def _begun(view: View) -> list[Stage]:
    """The stages that have run, in the order they were started."""
    begun = (stage for stage in view.session.every_stage if stage.attempts)
    return sorted(begun, key=lambda stage: stage.attempts[0].started)
