"""What a person's command has done, in a sentence: the answer of the command line and of the screen."""

from __future__ import annotations

from collections.abc import Callable

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import SessionState, StageState
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["effect_text"]

_S = StageState
_FROZEN = "is frozen; its memory stays taken, GPU memory too"


def effect_text(verb: str, view: View, name: str | None) -> str:
    """The sentence for an accepted command; `view` is the session after it, `name` the stage if it is about one."""
    stage = view.session.stage(name) if name is not None else None
    if stage is not None and verb in _STAGE:
        return f"{sanitize(stage.name)} {_STAGE[verb](stage)}"
    if verb in _SESSION:
        return _SESSION[verb](view)
    return f"{verb}: {sanitize(name) if name is not None else view.folder.id}"


def _pause(stage: Stage) -> str:
    match stage.state:
        case _S.FROZEN:
            return _FROZEN
        case _S.PAUSED:
            return "is paused; its GPU is free"
        case _:
            return "is pausing: it saves a checkpoint and ends, then its GPU is free"


def _resume(stage: Stage) -> str:
    return "runs again" if stage.state is _S.RUNNING else "continues"


def _skip(stage: Stage) -> str:
    if stage.state is _S.SKIPPED:
        return "is skipped; the plan continues without it"
    return "is stopping and is then skipped; the plan continues without it"


def _retry(stage: Stage) -> str:
    begun = stage.state in (_S.STARTING, _S.RUNNING)
    return f"is tried again: attempt {len(stage.attempts) + (not begun)}"


_STAGE: dict[str, Callable[[Stage], str]] = {
    "pause": _pause,
    "freeze": lambda _: _FROZEN,
    "resume": _resume,
    "skip": _skip,
    "unskip": lambda _: "is not skipped any more",
    "retry": _retry,
    "hold": lambda _: "is held until it is released",
    "release": lambda _: "may start",
    "extend": lambda _: "has more trials; each starts when its turn comes",
    "checkpoint": lambda _: "was asked to save a checkpoint; training continues",
}


def _stop(view: View) -> str:
    if view.finished:
        return f"{view.folder.id} has ended; resume continues it"
    return f"{view.folder.id} is stopping; a resumable stage saves a checkpoint first"


def _budget(view: View) -> str:
    budget = view.session.budget_seconds
    return f"the budget is now {fmt.clock(budget)}" if budget is not None else "there is no budget any more"


def _metric(view: View) -> str:
    name = view.session.metric_name
    return f"the headline metric is now {sanitize(name or fmt.UNKNOWN)} ({view.session.metric_goal})"


def _acknowledge(view: View) -> str:
    left = len(view.session.standing_alerts)
    return f"marked as seen; {left} alert{'s' * (left != 1)} left" if left else "marked as seen; no alert is left"


def _continue(view: View) -> str:
    begun = view.session.state in (SessionState.RUNNING, SessionState.CREATED)
    return f"a new runner continues {view.folder.id}" if begun else f"{view.folder.id} continues"


_SESSION: dict[str, Callable[[View], str]] = {
    "stop": _stop,
    "kill": lambda view: f"{view.folder.id} is killed; what was not saved is lost",
    "budget": _budget,
    "metric": _metric,
    "acknowledge": _acknowledge,
    "resume": _continue,
}
