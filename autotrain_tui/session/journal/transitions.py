"""All life-cycle rules, as one table. Depends on nothing.

`STAGE[state][move]` is the stage's state after the move; a missing pair is illegal and raises.
`SESSION` is the same for sessions; `interrupted` is not in it, because no process is left to record it:
readers derive it from an unfinished session without a living runner.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

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

Move = Literal[
    "hold",
    "release",
    "start",
    "run",
    "freeze",
    "thaw",
    "pause",
    "stop",
    "skip",
    "reset",
    "set_aside",
    "import",
    "end_succeeded",
    "end_failed",
    "end_paused",
    "end_stopped",
    "end_skipped",
    "end_lost",
    "correct_succeeded",
    "correct_failed",
    "correct_paused",
    "correct_stopped",
    "correct_skipped",
    "search",
    "search_succeeded",
    "search_failed",
    "search_skipped",
    "search_stopped",
    "prune",
]
"""The moves of a stage. The `end_…` moves say how an attempt's end was classified.

The `correct_…` moves say it of a lost attempt whose exit record was found later.
Words and no enumeration: to create one of thirty members takes a fiftieth of the time of `ls`, and mypy checks both.
"""

SessionMove = Literal["start", "stop", "finish"]
"""The moves of a session."""


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


class SessionState(StrEnum):
    """DESIGN section 10's words for a session."""

    CREATED = "created"
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"


class Outcome(StrEnum):
    """How a finished session ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    BUDGET = "budget"


class IllegalMoveError(ValueError):
    """A move that is not in the table."""


_S = StageState
_ENDS: dict[Move, StageState] = {"end_succeeded": _S.SUCCEEDED, "end_failed": _S.FAILED, "end_lost": _S.LOST}
_ASKED_ENDS: dict[Move, StageState] = {
    **_ENDS,
    "end_paused": _S.PAUSED,
    "end_stopped": _S.STOPPED,
    "end_skipped": _S.SKIPPED,
}
_AGAIN: dict[Move, StageState] = {"reset": _S.PENDING, "skip": _S.SKIPPED}
# a search has no process of its own: it runs from its first trial until it is decided
_SEARCH_ENDS: dict[Move, StageState] = {
    "search_succeeded": _S.SUCCEEDED,
    "search_failed": _S.FAILED,
    "search_skipped": _S.SKIPPED,
    "search_stopped": _S.STOPPED,
}

STAGE: dict[StageState, dict[Move, StageState]] = {
    _S.PENDING: {
        "hold": _S.HELD,
        "skip": _S.SKIPPED,
        "start": _S.STARTING,
        "import": _S.IMPORTED,
        "search": _S.RUNNING,
    },
    _S.HELD: {"release": _S.PENDING, "skip": _S.SKIPPED},
    # an attempt may end before it was seen running: no such command, or killed at its start
    _S.STARTING: {"run": _S.RUNNING, "pause": _S.PAUSING, "stop": _S.STOPPING, **_ENDS, "end_stopped": _S.STOPPED},
    _S.RUNNING: {"freeze": _S.FROZEN, "pause": _S.PAUSING, "stop": _S.STOPPING, **_ENDS, **_SEARCH_ENDS},
    # a frozen stage that is stopped gets the signal first, then SIGCONT
    _S.FROZEN: {"thaw": _S.RUNNING, "pause": _S.PAUSING, "stop": _S.STOPPING, **_ENDS},
    _S.PAUSING: {"stop": _S.STOPPING, **_ASKED_ENDS},
    # a second stop overrides the first: skip after stop, kill after either
    _S.STOPPING: {"stop": _S.STOPPING, **_ASKED_ENDS},
    # a trial that rests at a rung is out when its search is decided
    _S.PAUSED: {"start": _S.STARTING, "skip": _S.SKIPPED, "reset": _S.PENDING, "prune": _S.STOPPED},
    _S.SUCCEEDED: {"reset": _S.PENDING},
    # a policy may set a failed stage aside for a person: paused, to be resumed
    _S.FAILED: {**_AGAIN, "set_aside": _S.PAUSED},
    _S.SKIPPED: {"reset": _S.PENDING},
    _S.STOPPED: {**_AGAIN, "prune": _S.STOPPED},
    # a whole exit record that shows up later tells how it ended after all
    _S.LOST: {
        **_AGAIN,
        "set_aside": _S.PAUSED,
        "correct_succeeded": _S.SUCCEEDED,
        "correct_failed": _S.FAILED,
        "correct_paused": _S.PAUSED,
        "correct_stopped": _S.STOPPED,
        "correct_skipped": _S.SKIPPED,
    },
    _S.IMPORTED: {},  # numbers of another program: nothing here can run
}

SESSION: dict[SessionState, dict[SessionMove, SessionState]] = {
    SessionState.CREATED: {"start": SessionState.RUNNING, "finish": SessionState.FINISHED},
    SessionState.RUNNING: {
        "start": SessionState.RUNNING,  # the next runner after one that died
        "stop": SessionState.STOPPING,
        "finish": SessionState.FINISHED,
    },
    SessionState.STOPPING: {
        "start": SessionState.RUNNING,
        "stop": SessionState.STOPPING,
        "finish": SessionState.FINISHED,
    },
    SessionState.FINISHED: {"start": SessionState.RUNNING},  # resume of a stopped or failed session
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
