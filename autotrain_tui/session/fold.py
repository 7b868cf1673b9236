"""state = fold(events): the only place where a session's state comes into being.

Pure: no clock, no file. The writer folds its own events before it writes them (`apply` raises on an illegal move, so
that nothing impossible is journaled); readers use `Fold`, which keeps going over damaged or foreign records and says
what it dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from autotrain_tui.session import events as ev
from autotrain_tui.session import state as st
from autotrain_tui.session.transitions import (
    ACTIVE,
    IllegalMoveError,
    Move,
    Outcome,
    SessionMove,
    StageState,
    move_session,
    move_stage,
)

__all__ = ["Fold", "apply", "fold"]

_TICKING = ACTIVE - {StageState.FROZEN}


def apply(session: st.Session | None, event: ev.Event) -> st.Session:
    """The state after `event`. Raises IllegalMoveError for what can't happen in `session`."""
    if session is None:
        if not isinstance(event, ev.SessionCreated):
            raise IllegalMoveError(f"a journal begins with session_created, not {type(event).__name__}")
        return _created(event)
    handler = _HANDLERS.get(type(event))
    before = session
    if handler is not None:
        session = handler(session, event)
    return _tick(before, replace(session, seq=event.seq, mono=event.mono), event)


def fold(events: Iterable[ev.Event]) -> st.Session | None:
    """The state after all of `events`; None when there are none."""
    session: st.Session | None = None
    for event in events:
        session = apply(session, event)
    return session


class Fold:
    """A reader's fold: takes what makes sense, keeps a sentence for what doesn't."""

    def __init__(self) -> None:
        self.session: st.Session | None = None
        self.problems: list[str] = []

    def feed(self, event: ev.Event) -> bool:
        """Fold one event in; False when it was dropped (a repetition, an impossible move)."""
        known = self.session.seq if self.session is not None else 0
        if event.seq <= known:
            self._note(f"event {event.seq} stands there twice")
            return False
        if self.session is not None and event.seq > known + 1:
            self._note(f"events {known + 1} to {event.seq - 1} are missing")
        try:
            self.session = apply(self.session, event)
        except (IllegalMoveError, LookupError) as error:
            self._note(f"event {event.seq} can't have happened: {error}")
            return False
        return True

    def _note(self, text: str) -> None:
        if len(self.problems) < 100:  # a damaged journal may hold millions; a person reads a few
            self.problems.append(text)


# ---- the clock: running time of the session and of each attempt ------------------------------------------------------


_CLOCKLESS = frozenset({ev.Estimated, ev.CommandTaken, ev.Alert, ev.Decision, ev.BudgetChanged, ev.StageWaiting,
                        ev.StageAdded, ev.StageHeld, ev.StageReleased, ev.StageSkipped, ev.LogShrunk})
"""Events that start and end no attempt."""


def _tick(before: st.Session, after: st.Session, event: ev.Event) -> st.Session:
    """Start and stop the running clocks where the set of running stages changed."""
    if type(event) in _CLOCKLESS:
        return after
    now = event.mono
    ended = event.ended_mono if isinstance(event, ev.AttemptEnded) else None
    rebooted = isinstance(event, ev.RunnerStarted) and bool(before.boot_id) and event.boot_id != before.boot_id
    runs = any(stage.state in _TICKING for stage in after.stages)
    used, since = after.used_seconds, after.ticking_since
    if since is not None and rebooted:  # the other boot's monotonic values mean nothing here
        used, since = used + max(0.0, before.mono - since), now if runs else None
    elif since is not None and not runs:
        used, since = used + max(0.0, _earlier(ended, now) - since), None
    elif since is None and runs:
        since = now
    if (used, since) == (after.used_seconds, after.ticking_since):
        return after
    return replace(after, used_seconds=used, ticking_since=since)


def _earlier(ended: float | None, now: float) -> float:
    return now if ended is None or ended > now else ended


