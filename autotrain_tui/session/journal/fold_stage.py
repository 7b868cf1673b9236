"""The fold of one stage: how each event changes a stage, its attempts and their clocks.

Every function returns the session after its event, or raises IllegalMoveError if `transitions.py` has no such move.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal import state as st
from autotrain_tui.session.journal.attempt_state import launch_of
from autotrain_tui.session.journal.fold_end import end_of, ended_status, with_end
from autotrain_tui.session.journal.fold_place import find_stage, put_stage
from autotrain_tui.session.journal.transitions import ACTIVE, IllegalMoveError, Move, StageState, move_stage

__all__ = ["HANDLERS", "TICKING", "begin_search", "earlier", "restart_clock"]

TICKING = ACTIVE - {StageState.FROZEN}
"""The states in which a stage's clock runs."""


def earlier(ended: float | None, now: float) -> float:
    """When an attempt's clock stopped: at its own end if that is known, at the latest at its event."""
    return now if ended is None or ended > now else ended


def _run_clock(attempt: st.Attempt, state: StageState, now: float) -> st.Attempt:
    """The attempt in its new state, with its clock started or stopped."""
    since = attempt.ticking_since
    if state in TICKING and since is None and not attempt.queued:
        return replace(attempt, state=state, ticking_since=now)
    if state not in TICKING and since is not None:
        return replace(attempt, state=state, ticking_since=None, run_seconds=attempt.elapsed(now))
    return replace(attempt, state=state)


def restart_clock(stage: st.Stage, last: float, now: float) -> st.Stage:
    """Count running time up to `last`, the previous boot's last event, continue from `now`, end a retry's delay."""
    if isinstance(stage.status, st.Pending) and stage.status.not_before_mono is not None:
        stage = replace(stage, status=replace(stage.status, not_before_mono=None))
    attempt = stage.attempt
    if attempt is None or attempt.ticking_since is None:
        return stage
    return _with_attempt(stage, replace(attempt, run_seconds=attempt.elapsed(last), ticking_since=now), stage.status)


def _find_attempt(session: st.Session, name: str, number: int) -> tuple[st.Stage, st.Attempt]:
    stage = find_stage(session, name)
    attempt = stage.attempt
    if attempt is None or attempt.number != number:
        raise IllegalMoveError(f"attempt {number} is not the latest attempt of stage {name}")
    return stage, attempt


def _with_attempt(stage: st.Stage, attempt: st.Attempt, status: st.Status) -> st.Stage:
    return replace(stage, status=status, attempts=(*stage.attempts[:-1], attempt))


def _waiting(session: st.Session, event: ev.StageWaiting) -> st.Session:
    return put_stage(session, replace(find_stage(session, event.stage), waiting=event.reason))


def _held(session: st.Session, event: ev.StageHeld) -> st.Session:
    stage = find_stage(session, event.stage)
    move_stage(stage.state, "hold")
    resume = isinstance(stage.status, st.Pending) and stage.status.resume
    return put_stage(session, replace(stage, status=st.Held(event.reason, resume)))


def _released(session: st.Session, event: ev.StageReleased) -> st.Session:
    stage = find_stage(session, event.stage)
    move_stage(stage.state, "release")
    resume = isinstance(stage.status, st.Held) and stage.status.resume
    return put_stage(session, replace(stage, status=st.Pending(resume=resume)))


def _skipped(session: st.Session, event: ev.StageSkipped) -> st.Session:
    stage = find_stage(session, event.stage)
    move_stage(stage.state, "skip")
    end = stage.status.end if isinstance(stage.status, st.Paused | st.Failed | st.Stopped | st.Lost) else None
    return put_stage(session, replace(stage, status=st.Skipped(event.reason, end), waiting=""))


def _reset(session: st.Session, event: ev.StageReset) -> st.Session:
    stage = find_stage(session, event.stage)
    move_stage(stage.state, "reset")
    not_before = event.mono + event.delay_seconds if event.delay_seconds else None
    changes = MappingProxyType({**stage.changes, **event.changes}) if event.changes else stage.changes
    return put_stage(
        session, replace(stage, status=st.Pending(event.reason, event.resume, not_before), changes=changes, waiting="")
    )


