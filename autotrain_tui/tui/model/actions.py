"""Everything a person can do to a session: one table for keys, footer, palette and help.

Each entry looks at the session and says what it would do now: a `Request` (a verb of `session.command.VERBS` with its
arguments and, where training would end, the question to ask first), or None when it can do nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import Outcome, SessionState, StageState
from autotrain_tui.text.sanitize import sanitize

if TYPE_CHECKING:
    from autotrain_tui.session.records.command_file import Args

__all__ = ["ACTIONS", "Action", "Question", "Request", "find_action"]

_S = StageState
_AT_WORK = frozenset({_S.STARTING, _S.RUNNING})
_UNWELL = frozenset({_S.FAILED, _S.LOST, _S.STOPPED})


class Question(msgspec.Struct, frozen=True):
    """What is asked before: a title, what will happen, the answer that does it. The safe answer comes first."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"
    reason: bool = False
    """Whether a reason may be given."""


class Request(msgspec.Struct, frozen=True):
    """A command as it would be sent now."""

    verb: str
    label: str
    stage: str | None = None
    args: Args = {}
    question: Question | None = None
    start: bool = False
    """Nobody runs the session: a runner is started for it."""


class Action(msgspec.Struct, frozen=True):
    """One entry: its name, its key, what it is called when it can do nothing, what it would do now."""

    name: str
    key: str
    label: str
    help: str
    request: Callable[[View, Stage | None], Request | None]
    shown: bool = True
    """Whether the footer shows it."""


def _attended(view: View) -> bool:
    """Whether a runner is there to take commands (one on another host can't be asked, and is believed)."""
    return view.alive is not False and view.session.state in (SessionState.RUNNING, SessionState.STOPPING)


def _running(view: View) -> bool:
    return _attended(view) and view.session.state is SessionState.RUNNING


def _among(view: View, chosen: Stage | None, states: frozenset[StageState]) -> Stage | None:
    """The stage meant: the chosen one when it is in one of the states, else the only one that is."""
    if chosen is not None and chosen.state in states:
        return chosen
    found = [stage for stage in view.session.stages if stage.state in states]
    return found[0] if len(found) == 1 else None


def _continue(view: View) -> Request | None:
    """Go on with a session that nobody runs; None when it is done or somebody runs it."""
    session = view.session
    never_begun = session.state is SessionState.CREATED and view.alive is False
    unfinished = view.state is SessionState.INTERRUPTED or never_begun
    ended = session.state is SessionState.FINISHED and session.outcome is not Outcome.SUCCEEDED
    if ended and session.outcome is Outcome.BUDGET:
        return Request("budget", "More time", start=True)  # without more time it would end at once
    return Request("resume", "Go on", start=True) if unfinished or ended else None


def _pause(view: View, chosen: Stage | None) -> Request | None:
    if not _running(view):
        return _continue(view)
    stage = _among(view, chosen, frozenset({_S.PAUSED, _S.FROZEN}))
    at_work = _among(view, chosen, _AT_WORK)
    if stage is not None and (at_work is None or stage is chosen):
        return Request("resume", "Thaw" if stage.state is _S.FROZEN else "Resume", stage.name)
    if at_work is None:
        return None
    return Request("pause", "Pause" if at_work.info.resumable else "Freeze", at_work.name)


def _freeze(view: View, chosen: Stage | None) -> Request | None:
    if not _running(view):
        return None
    frozen = _among(view, chosen, frozenset({_S.FROZEN}))
    at_work = _among(view, chosen, _AT_WORK)
    if frozen is not None and (at_work is None or frozen is chosen):
        return Request("resume", "Thaw", frozen.name)
    return Request("freeze", "Freeze", at_work.name) if at_work is not None else None


def _skip(view: View, chosen: Stage | None) -> Request | None:
    if not _running(view):
        return None
    waiting = frozenset({_S.PENDING, _S.HELD, _S.PAUSED, _S.FROZEN, _S.PAUSING, *_UNWELL})
    stage = chosen if chosen is not None and chosen.state in waiting | _AT_WORK else _among(view, chosen, _AT_WORK)
    if stage is None:
        return None
    name = sanitize(stage.name)
    if stage.state in _AT_WORK | {_S.FROZEN, _S.PAUSING}:
        text = f"Stage {name} is stopped (it may save a checkpoint first), and the plan goes on without it."
    else:
        text = f"Stage {name} will not run; the plan goes on without it. u takes the skip back while that is possible."
    return Request(
        "skip", "Skip", stage.name, question=Question(f"Skip {name}?", text, f"Skip {name}", "Keep it", reason=True)
    )


def _unskip(view: View, chosen: Stage | None) -> Request | None:
    stage = _among(view, chosen, frozenset({_S.SKIPPED})) if _running(view) else None
    if stage is None or any(stage.name in other.info.needs and other.attempts for other in view.session.stages):
        return None
    return Request("unskip", "Undo skip", stage.name)


