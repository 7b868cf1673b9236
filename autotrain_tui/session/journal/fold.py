"""state = fold(events): the only code that creates a session's state.

Pure: no clock, no file. The writer folds its own events before it writes them (`apply` raises on an illegal move, so
that no illegal move is journaled); readers use `Fold`, which skips damaged or foreign records and reports them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal import state as st
from autotrain_tui.session.journal.fold_alerts import acknowledged, alerted
from autotrain_tui.session.journal.fold_import import imported
from autotrain_tui.session.journal.fold_stage import HANDLERS, TICKING, earlier, restart_clock
from autotrain_tui.session.journal.fold_sweep import HANDLERS as SWEEP_HANDLERS
from autotrain_tui.session.journal.fold_sweep import searches_stopped
from autotrain_tui.session.journal.transitions import IllegalMoveError, Outcome, move_session

__all__ = ["Fold", "apply", "fold"]


def apply(session: st.Session | None, event: ev.Event) -> st.Session:
    """The state after `event`. Raises IllegalMoveError if `session` does not allow the event."""
    if session is None:
        if not isinstance(event, ev.SessionCreated):
            raise IllegalMoveError(f"expected session_created as the first event, got {type(event).__name__}")
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
    """A reader's fold: applies the valid events and keeps a sentence for each invalid one."""

    def __init__(self) -> None:
        self._session: st.Session | None = None
        self._last: ev.Event | None = None
        self.problems: list[str] = []

    @property
    def session(self) -> st.Session | None:
        """The state after all events so far; None before the first event."""
        session, last = self._session, self._last
        if session is not None and last is not None and last.seq != session.seq:
            session = self._session = replace(session, seq=last.seq, mono=last.mono)
        return session

    def feed(self, event: ev.Event) -> bool:
        """Apply one event; False if it was ignored (a duplicate, an illegal move)."""
        known = self._last.seq if self._last is not None else 0
        if event.seq != known + 1 and not self._follows(event.seq, known):
            return False
        try:
            if self._session is not None and type(event) in _CLOCKLESS:  # most events of a long journal
                handler = _HANDLERS.get(type(event))
                if handler is not None:
                    self._session = handler(self._session, event)
            else:
                self._session = apply(self.session, event)
        except (IllegalMoveError, LookupError) as error:
            self._note(f"event {event.seq} was ignored: {error}")
            return False
        self._last = event
        return True

    def _follows(self, seq: int, known: int) -> bool:
        if seq <= known:
            self._note(f"event {seq} is a duplicate")
            return False
        if known:
            self._note(f"events {known + 1} to {seq - 1} are missing")
        return True

    def _note(self, text: str) -> None:
        if len(self.problems) < 100:  # a damaged journal may have millions
            self.problems.append(text)


# ---- the clock: running time of the session and of each attempt ------------------------------------------------------


_CLOCKLESS = frozenset(
    {
        ev.Estimated,
        ev.CommandTaken,
        ev.Alert,
        ev.AlertAcknowledged,
        ev.Decision,
        ev.BudgetChanged,
        ev.MetricChosen,
        ev.StageWaiting,
        ev.StageHeld,
        ev.StageReleased,
        ev.StageSkipped,
        ev.LogDropped,
        ev.LogShrunk,
        *SWEEP_HANDLERS,
    }
)
"""Events that neither start nor end an attempt and do not use the session's own `seq` and `mono`."""


def _tick(before: st.Session, after: st.Session, event: ev.Event) -> st.Session:
    """Start and stop the running clocks where the set of running stages changed."""
    if type(event) in _CLOCKLESS:
        return after
    now = event.mono
    ended = event.ended_mono if isinstance(event, ev.AttemptEnded) else None
    rebooted = isinstance(event, ev.RunnerStarted) and bool(before.boot_id) and event.boot_id != before.boot_id
    runs = any(_ticks(stage) for stage in after.active)
    used, since = after.used_seconds, after.ticking_since
    if since is not None and rebooted:  # monotonic values of another boot cannot be compared
        used, since = used + max(0.0, before.mono - since), now if runs else None
    elif since is not None and not runs:
        used, since = used + max(0.0, earlier(ended, now) - since), None
    elif since is None and runs:
        since = now
    if (used, since) == (after.used_seconds, after.ticking_since):
        return after
    return replace(after, used_seconds=used, ticking_since=since)


def _ticks(stage: st.Stage) -> bool:
    """Whether it uses running time: time in a batch system's queue costs none, and a search has no process."""
    return stage.state in TICKING and stage.attempt is not None and not stage.attempt.queued


# ---- one function per kind of event ----------------------------------------------------------------------------------