def _run_clock(attempt: st.Attempt, state: StageState, now: float) -> st.Attempt:
    """The attempt in its new state, its own clock started or stopped."""
    since = attempt.ticking_since
    if state in _TICKING and since is None:
        return replace(attempt, state=state, ticking_since=now)
    if state not in _TICKING and since is not None:
        return replace(attempt, state=state, ticking_since=None, run_seconds=attempt.elapsed(now))
    return replace(attempt, state=state)


# ---- one function per kind of event ----------------------------------------------------------------------------------


def _created(event: ev.SessionCreated) -> st.Session:
    return st.Session(
        id=event.id, plan=event.plan, mode=event.mode, description=event.description, plan_hash=event.plan_hash,
        plan_file=event.plan_file, project=event.project, scale=event.scale, budget_seconds=event.budget_seconds,
        metric_name=event.metric_name, metric_goal=event.metric_goal, jobs=event.jobs, strategy=event.strategy,
        host=event.host, boot_id=event.boot_id, created=event.time, seq=event.seq, mono=event.mono,
        stages=tuple(st.Stage(info, st.Pending()) for info in event.stages), git_commit=event.git_commit,
        git_dirty=event.git_dirty, versions=MappingProxyType(event.versions),
        command_line=tuple(event.command_line),
        places=MappingProxyType({info.name: place for place, info in enumerate(event.stages)}),
    )


def _runner_started(session: st.Session, event: ev.RunnerStarted) -> st.Session:
    if session.boot_id and event.boot_id and event.boot_id != session.boot_id:
        # the machine was started again meanwhile: clocks that ran then can't be compared with those of now
        session = replace(session, stages=tuple(_restart_clock(stage, session.mono, event.mono)
                                                for stage in session.stages))
    return replace(
        session, state=move_session(session.state, SessionMove.START), outcome=None, reason="", ended=None,
        started=session.started or event.time, runner_pid=event.pid, runner_left="", stop_intent=None,
        host=event.host or session.host, boot_id=event.boot_id or session.boot_id,
    )


def _restart_clock(stage: st.Stage, last: float, now: float) -> st.Stage:
    """Count what ran up to `last`, the other boot's last event, and go on from `now`; a retry's delay is over."""
    if isinstance(stage.status, st.Pending) and stage.status.not_before_mono is not None:
        stage = replace(stage, status=replace(stage.status, not_before_mono=None))
    attempt = stage.attempt
    if attempt is None or attempt.ticking_since is None:
        return stage
    return _with_attempt(stage, replace(attempt, run_seconds=attempt.elapsed(last), ticking_since=now), stage.status)


def _runner_stopped(session: st.Session, event: ev.RunnerStopped) -> st.Session:
    return replace(session, runner_left=event.reason)


def _session_stopping(session: st.Session, event: ev.SessionStopping) -> st.Session:
    return replace(session, state=move_session(session.state, SessionMove.STOP), stop_intent=event.intent,
                   reason=event.reason)


def _session_finished(session: st.Session, event: ev.SessionFinished) -> st.Session:
    return replace(session, state=move_session(session.state, SessionMove.FINISH), outcome=Outcome(event.outcome),
                   reason=event.reason, ended=event.time, runner_pid=None)


def _budget_changed(session: st.Session, event: ev.BudgetChanged) -> st.Session:
    return replace(session, budget_seconds=event.budget_seconds)


def _stage_added(session: st.Session, event: ev.StageAdded) -> st.Session:
    if session.stage(event.info.name) is not None:
        raise IllegalMoveError(f"there is a stage {event.info.name} already")
    places = MappingProxyType({**session.places, event.info.name: len(session.stages)})
    return replace(session, stages=(*session.stages, st.Stage(event.info, st.Pending(event.reason))), places=places)


def _put(session: st.Session, stage: st.Stage) -> st.Session:
    stages, place = session.stages, session.places[stage.name]
    return replace(session, stages=(*stages[:place], stage, *stages[place + 1 :]))


def _find(session: st.Session, name: str) -> st.Stage:
    stage = session.stage(name)
    if stage is None:
        raise IllegalMoveError(f"there is no stage {name}")
    return stage


