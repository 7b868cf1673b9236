"""States as signs, colour tokens and words, and the sentences about a session. Pure.

Everything that a stage or a plan named passes through `sanitize`: only printable text reaches a terminal (FAULTS 13).
"""

from __future__ import annotations

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import AttemptEnd, Session, Stage
from autotrain_tui.session.journal.transitions import ACTIVE, SATISFIED, Outcome, SessionState, StageState
from autotrain_tui.text.sanitize import sanitize

__all__ = [
    "IN_DOUBT",
    "OUTCOMES",
    "SESSIONS",
    "STAGES",
    "StateStyle",
    "all_held",
    "end_of",
    "ended_how",
    "session_style",
    "stage_style",
    "stages_done",
]


class StateStyle(msgspec.Struct, frozen=True):
    """How a state is shown: its sign, its colour token, its word."""

    sign: str
    colour: str
    word: str


_S = StageState
STAGES: dict[StageState, StateStyle] = {
    _S.PENDING: StateStyle("·", "muted", "pending"),
    _S.HELD: StateStyle("‖", "muted", "held"),
    _S.STARTING: StateStyle("▶", "accent", "starting"),
    _S.RUNNING: StateStyle("▶", "accent", "running"),
    _S.FROZEN: StateStyle("❄", "warning", "frozen"),
    _S.PAUSING: StateStyle("⏸", "warning", "pausing"),
    _S.PAUSED: StateStyle("⏸", "warning", "paused"),
    _S.STOPPING: StateStyle("■", "muted", "stopping"),
    _S.SUCCEEDED: StateStyle("✓", "success", "succeeded"),
    _S.FAILED: StateStyle("✗", "error", "failed"),
    _S.SKIPPED: StateStyle("↷", "muted", "skipped"),
    _S.STOPPED: StateStyle("■", "muted", "stopped"),
    _S.LOST: StateStyle("?", "error", "lost"),
    _S.IMPORTED: StateStyle("↓", "muted", "imported"),
}
SESSIONS: dict[SessionState, StateStyle] = {
    SessionState.CREATED: StateStyle("·", "muted", "created"),
    SessionState.RUNNING: StateStyle("▶", "accent", "running"),
    SessionState.STOPPING: StateStyle("■", "muted", "stopping"),
    SessionState.FINISHED: StateStyle("✓", "success", "finished"),
    SessionState.INTERRUPTED: StateStyle("?", "error", "interrupted"),
}
OUTCOMES: dict[Outcome, StateStyle] = {
    Outcome.SUCCEEDED: StateStyle("✓", "success", "succeeded"),
    Outcome.FAILED: StateStyle("✗", "error", "failed"),
    Outcome.STOPPED: StateStyle("■", "muted", "stopped"),
    Outcome.BUDGET: StateStyle("✓", "success", "out of budget"),
}


IN_DOUBT = StateStyle("!", "warning", "in doubt")
"""A success that shows signs of being none."""


def stage_style(stage: Stage) -> StateStyle:
    """How the stage stands: its state's style, but for a success in doubt."""
    return IN_DOUBT if stage.doubts and stage.state is _S.SUCCEEDED else STAGES[stage.state]


def session_style(view: View) -> StateStyle:
    """How the session stands, in one word: a running session whose only live stage is paused or frozen says so."""
    session, state = view.session, view.state
    if state is SessionState.FINISHED and session.outcome is not None:
        doubted = session.outcome is Outcome.SUCCEEDED and any(stage.doubts for stage in session.stages)
        return IN_DOUBT if doubted else OUTCOMES[session.outcome]
    if state is SessionState.RUNNING:
        states = [stage.state for stage in session.stages]
        for word in (_S.RUNNING, _S.STARTING, _S.PAUSING, _S.STOPPING, _S.FROZEN, _S.PAUSED):
            if word in states:
                return STAGES[word]
        if all_held(session):
            return STAGES[_S.HELD]
        if any(stage.waiting for stage in session.stages if stage.state is _S.PENDING):
            return StateStyle("·", "muted", "waiting")
    return SESSIONS[state]


def all_held(session: Session) -> bool:
    """Whether the session waits for a person to release a stage: none runs, and each waiting one needs a held one."""
    done = {stage.name for stage in session.stages if stage.state in SATISFIED}
    states = {stage.state for stage in session.stages}
    ready = any(stage.state is _S.PENDING and done.issuperset(stage.info.needs) for stage in session.stages)
    return _S.HELD in states and not ready and not states & ACTIVE and _S.PAUSED not in states


def ended_how(end: AttemptEnd) -> str:
    """How a process ended: `exit 1`, `signal 9 (sent by …)`, `exit status unknown`."""
    if end.exit_code is not None:
        text = f"exit {end.exit_code}"
    elif end.signal is not None:
        text = f"signal {end.signal}"
    else:
        return "exit status unknown"
    return f"{text} (sent by {sanitize(end.sent_by)})" if end.sent_by else text


def end_of(stage: Stage) -> AttemptEnd | None:
    """The record of the stage's last end, if it has one."""
    return getattr(stage.status, "end", None)


def stages_done(session: Session) -> int:
    """Stages with nothing more to do, for `3 of 5`."""
    return sum(stage.state in SATISFIED for stage in session.stages)
