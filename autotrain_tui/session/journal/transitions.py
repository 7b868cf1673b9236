"""All life-cycle rules, as one table. Depends on nothing.

`STAGE[state][move]` is the stage's state after the move; a missing pair is illegal and raises.
`SESSION` is the same for sessions; `interrupted` is not in it, because no process is left to record it:
readers derive it from an unfinished session without a living runner.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "ACTIVE",
    "ENDED",
    "SATISFIED",
    "SESSION",
    "STAGE",
    "IllegalMoveError",
    "Move",
    "Outcome",
    "SessionMove",
    "SessionState",
    "StageState",
    "move_session",
    "move_stage",
]


class StageState(StrEnum):
    """DESIGN section 10's words for a stage."""

    PENDING = "pending"
    HELD = "held"
    STARTING = "starting"
    RUNNING = "running"
    FROZEN = "frozen"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    LOST = "lost"
    IMPORTED = "imported"


class Move(StrEnum):
    """The moves of a stage. The `end_…` moves say how an attempt's end was classified.

    The `correct_…` moves say it of a lost attempt whose exit record was found later.
    """

    HOLD = "hold"
    RELEASE = "release"
    START = "start"
    RUN = "run"
    FREEZE = "freeze"
    THAW = "thaw"
    PAUSE = "pause"
    STOP = "stop"
    SKIP = "skip"
    RESET = "reset"
    SET_ASIDE = "set_aside"
    IMPORT = "import"
    END_SUCCEEDED = "end_succeeded"
    END_FAILED = "end_failed"
    END_PAUSED = "end_paused"
    END_STOPPED = "end_stopped"
    END_SKIPPED = "end_skipped"
    END_LOST = "end_lost"
    CORRECT_SUCCEEDED = "correct_succeeded"
    CORRECT_FAILED = "correct_failed"
    CORRECT_PAUSED = "correct_paused"
    CORRECT_STOPPED = "correct_stopped"
    CORRECT_SKIPPED = "correct_skipped"
    SEARCH = "search"
    SEARCH_SUCCEEDED = "search_succeeded"
    SEARCH_FAILED = "search_failed"
    SEARCH_SKIPPED = "search_skipped"
    SEARCH_STOPPED = "search_stopped"
    PRUNE = "prune"


class SessionState(StrEnum):
    """DESIGN section 10's words for a session."""

    CREATED = "created"
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"


class SessionMove(StrEnum):
    """The moves of a session."""

    START = "start"
    STOP = "stop"
    FINISH = "finish"