def _created(event: ev.SessionCreated) -> st.Session:
    command = _command_of(event)
    return st.Session(
        id=event.id,
        plan=event.plan,
        mode=event.mode,
        description=event.description,
        plan_hash=event.plan_hash,
        plan_file=event.plan_file,
        project=event.project,
        place_in_project=event.place_in_project,
        scale=event.scale,
        budget_seconds=event.budget_seconds,
        metric_name=event.metric_name,
        metric_goal=event.metric_goal,
        jobs=event.jobs,
        strategy=event.strategy,
        host=event.host,
        boot_id=event.boot_id,
        created=event.time,
        seq=event.seq,
        mono=event.mono,
        stages=tuple(st.Stage(_with_command(info, command), st.Pending()) for info in event.stages),
        git_commit=event.git_commit,
        git_dirty=event.git_dirty,
        versions=MappingProxyType(event.versions),
        command_line=tuple(event.command_line),
        command=command,
        title=_title(command, searched=any(info.search is not None for info in event.stages)),
        source=event.source,
        places=MappingProxyType({info.name: place for place, info in enumerate(event.stages)}),
    )


def _command_of(event: ev.SessionCreated) -> tuple[str, ...]:
    """The words of `run -- COMMAND`; journals of earlier versions have them only in the whole command line."""
    words = tuple(event.command)
    if not words and event.plan_file is None and "run" in event.command_line and "--" in event.command_line:
        words = tuple(event.command_line[event.command_line.index("--") + 1 :])
    return words


def _with_command(info: ev.StageDefinition, command: tuple[str, ...]) -> ev.StageDefinition:
    """The stage of a single command with the parameters that its words give."""
    if not command:
        return info
    from autotrain_tui.text.command_words import command_parameters  # only single commands pay for its patterns

    return replace(info, params={**command_parameters(command, searched=info.search is not None), **info.params})


def _title(command: tuple[str, ...], *, searched: bool) -> str:
    if not command:
        return ""
    from autotrain_tui.text.command_words import command_title  # only single commands pay for its patterns

    return command_title(command, searched=searched)


def _runner_started(session: st.Session, event: ev.RunnerStarted) -> st.Session:
    if session.boot_id and event.boot_id and event.boot_id != session.boot_id:
        # the machine rebooted: monotonic values of the two boots cannot be compared
        session = replace(
            session,
            stages=tuple(restart_clock(stage, session.mono, event.mono) for stage in session.stages),
            trials=tuple(restart_clock(trial, session.mono, event.mono) for trial in session.trials),
        )
    return replace(
        session,
        state=move_session(session.state, "start"),
        outcome=None,
        reason="",
        ended=None,
        started=session.started or event.time,
        runner_pid=event.pid,
        project=event.project or session.project,
        runner_left="",
        stop_intent=None,
        host=event.host or session.host,
        boot_id=event.boot_id or session.boot_id,
    )


def _runner_stopped(session: st.Session, event: ev.RunnerStopped) -> st.Session:
    return replace(session, runner_left=event.reason)


def _session_stopping(session: st.Session, event: ev.SessionStopping) -> st.Session:
    return replace(session, state=move_session(session.state, "stop"), stop_intent=event.intent, reason=event.reason)


def _session_finished(session: st.Session, event: ev.SessionFinished) -> st.Session:
    return replace(
        searches_stopped(session, event.reason, event.time),
        state=move_session(session.state, "finish"),
        outcome=Outcome(event.outcome) if event.outcome is not None else None,
        reason=event.reason,
        ended=event.time,
        runner_pid=None,
    )


def _budget_changed(session: st.Session, event: ev.BudgetChanged) -> st.Session:
    return replace(session, budget_seconds=event.budget_seconds)


def _metric_chosen(session: st.Session, event: ev.MetricChosen) -> st.Session:
    if event.chosen and session.metric_name is not None and not session.metric_chosen:
        return session  # a person's choice, or the plan's, wins
    if (event.name, event.goal) != (session.metric_name, session.metric_goal):
        session = replace(
            session,
            stages=tuple(_with_best(stage, event) for stage in session.stages),
            trials=tuple(_with_best(trial, event) for trial in session.trials),
        )
    return replace(session, metric_name=event.name, metric_goal=event.goal, metric_chosen=event.chosen)


def _with_best(stage: st.Stage, event: ev.MetricChosen) -> st.Stage:
    """The stage whose ended attempts have the new headline's best values, where they were recorded."""
    which = 1 if event.goal == "max" else 0

    def renewed(one: st.Attempt) -> st.Attempt:
        best = one.ranges[event.name][which] if event.name in one.ranges else None
        step, epoch = one.places[event.name][which] if event.name in one.places else (None, None)
        return replace(one, figures=replace(one.figures, best=best, best_step=step, best_epoch=epoch))

    return replace(stage, attempts=tuple(map(renewed, stage.attempts)))


# Each function takes its concrete event type; a dict cannot express that, `apply` guarantees it by the key.
_HANDLERS: dict[type[ev.Event], Callable[[st.Session, Any], st.Session]] = {
    ev.RunnerStarted: _runner_started,
    ev.RunnerStopped: _runner_stopped,
    ev.SessionStopping: _session_stopping,
    ev.SessionFinished: _session_finished,
    ev.BudgetChanged: _budget_changed,
    ev.MetricChosen: _metric_chosen,
    ev.AttemptImported: imported,
    ev.Alert: alerted,
    ev.AlertAcknowledged: acknowledged,
    **HANDLERS,
    **SWEEP_HANDLERS,
}