def _retry_planned(session: st.Session, event: ev.RetryPlanned) -> st.Session:
    """The policy's `pause` sets a failed stage aside for a person; its other actions have their own events."""
    if event.action != "pause":
        return session
    stage = find_stage(session, event.stage)
    move_stage(stage.state, "set_aside")
    if not isinstance(stage.status, st.Failed | st.Lost):
        raise IllegalMoveError(f"stage {stage.name} has not failed")
    return put_stage(session, replace(stage, status=st.Paused(stage.status.end)))


def _decision(session: st.Session, event: ev.Decision) -> st.Session:
    stage = session.stage(event.stage) if event.stage is not None else None
    if stage is None:
        return session
    return put_stage(
        session, replace(stage, changes=MappingProxyType({**stage.changes, **event.changes}), decision=event.summary)
    )


def _estimated(session: st.Session, event: ev.Estimated) -> st.Session:
    stage = find_stage(session, event.stage)
    info = replace(
        stage.info,
        estimate_seconds=event.estimate_seconds,
        estimate_source=event.estimate_source,
        estimate_spread=event.estimate_spread,
    )
    return put_stage(session, replace(stage, info=info))


def _attempt_starting(session: st.Session, event: ev.AttemptStarting) -> st.Session:
    stage = find_stage(session, event.stage)
    move_stage(stage.state, "start")
    if stage.attempt is not None and event.attempt <= stage.attempt.number:
        raise IllegalMoveError(f"stage {stage.name} already has attempt {stage.attempt.number}")
    attempt = st.Attempt(
        number=event.attempt,
        folder=event.folder,
        command=_same_words(tuple(event.command)),
        params=stage.info.params if _is_same(event.params, stage.info.params) else event.params,
        resume=event.resume,
        started=event.time,
        started_mono=event.mono,
        state=StageState.STARTING,
        timeout_seconds=event.timeout_seconds,
        ticking_since=event.mono if event.launcher == "local" else None,
        launch=launch_of(tuple(event.gpus), session.boot_id, event.engine, event.ranks, event.launcher, event.output),
    )
    trial = replace(stage.trial, resting=False) if stage.trial is not None else None
    stage = replace(stage, status=st.Starting(), attempts=(*stage.attempts, attempt), waiting="", trial=trial)
    return put_stage(begin_search(session, stage.info.sweep) if trial is not None else session, stage)


def _is_same(params: ev.Params, others: ev.Params) -> bool:
    """Whether these are the same to the type: True is no 1, and 1.0 is shown as it was given."""
    return params == others and all(type(value) is type(others[name]) for name, value in params.items())


