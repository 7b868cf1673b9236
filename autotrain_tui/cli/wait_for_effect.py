"""`--wait` of the acting verbs: until what was asked for has come about."""

from __future__ import annotations

import time
from collections.abc import Callable

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ENDED, StageState
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["await_goal"]

LOOK_SECONDS = 0.1

_S = StageState
_REACHED: dict[str, Callable[[Stage], bool]] = {
    "pause": lambda stage: stage.state in {_S.PAUSED, _S.FROZEN} | ENDED,
    "resume": lambda stage: stage.state in {_S.RUNNING} | ENDED,
    "skip": lambda stage: stage.state in ENDED,
    "retry": lambda stage: stage.state in {_S.RUNNING} | ENDED,
}
"""Verbs that go on after their answer; the others have happened with it."""


def await_goal(folder: SessionFolder, verb: str, stage: str | None) -> None:
    """Wait. Raises RefusedError when the runner dies before."""
    follower = SessionFollower(folder)
    while True:
        view, _ = follower.poll()
        if _done(view, verb, stage) or view.finished:
            return
        if view.alive is False:
            view, _ = follower.poll()
            if _done(view, verb, stage) or view.finished:
                return
            raise RefusedError(f"the runner of {folder.id} is gone: autotrain-tui resume {folder.id}")
        time.sleep(LOOK_SECONDS)


def _done(view: View, verb: str, name: str | None) -> bool:
    if verb in ("stop", "kill"):
        return view.finished
    reached = _REACHED.get(verb)
    stage = view.session.stage(name) if name is not None else None
    return reached is None or stage is None or reached(stage)