def _find_attempt(session: st.Session, name: str, number: int) -> tuple[st.Stage, st.Attempt]:
    stage = _find(session, name)
    attempt = stage.attempt
    if attempt is None or attempt.number != number:
        raise IllegalMoveError(f"attempt {number} of stage {name} is not its latest")
    return stage, attempt


def _with_attempt(stage: st.Stage, attempt: st.Attempt, status: st.Status) -> st.Stage:
    return replace(stage, status=status, attempts=(*stage.attempts[:-1], attempt))


def _waiting(session: st.Session, event: ev.StageWaiting) -> st.Session:
    return _put(session, replace(_find(session, event.stage), waiting=event.reason))


def _held(session: st.Session, event: ev.StageHeld) -> st.Session:
    stage = _find(session, event.stage)
    move_stage(stage.state, Move.HOLD)
    return _put(session, replace(stage, status=st.Held(event.reason)))


def _released(session: st.Session, event: ev.StageReleased) -> st.Session:
    stage = _find(session, event.stage)
    move_stage(stage.state, Move.RELEASE)
    return _put(session, replace(stage, status=st.Pending()))


def _skipped(session: st.Session, event: ev.StageSkipped) -> st.Session:
    stage = _find(session, event.stage)
    move_stage(stage.state, Move.SKIP)
    end = stage.status.end if isinstance(stage.status, st.Paused | st.Failed | st.Stopped | st.Lost) else None
    return _put(session, replace(stage, status=st.Skipped(event.reason, end), waiting=""))


def _reset(session: st.Session, event: ev.StageReset) -> st.Session:
    stage = _find(session, event.stage)
    move_stage(stage.state, Move.RESET)
    not_before = event.mono + event.delay_seconds if event.delay_seconds else None
    changes = MappingProxyType({**stage.changes, **event.changes}) if event.changes else stage.changes
    return _put(session, replace(stage, status=st.Pending(event.reason, event.resume, not_before), changes=changes,
                                 waiting=""))


def _retry_planned(session: st.Session, event: ev.RetryPlanned) -> st.Session:
    """The policy's `pause` sets a failed stage aside for a person; its other actions are events of their own."""
    if event.action != "pause":
        return session
    stage = _find(session, event.stage)
    move_stage(stage.state, Move.SET_ASIDE)
    if not isinstance(stage.status, st.Failed | st.Lost):
        raise IllegalMoveError(f"stage {stage.name} has not failed")
    return _put(session, replace(stage, status=st.Paused(stage.status.end)))


def _decision(session: st.Session, event: ev.Decision) -> st.Session:
    if event.stage is None or not event.changes:
        return session
    stage = _find(session, event.stage)
    return _put(session, replace(stage, changes=MappingProxyType({**stage.changes, **event.changes})))


def _estimated(session: st.Session, event: ev.Estimated) -> st.Session:
    stage = _find(session, event.stage)
    info = replace(stage.info, estimate_seconds=event.estimate_seconds,
                                   estimate_source=event.estimate_source, estimate_spread=event.estimate_spread)
    return _put(session, replace(stage, info=info))


def _attempt_starting(session: st.Session, event: ev.AttemptStarting) -> st.Session:
    stage = _find(session, event.stage)
    move_stage(stage.state, Move.START)
    if stage.attempt is not None and event.attempt <= stage.attempt.number:
        raise IllegalMoveError(f"stage {stage.name} has an attempt {stage.attempt.number} already")
    attempt = st.Attempt(
        number=event.attempt, folder=event.folder, command=tuple(event.command), params=event.params,
        resume=event.resume, started=event.time, started_mono=event.mono, state=StageState.STARTING,
        gpus=tuple(event.gpus), timeout_seconds=event.timeout_seconds, ticking_since=event.mono,
        boot_id=session.boot_id,
    )
    return _put(session, replace(stage, status=st.Starting(), attempts=(*stage.attempts, attempt), waiting=""))