@lru_cache(maxsize=256)
def _same_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command with these words: the same one for stages that run the same, and each word once for all."""
    return tuple(map(intern, words))


def begin_search(session: st.Session, name: str) -> st.Session:
    """The session in which a search that waits for its first trial, or for its next one after a stop, runs."""
    search = find_stage(session, name)
    if not isinstance(search.status, st.Pending):
        return session
    move_stage(search.state, "search")
    return put_stage(session, replace(search, status=st.Searching(), winners=()))


def _attempt_running(session: st.Session, event: ev.AttemptRunning) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, "run")
    attempt = replace(attempt, pid=event.pid or None)
    if event.place or event.job:
        attempt = attempt.on_course(place=event.place, job=event.job)
    stage = replace(stage, waiting="")
    return put_stage(session, _with_attempt(stage, _run_clock(attempt, state, event.mono), st.Running(event.pid)))


def _frozen(session: st.Session, event: ev.StageFrozen) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, "freeze")
    status = st.Frozen(attempt.pid or 0, event.time, event.reason)
    attempt = attempt.on_course(frozen_since_mono=event.mono)
    return put_stage(session, _with_attempt(stage, _run_clock(attempt, state, event.mono), status))


def _thawed(session: st.Session, event: ev.StageThawed) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, "thaw")
    if attempt.frozen_since_mono is not None:
        attempt = attempt.on_course(
            frozen_since_mono=None,
            thawed_mono=event.mono,
            last_freeze_seconds=max(0.0, event.mono - attempt.frozen_since_mono),
        )
    attempt = _run_clock(attempt, state, event.mono)
    return put_stage(session, _with_attempt(stage, attempt, st.Running(attempt.pid or 0)))


def _stopping(session: st.Session, event: ev.StageStopping) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    pauses = event.intent == "pause"
    state = move_stage(stage.state, "pause" if pauses else "stop")
    status: st.Status = (
        st.Pausing(event.time, event.mono, event.grace_seconds, event.reason)
        if pauses
        else st.Stopping(event.intent, event.time, event.mono, event.grace_seconds, event.reason)
    )
    attempt = _run_clock(attempt, state, event.mono).on_course(
        intent=event.intent, again=event.again, failure=event.failure
    )
    return put_stage(session, _with_attempt(stage, attempt, status))


def _log_dropped(session: st.Session, event: ev.LogDropped) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    attempt = attempt.on_course(log_begins=event.begins_at, log_limit_mb=event.limit_mb)
    return put_stage(session, _with_attempt(stage, attempt, stage.status))


_END_MOVES: dict[str, Move] = {
    "succeeded": "end_succeeded",
    "failed": "end_failed",
    "paused": "end_paused",
    "stopped": "end_stopped",
    "skipped": "end_skipped",
    "lost": "end_lost",
}


def _attempt_ended(session: st.Session, event: ev.AttemptEnded) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, _END_MOVES[event.state])
    end = end_of(event)
    if attempt.boot_id != session.boot_id:  # it ended in another boot: only its exit record has the running time
        clocked = replace(
            attempt, state=state, ticking_since=None, run_seconds=max(attempt.run_seconds, event.elapsed_seconds or 0.0)
        )
        session = replace(session, used_seconds=session.used_seconds + clocked.run_seconds - attempt.run_seconds)
    else:
        clocked = _run_clock(attempt, state, earlier(event.ended_mono, event.mono))
    status = ended_status(state, event.reason, end)
    return put_stage(session, _with_attempt(stage, with_end(clocked, event, end), status))


_CORRECTIONS: dict[str, Move] = {
    "succeeded": "correct_succeeded",
    "failed": "correct_failed",
    "paused": "correct_paused",
    "stopped": "correct_stopped",
    "skipped": "correct_skipped",
}


def _attempt_corrected(session: st.Session, event: ev.AttemptCorrected) -> st.Session:
    """A lost attempt's end is known after all; its running time is that of its exit record, if that has one."""
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    move = _CORRECTIONS.get(event.state)
    if move is None:
        raise IllegalMoveError(f"a correction says how stage {stage.name} ended, not {event.state}")
    state, end = move_stage(stage.state, move), end_of(event)
    seconds = attempt.run_seconds if event.elapsed_seconds is None else event.elapsed_seconds
    session = replace(session, used_seconds=max(0.0, session.used_seconds + seconds - attempt.run_seconds))
    clocked = replace(attempt, state=state, ticking_since=None, run_seconds=seconds)
    status = ended_status(state, event.reason, end)
    return put_stage(session, _with_attempt(stage, with_end(clocked, event, end), status))


# Each function takes its concrete event type; a dict cannot express that, `fold.apply` guarantees it by the key.
HANDLERS: dict[type[ev.Event], Callable[[st.Session, Any], st.Session]] = {
    ev.StageWaiting: _waiting,
    ev.StageHeld: _held,
    ev.StageReleased: _released,
    ev.StageSkipped: _skipped,
    ev.StageReset: _reset,
    ev.AttemptStarting: _attempt_starting,
    ev.AttemptRunning: _attempt_running,
    ev.StageFrozen: _frozen,
    ev.StageThawed: _thawed,
    ev.StageStopping: _stopping,
    ev.AttemptEnded: _attempt_ended,
    ev.AttemptCorrected: _attempt_corrected,
    ev.LogDropped: _log_dropped,
    ev.RetryPlanned: _retry_planned,
    ev.Decision: _decision,
    ev.Estimated: _estimated,
}
"""The function that applies each event about a stage."""