class Outcome(StrEnum):
    """How a finished session ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    BUDGET = "budget"


class IllegalMoveError(ValueError):
    """A move that is not in the table."""


_S, _M = StageState, Move
_ENDS = {_M.END_SUCCEEDED: _S.SUCCEEDED, _M.END_FAILED: _S.FAILED, _M.END_LOST: _S.LOST}
_ASKED_ENDS = {**_ENDS, _M.END_PAUSED: _S.PAUSED, _M.END_STOPPED: _S.STOPPED, _M.END_SKIPPED: _S.SKIPPED}
_AGAIN = {_M.RESET: _S.PENDING, _M.SKIP: _S.SKIPPED}
# a search has no process of its own: it runs from its first trial until it is decided
_SEARCH_ENDS = {
    _M.SEARCH_SUCCEEDED: _S.SUCCEEDED,
    _M.SEARCH_FAILED: _S.FAILED,
    _M.SEARCH_SKIPPED: _S.SKIPPED,
    _M.SEARCH_STOPPED: _S.STOPPED,
}

STAGE: dict[StageState, dict[Move, StageState]] = {
    _S.PENDING: {
        _M.HOLD: _S.HELD,
        _M.SKIP: _S.SKIPPED,
        _M.START: _S.STARTING,
        _M.IMPORT: _S.IMPORTED,
        _M.SEARCH: _S.RUNNING,
    },
    _S.HELD: {_M.RELEASE: _S.PENDING, _M.SKIP: _S.SKIPPED},
    # an attempt may end before it was seen running: no such command, or killed at its start
    _S.STARTING: {_M.RUN: _S.RUNNING, _M.PAUSE: _S.PAUSING, _M.STOP: _S.STOPPING, **_ENDS, _M.END_STOPPED: _S.STOPPED},
    _S.RUNNING: {_M.FREEZE: _S.FROZEN, _M.PAUSE: _S.PAUSING, _M.STOP: _S.STOPPING, **_ENDS, **_SEARCH_ENDS},
    # a frozen stage that is stopped gets the signal first, then SIGCONT
    _S.FROZEN: {_M.THAW: _S.RUNNING, _M.PAUSE: _S.PAUSING, _M.STOP: _S.STOPPING, **_ENDS},
    _S.PAUSING: {_M.STOP: _S.STOPPING, **_ASKED_ENDS},
    # a second stop overrides the first: skip after stop, kill after either
    _S.STOPPING: {_M.STOP: _S.STOPPING, **_ASKED_ENDS},
    # a trial that rests at a rung is out when its search is decided
    _S.PAUSED: {_M.START: _S.STARTING, _M.SKIP: _S.SKIPPED, _M.RESET: _S.PENDING, _M.PRUNE: _S.STOPPED},
    _S.SUCCEEDED: {_M.RESET: _S.PENDING},
    # a policy may set a failed stage aside for a person: paused, to be resumed
    _S.FAILED: {**_AGAIN, _M.SET_ASIDE: _S.PAUSED},
    _S.SKIPPED: {_M.RESET: _S.PENDING},
    _S.STOPPED: {**_AGAIN, _M.PRUNE: _S.STOPPED},
    # a whole exit record that shows up later tells how it ended after all
    _S.LOST: {
        **_AGAIN,
        _M.SET_ASIDE: _S.PAUSED,
        _M.CORRECT_SUCCEEDED: _S.SUCCEEDED,
        _M.CORRECT_FAILED: _S.FAILED,
        _M.CORRECT_PAUSED: _S.PAUSED,
        _M.CORRECT_STOPPED: _S.STOPPED,
        _M.CORRECT_SKIPPED: _S.SKIPPED,
    },
    _S.IMPORTED: {},  # numbers of another program: nothing here can run
}

SESSION: dict[SessionState, dict[SessionMove, SessionState]] = {
    SessionState.CREATED: {SessionMove.START: SessionState.RUNNING, SessionMove.FINISH: SessionState.FINISHED},
    SessionState.RUNNING: {
        SessionMove.START: SessionState.RUNNING,  # the next runner after one that died
        SessionMove.STOP: SessionState.STOPPING,
        SessionMove.FINISH: SessionState.FINISHED,
    },
    SessionState.STOPPING: {
        SessionMove.START: SessionState.RUNNING,
        SessionMove.STOP: SessionState.STOPPING,
        SessionMove.FINISH: SessionState.FINISHED,
    },
    SessionState.FINISHED: {SessionMove.START: SessionState.RUNNING},  # resume of a stopped or failed session
}

ACTIVE = frozenset({_S.STARTING, _S.RUNNING, _S.FROZEN, _S.PAUSING, _S.STOPPING})
"""An attempt's processes may be alive."""
ENDED = frozenset({_S.SUCCEEDED, _S.FAILED, _S.SKIPPED, _S.STOPPED, _S.LOST, _S.IMPORTED})
"""The stage changes no more without a command."""
SATISFIED = frozenset({_S.SUCCEEDED, _S.SKIPPED, _S.IMPORTED})
"""The states of an earlier stage that satisfy `needs`."""


def move_stage(state: StageState, move: Move) -> StageState:
    """The stage's next state; IllegalMoveError when the table has no such pair."""
    try:
        return STAGE[state][move]
    except KeyError:
        raise IllegalMoveError(f"a stage in state {state} does not allow {move}") from None


def move_session(state: SessionState, move: SessionMove) -> SessionState:
    """The session's next state; IllegalMoveError when the table has no such pair."""
    try:
        return SESSION[state][move]
    except KeyError:
        raise IllegalMoveError(f"a session in state {state} does not allow {move}") from None