def _attempt_running(session: st.Session, event: ev.AttemptRunning) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, Move.RUN)
    attempt = replace(_run_clock(attempt, state, event.mono), pid=event.pid)
    return _put(session, _with_attempt(stage, attempt, st.Running(event.pid)))


def _frozen(session: st.Session, event: ev.StageFrozen) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, Move.FREEZE)
    status = st.Frozen(attempt.pid or 0, event.time, event.reason)
    attempt = replace(attempt, frozen_since_mono=event.mono)
    return _put(session, _with_attempt(stage, _run_clock(attempt, state, event.mono), status))


def _thawed(session: st.Session, event: ev.StageThawed) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, Move.THAW)
    if attempt.frozen_since_mono is not None:
        attempt = replace(attempt, frozen_since_mono=None, thawed_mono=event.mono,
                          last_freeze_seconds=max(0.0, event.mono - attempt.frozen_since_mono))
    return _put(session, _with_attempt(stage, _run_clock(attempt, state, event.mono), st.Running(attempt.pid or 0)))


def _stopping(session: st.Session, event: ev.StageStopping) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    pauses = event.intent == "pause"
    state = move_stage(stage.state, Move.PAUSE if pauses else Move.STOP)
    status: st.Status = (
        st.Pausing(event.time, event.mono, event.grace_seconds, event.reason) if pauses
        else st.Stopping(event.intent, event.time, event.mono, event.grace_seconds, event.reason)
    )
    attempt = replace(_run_clock(attempt, state, event.mono), intent=event.intent, again=event.again,
                      failure=event.failure)
    return _put(session, _with_attempt(stage, attempt, status))


_END_MOVES = {"succeeded": Move.END_SUCCEEDED, "failed": Move.END_FAILED, "paused": Move.END_PAUSED,
              "stopped": Move.END_STOPPED, "skipped": Move.END_SKIPPED, "lost": Move.END_LOST}


def _attempt_ended(session: st.Session, event: ev.AttemptEnded) -> st.Session:
    stage, attempt = _find_attempt(session, event.stage, event.attempt)
    state = move_stage(stage.state, _END_MOVES[event.state])
    end = st.End(event.exit_code, event.signal, event.sent_by, event.reason, event.failure, event.time,
                 event.elapsed_seconds, tuple(event.lines), tuple(event.swept))
    status: st.Status
    match state:
        case StageState.SUCCEEDED:
            status = st.Succeeded(end)
        case StageState.FAILED:
            status = st.Failed(end)
        case StageState.PAUSED:
            status = st.Paused(end)
        case StageState.STOPPED:
            status = st.Stopped(end)
        case StageState.SKIPPED:
            status = st.Skipped(event.reason, end)
        case _:
            status = st.Lost(end)
    if attempt.boot_id != session.boot_id:  # it ended in another boot: its own record knows how long it ran
        clocked = replace(attempt, state=state, ticking_since=None,
                          run_seconds=max(attempt.run_seconds, event.elapsed_seconds or 0.0))
        session = replace(session, used_seconds=session.used_seconds + clocked.run_seconds - attempt.run_seconds)
    else:
        clocked = _run_clock(attempt, state, _earlier(event.ended_mono, event.mono))
    attempt = replace(clocked, end=end, metrics=MappingProxyType(event.metrics), best=event.best)
    return _put(session, _with_attempt(stage, attempt, status))


# The values take the concrete event; a dict can't say that to the type checker, apply() guarantees it by the key.
_HANDLERS: dict[type[ev.Event], Callable[[st.Session, Any], st.Session]] = {
    ev.RunnerStarted: _runner_started,
    ev.RunnerStopped: _runner_stopped,
    ev.SessionStopping: _session_stopping,
    ev.SessionFinished: _session_finished,
    ev.BudgetChanged: _budget_changed,
    ev.StageAdded: _stage_added,
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
    ev.RetryPlanned: _retry_planned,
    ev.Decision: _decision,
    ev.Estimated: _estimated,
}
