"""Stages on the time axis: a plan as it would run, or a session as it runs. Pure: rows for the timeline to draw."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from autotrain_tui.plan.timeline import Bar, Task, lay_out, timeline
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE, SessionState, StageState
from autotrain_tui.session.launch.preflight import Verdict
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import STAGES, StateStyle
from autotrain_tui.tui.model.open_plan import ResolvedDraft
from autotrain_tui.tui.model.remaining import (
    guess_pace,
    is_open,
    rests_on_guess,
    seconds_left,
    spread_seconds,
    total_seconds,
)
from autotrain_tui.tui.model.stage_seconds import stage_seconds

__all__ = ["Axis", "Schedule", "TimelineRow", "of_plan", "of_session", "row_name"]

_SLACK = 0.5
"""Seconds beyond the budget that do not count."""

_CLOSE = 1.7
"""A budget of at most this multiple of the plan's length is drawn on the axis; a longer one is only named."""


class Axis(msgspec.Struct, frozen=True):
    """Seconds from the session's start: how far the axis goes, where the budget ends, where now is."""

    span: float
    edge: float | None = None
    now: float | None = None
    notes: bool = False
    """Whether any row has something to note beside its time."""
    names: int = 16
    """Cells of the longest name."""


class TimelineRow(msgspec.Struct, frozen=True):
    """One stage: how it stands, and its bar in seconds. `done` of it is past; `spread` is the end's uncertainty.

    `start` None: it has no place on the axis (left out). `known`: whether there is an estimate of its end.
    """

    index: int
    name: str
    style: StateStyle
    axis: Axis
    time: str
    start: float | None = None
    end: float = 0.0
    done: float = 0.0
    spread: float = 0.0
    known: bool = True
    note: str = ""
    note_colour: str = "muted"
    trouble: bool = False


def row_name(row: TimelineRow) -> str:
    """What stays the same of a row from one moment to the next."""
    return row.name


class Schedule(msgspec.Struct, frozen=True):
    """All rows, and how the whole stands to the budget in one sentence with its colour token."""

    rows: tuple[TimelineRow, ...]
    axis: Axis
    verdict: str = ""
    colour: str = "muted"


def of_plan(resolved: ResolvedDraft) -> Schedule:
    """A plan as it would run. Nothing of it is past."""
    prepared = resolved.prepared
    if prepared is None:
        return Schedule((), Axis(1.0))
    plan = prepared.plan
    estimates = {stage.name: estimate for stage, estimate in zip(plan.stages, prepared.estimates, strict=True)}
    bars = {bar.stage: bar for bar in timeline(plan, estimates, frozenset(prepared.skipped))}
    spreads = {name: (estimate.seconds or 0.0) * (estimate.spread or 0.0) for name, estimate in estimates.items()}
    axis = _axis(bars, spreads, plan.budget_seconds)
    failed = {finding.stage for finding in resolved.findings if finding.verdict is Verdict.FAIL and finding.stage}
    rows = []
    for stage in plan.stages:
        bar, style = bars.get(stage.name), STAGES[StageState.PENDING]
        if stage.name in prepared.skipped:
            rows.append(TimelineRow(stage.index, sanitize(stage.name), STAGES[StageState.SKIPPED], axis, "left out"))
            continue
        if stage.name in failed:
            style = StateStyle("✗", "error", "can't be started")
        time = fmt.estimate(estimates[stage.name].seconds)
        row = TimelineRow(stage.index, sanitize(stage.name), style, axis, time, trouble=stage.name in failed)
        rows.append(_placed(row, bar, spreads[stage.name]))
    verdict, colour = _verdict(bars, plan.budget_seconds, guessed=prepared.guessed)
    return Schedule(tuple(rows), axis, verdict, colour)


def _placed(row: TimelineRow, bar: Bar | None, spread: float) -> TimelineRow:
    """The row with its place on the axis, and by how much it goes beyond the budget."""
    if bar is None:
        return row
    row = msgspec.structs.replace(row, start=bar.start, end=bar.end, spread=spread, known=bar.known)
    over = bar.end - row.axis.edge if row.axis.edge is not None else 0.0
    if over <= _SLACK:
        return row
    return msgspec.structs.replace(row, note=row.note or f"+{fmt.clock(over)}", note_colour="warning")