def _retry(view: View, chosen: Stage | None, *, scratch: bool = False) -> Request | None:
    if view.state in (SessionState.STOPPING, SessionState.CREATED) or (view.alive is None and not _attended(view)):
        return None
    start = not _attended(view)
    stage = chosen
    if stage is None or stage.state not in _UNWELL | _AT_WORK | {_S.SUCCEEDED, _S.PAUSED, _S.FROZEN}:
        stage = _among(view, chosen, _UNWELL) or (None if start else _among(view, chosen, _AT_WORK))
    if stage is None:
        return None
    name = sanitize(stage.name)
    args: Args = {"from_scratch": True} if scratch else {}
    label = "From scratch" if scratch else "Retry"
    question = None
    if scratch:
        text = f"Stage {name} begins anew. Its checkpoints are kept aside, in checkpoints.before-N."
        question = Question(f"Run {name} from scratch?", text, "Begin anew")
    elif stage.state in _AT_WORK | {_S.FROZEN}:
        place = "from its last checkpoint" if stage.info.resumable else "from its start"
        question = Question(
            f"End this attempt of {name}?",
            f"The attempt is stopped and a new one goes on {place}.",
            "Stop it and retry",
        )
    elif stage.state is _S.SUCCEEDED:
        text = "The stage has succeeded. A new attempt of it is started."
        question = Question(f"Run {name} again?", text, "Run again")
    return Request("retry", label, stage.name, args, question, start)


def _scratch(view: View, chosen: Stage | None) -> Request | None:
    return _retry(view, chosen, scratch=True)


def _hold(view: View, chosen: Stage | None) -> Request | None:
    if not _running(view):
        return None
    stage = chosen if chosen is not None and chosen.state in (_S.PENDING, _S.HELD) else None
    if stage is None:
        stage = _among(view, chosen, frozenset({_S.HELD})) or next(
            (other for other in view.session.stages if other.state is _S.PENDING), None
        )
    if stage is None:
        return None
    return Request("release", "Release", stage.name) if stage.state is _S.HELD else Request("hold", "Hold", stage.name)


def _stop(view: View, chosen: Stage | None) -> Request | None:  # noqa: ARG001  every entry is asked the same way
    if not _running(view):
        return None
    text = "What runs may save a checkpoint, then ends. The session can be resumed later where it stood."
    return Request(
        "stop",
        "Stop",
        question=Question("Stop the session?", text, "Stop at a checkpoint", "Go on training", reason=True),
    )


def _kill(view: View, chosen: Stage | None) -> Request | None:  # noqa: ARG001  every entry is asked the same way
    if not _attended(view):
        return None
    text = "Every process is killed now, without a checkpoint. What was not saved is lost."
    return Request(
        "kill", "Kill", question=Question("Kill the session?", text, "Kill it now", "Go on training", reason=True)
    )


def _checkpoint(view: View, chosen: Stage | None) -> Request | None:
    stage = _among(view, chosen, frozenset({_S.RUNNING})) if _running(view) else None
    return Request("checkpoint", "Checkpoint", stage.name) if stage is not None and stage.info.checkpoint else None


def _budget(view: View, chosen: Stage | None) -> Request | None:  # noqa: ARG001  every entry is asked the same way
    return Request("budget", "Budget") if _running(view) else None


def _go_on(view: View, chosen: Stage | None) -> Request | None:  # noqa: ARG001  every entry is asked the same way
    return _continue(view)


ACTIONS: tuple[Action, ...] = (
    Action("go_on", "enter", "Go on", "Go on with a session that nobody runs, at its first unfinished stage", _go_on),
    Action("pause", "p", "Pause", "Save a checkpoint, end the stage and free the GPU; or go on after that", _pause),
    Action(
        "freeze",
        "P",
        "Freeze",
        "Stop the stage's processes where they stand, memory stays taken; or thaw them",
        _freeze,
        shown=False,
    ),
    Action("skip", "s", "Skip", "Don't run this stage; the plan goes on without it", _skip),
    Action("unskip", "u", "Undo skip", "Take a skip back while that is possible", _unskip),
    Action("retry", "r", "Retry", "A new attempt of the stage, from its last checkpoint", _retry),
    Action("scratch", "R", "From scratch", "A new attempt of the stage from the beginning", _scratch, shown=False),
    Action("hold", "H", "Hold", "Don't start a waiting stage until it is released; or release it", _hold, shown=False),
    Action("stop", "x", "Stop", "End the session cleanly; it can be resumed later", _stop),
    Action("kill", "X", "Kill", "End the session now, without a checkpoint", _kill, shown=False),
    Action(
        "checkpoint", "K", "Checkpoint", "Ask the stage to save a checkpoint now and go on", _checkpoint, shown=False
    ),
    Action("budget", "b", "Budget", "Give the session more or less time", _budget),
)


def find_action(name: str) -> Action:
    """The entry of that name; KeyError when there is none."""
    for action in ACTIONS:
        if action.name == name:
            return action
    raise KeyError(name)
