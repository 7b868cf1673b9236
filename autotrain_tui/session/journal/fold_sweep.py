"""The fold of a sweep: its trials are added and judged, and the search is decided.

Every function returns the session after its event, or raises IllegalMoveError if the event cannot have happened.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal import state as st
from autotrain_tui.session.journal.event_base import SweepExtension
from autotrain_tui.session.journal.fold_place import find_stage, put_stage
from autotrain_tui.session.journal.fold_stage import begin_search
from autotrain_tui.session.journal.transitions import IllegalMoveError, Move, StageState, move_stage

__all__ = ["HANDLERS", "searches_stopped"]


def _stage_added(session: st.Session, event: ev.StageAdded) -> st.Session:
    """A strategy's new stage, or a trial of a search: with its first one the search runs."""
    info = event.info
    if session.stage(info.name) is not None:
        raise IllegalMoveError(f"stage {info.name} already exists")
    if not info.sweep:
        places = MappingProxyType({**session.places, info.name: len(session.stages)})
        return replace(session, stages=(*session.stages, st.Stage(info, st.Pending(event.reason))), places=places)
    search = find_stage(session, info.sweep)
    if search.info.search is None:
        raise IllegalMoveError(f"stage {search.name} is no search")
    trial = st.Stage(info, st.Pending(), decision=event.reason, trial=st.TrialState())
    places = MappingProxyType({**session.trial_places, info.name: len(session.trials)})
    session = replace(session, trials=(*session.trials, trial), trial_places=places)
    return begin_search(session, info.sweep)


def _trial_judged(session: st.Session, event: ev.TrialJudged) -> st.Session:
    """The trial's value at its rung, and whether it goes on."""
    stage, trial = _find_trial(session, event.stage)
    if not event.rung == trial.goal == len(trial.rungs):
        raise IllegalMoveError(f"trial {stage.name} is not to be judged at rung {event.rung}")
    goal = trial.goal + 1 if event.promoted else trial.goal
    resting = trial.resting or not event.promoted  # what rests may be judged by what it ran beyond its rung
    trial = replace(trial, rungs=(*trial.rungs, event.value), goal=goal, resting=resting)
    return put_stage(session, replace(stage, trial=trial, decision=event.reason))


def _trial_promoted(session: st.Session, event: ev.TrialPromoted) -> st.Session:
    """A trial that rests may go on; it does once a place is free."""
    stage, trial = _find_trial(session, event.stage)
    if not trial.parked or event.rung != trial.goal:
        raise IllegalMoveError(f"trial {stage.name} does not rest at rung {event.rung}")
    return put_stage(session, replace(stage, trial=replace(trial, goal=trial.goal + 1), decision=event.reason))


def _sweep_extended(session: st.Session, event: ev.SweepExtended) -> st.Session:
    """More trials of a search that is not decided."""
    search = find_stage(session, event.stage)
    if search.info.search is None or not isinstance(search.status, st.Searching | st.Pending | st.Held):
        raise IllegalMoveError(f"stage {search.name} is no search that can be extended")
    more = 1 if event.params else event.trials
    found = replace(search.info.search, trials=search.info.search.trials + more)
    added = (*search.extensions, SweepExtension(event.trials, event.params))
    return put_stage(session, replace(search, info=replace(search.info, search=found), extensions=added))


_ENDS: dict[str, tuple[Move, type[st.Succeeded | st.Failed]]] = {
    "succeeded": ("search_succeeded", st.Succeeded),
    "failed": ("search_failed", st.Failed),
}


def _sweep_ended(session: st.Session, event: ev.SweepEnded) -> st.Session:
    """The search is decided; trials that rest or wait are out by it."""
    search = find_stage(session, event.stage)
    if search.info.search is None:
        raise IllegalMoveError(f"stage {search.name} is no search")
    for trial in session.trials_of(search.name):
        session = _pruned(session, trial)
    if event.state == "skipped":
        move_stage(search.state, "search_skipped" if isinstance(search.status, st.Searching) else "skip")
        return put_stage(session, replace(search, status=st.Skipped(event.reason)))
    move, status = _ENDS[event.state]
    move_stage(search.state, move)
    end = _without_process(event.reason, event.time)
    search = replace(search, status=status(end), winners=tuple(event.winners))
    return put_stage(session, search)


def _pruned(session: st.Session, stage: st.Stage) -> st.Session:
    """The trial when its search is decided: what rests is stopped, what waits does not run."""
    trial = stage.trial
    assert trial is not None
    match stage.status:
        case st.Paused(end) | st.Stopped(end):
            state = move_stage(stage.state, "prune")
            assert state is StageState.STOPPED
            reason = f"pruned at rung {len(trial.rungs)}" if trial.rungs else end.reason
            return put_stage(session, replace(stage, status=st.Stopped(end.with_reason(reason))))
        case st.Pending() | st.Held():
            move_stage(stage.state, "skip")
            return put_stage(session, replace(stage, status=st.Skipped("the search was decided before it ran")))
        case _:
            return session


def searches_stopped(session: st.Session, reason: str, time: str) -> st.Session:
    """The session, which is over, with its undecided searches stopped."""
    for stage in session.stages:
        if isinstance(stage.status, st.Searching):
            move_stage(stage.state, "search_stopped")
            end = _without_process(reason or "the session ended before it was decided", time)
            session = put_stage(session, replace(stage, status=st.Stopped(end)))
    return session


def _find_trial(session: st.Session, name: str) -> tuple[st.Stage, st.TrialState]:
    stage = find_stage(session, name)
    if stage.trial is None:
        raise IllegalMoveError(f"stage {name} is no trial")
    return stage, stage.trial


def _without_process(reason: str, time: str) -> st.AttemptEnd:
    """The end of what had no process."""
    return st.AttemptEnd(None, None, None, reason, None, time, None)


# Each function takes its concrete event type; a dict cannot express that, `fold.apply` guarantees it by the key.
HANDLERS: dict[type[ev.Event], Callable[[st.Session, Any], st.Session]] = {
    ev.StageAdded: _stage_added,
    ev.TrialJudged: _trial_judged,
    ev.TrialPromoted: _trial_promoted,
    ev.SweepEnded: _sweep_ended,
    ev.SweepExtended: _sweep_extended,
}
"""The function that applies each of these events; they move no clock."""