def _axis(
    bars: Mapping[str, Bar], spreads: Mapping[str, float], budget: float | None, now: float | None = None
) -> Axis:
    """The axis that holds every bar, and the budget's edge when that is not too far off. `spreads` has every stage."""
    end = max([bar.end + spreads.get(bar.stage, 0.0) for bar in bars.values()] + [now or 0.0, 1.0])
    close = budget is not None and budget <= end * _CLOSE
    over = budget is not None and any(bar.end > budget + _SLACK for bar in bars.values())
    return Axis(
        max(end, budget * 1.01 if budget is not None and close else 0.0),
        budget if close else None,
        now,
        over or now is not None,
        max(map(len, spreads), default=8),
    )


def _verdict(bars: Mapping[str, Bar], budget: float | None, *, guessed: bool) -> tuple[str, str]:
    """How the estimates stand to the budget; a guess is never told as if it were known."""
    end = max((bar.end for bar in bars.values()), default=0.0)
    about = fmt.short_clock(end)
    if any(not bar.known for bar in bars.values()):
        if not end:
            limit = f", budget {fmt.short_clock(budget)}" if budget is not None else ""
            return f"no estimate yet: no similar stage has run here{limit}", "muted"
        limit = f" of {fmt.short_clock(budget)}" if budget is not None else ""
        return f"{about} and more{limit}: some stages have never run here", "muted"
    if guessed:
        limit = f" of {fmt.short_clock(budget)}" if budget is not None else ""
        colour = "warning" if budget is not None and end > budget else "muted"
        return f"no history yet: classic guess ~{about}{limit} (rough)", colour
    if budget is None:
        return f"about {about}, no budget", "muted"
    limit = fmt.short_clock(budget)
    if end <= budget:
        return f"about {about} of {limit}: fits", "success"
    return f"about {about}, {fmt.short_clock(end - budget)} over the budget of {limit}", "warning"


def _has_begun(view: View, stage: Stage) -> bool:
    return bool(stage.attempts or view.session.trials_of(stage.name))


def of_session(view: View) -> Schedule:
    """A session as it stands: what is past solid, what runs up to now, what is to come by its estimates."""
    session, now, pace = view.session, view.elapsed_seconds, guess_pace(view)
    out = frozenset(stage.name for stage in session.stages if stage.state is StageState.SKIPPED and not stage.attempts)
    tasks = [
        Task(stage.name, stage.info.needs, total_seconds(view, stage, pace), begun=_has_begun(view, stage))
        for stage in session.stages
        if stage.name not in out
    ]
    bars = {bar.stage: bar for bar in lay_out(tasks, session.jobs, out, now)}
    spreads = {stage.name: spread_seconds(view, stage) for stage in session.stages}
    finished = session.state is SessionState.FINISHED
    axis = _axis(bars, spreads, session.budget_seconds, None if finished else now)
    rows = []
    for stage in session.stages:
        elapsed = stage_seconds(view, stage)
        time = "left out" if stage.name in out else fmt.estimate(seconds_left(view, stage, pace))
        if _has_begun(view, stage) and not is_open(stage):
            time = fmt.clock(elapsed)
        row = TimelineRow(
            stage.info.index,
            sanitize(stage.name),
            STAGES[stage.state],
            axis,
            time,
            done=elapsed,
            note=_note(view, stage),
        )
        rows.append(_placed(row, bars.get(stage.name), spreads[stage.name]))
    if finished:
        return Schedule(tuple(rows), axis, f"took {fmt.short_clock(now)}", "muted")
    verdict, colour = _verdict(bars, session.budget_seconds, guessed=rests_on_guess(view))
    return Schedule(tuple(rows), axis, verdict, colour)


def _note(view: View, stage: Stage) -> str:
    """The word that the sign and the bar don't say; for a running stage how far it is."""
    live = view.live.get(stage.name)
    if stage.state in ACTIVE and live is not None and live.progress.fraction is not None:
        return fmt.percent(100 * live.progress.fraction)
    return STAGES[stage.state].word if stage.state is StageState.HELD else ""
