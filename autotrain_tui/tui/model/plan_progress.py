"""How far a session is in its whole plan: a segment for each stage by the time it takes, and when all ends. Pure."""

from __future__ import annotations

import msgspec

from autotrain_tui.plan.timeline import Task, lay_out
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE, SessionState, StageState
from autotrain_tui.tui.model.labels import StateStyle, stage_style
from autotrain_tui.tui.model.remaining import guess_pace, is_open, rests_on_guess, total_seconds
from autotrain_tui.tui.model.stage_seconds import search_share, stage_seconds

__all__ = ["PlanProgress", "Segment", "plan_progress"]

_NEAR_BUDGET = 1.7
"""A budget of at most this multiple of the plan's length is marked on the bar; a longer one is only named."""

_NOT_COMING = frozenset({StageState.SKIPPED, StageState.FAILED, StageState.LOST, StageState.STOPPED})

_IN_VAIN = frozenset({StageState.FAILED, StageState.LOST})
"""Its time has passed, but nothing of its work counts as done."""


class Segment(msgspec.Struct, frozen=True):
    """A stage: its state, the seconds it takes in all, and the share of them that is over."""

    style: StateStyle
    seconds: float
    done: float
    open: bool
    name: str = ""


class PlanProgress(msgspec.Struct, frozen=True):
    """The whole plan."""

    segments: tuple[Segment, ...]
    fraction: float | None
    """The share of the work that is done; None if it is unknown."""
    seconds_left: float | None
    """Seconds until the last stage ends, if nothing stops; None if that is unknown, or nothing runs."""
    rough: bool
    """Whether that rests on the classic guess alone."""
    budget_at: float | None
    """Where the budget ends, in seconds of the segments in a row; None if it is far off or not on that axis."""

    @property
    def span(self) -> float:
        """Seconds that the whole bar stands for."""
        return max(sum(segment.seconds for segment in self.segments), self.budget_at or 0.0) or 1.0


def plan_progress(view: View) -> PlanProgress:
    """The session's progress as it stands."""
    session, pace = view.session, guess_pace(view)
    stages = [stage for stage in session.stages if stage.attempts or stage.state is not StageState.SKIPPED]
    totals = {stage.name: total_seconds(view, stage, pace) for stage in stages}
    known = [seconds for seconds in totals.values() if seconds is not None]
    usual = sum(known) / len(known) if known else 1.0
    segments = tuple(_segment(view, stage, totals[stage.name], usual) for stage in stages)
    whole = sum(segment.seconds for segment in segments)
    measured = len(known) == len(stages) or any(_fraction(view, stage) is not None for stage in stages)
    done = sum(
        segment.seconds * segment.done
        for stage, segment in zip(stages, segments, strict=True)
        if stage.state not in _IN_VAIN
    )
    return PlanProgress(
        segments,
        done / whole if whole > 0 and (measured or session.state is SessionState.FINISHED) else None,
        _seconds_left(view, stages, totals),
        rests_on_guess(view),
        _budget_at(view, whole) if len(known) == len(stages) else None,
    )


def _segment(view: View, stage: Stage, total: float | None, usual: float) -> Segment:
    elapsed, fraction = stage_seconds(view, stage), _fraction(view, stage)
    done = 1.0
    if is_open(stage):
        begun = bool(stage.attempts) and stage.info.search is None  # the time of a search tells less than its trials
        done = elapsed / total if begun and total else (fraction or 0.0)
        if total is None:
            total = max(usual, elapsed)
    return Segment(stage_style(stage), max(total or 0.0, 1e-3), min(1.0, done), is_open(stage), stage.name)


def _fraction(view: View, stage: Stage) -> float | None:
    if (share := search_share(view, stage)) is not None:
        return share
    live = view.live.get(stage.name)
    return live.progress.fraction if stage.state in ACTIVE and live is not None else None


def _seconds_left(view: View, stages: list[Stage], totals: dict[str, float | None]) -> float | None:
    """Until the last bar of the timeline ends; None while a stage is paused, frozen or unknown."""
    moving = view.session.state is SessionState.RUNNING and view.alive is not False
    halted = {StageState.PAUSED, StageState.PAUSING, StageState.FROZEN, StageState.HELD}
    if not moving or any(stage.state in halted for stage in stages) or None in totals.values():
        return None
    now = view.elapsed_seconds
    left_out = frozenset(stage.name for stage in view.session.stages if stage.name not in totals)
    tasks = [Task(each.name, each.info.needs, totals[each.name], begun=bool(each.attempts)) for each in stages]
    coming = {stage.name for stage in stages if stage.state not in _NOT_COMING and is_open(stage)}
    ends = [bar.end for bar in lay_out(tasks, view.session.jobs, left_out, now) if bar.stage in coming]
    return max(0.0, max(ends) - now) if ends else 0.0


def _budget_at(view: View, whole: float) -> float | None:
    """The budget counts time, the bar work: they are one axis only if stages run one after the other."""
    budget = view.session.budget_seconds
    if budget is None or view.session.jobs > 1 or budget > whole * _NEAR_BUDGET:
        return None
    return budget
