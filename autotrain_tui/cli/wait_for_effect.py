"""`--wait` of the control verbs: until the request has taken effect."""

from __future__ import annotations

import time
from collections.abc import Callable

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ENDED, StageState
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["wait_for_effect"]

LOOK_SECONDS = 0.1

_S = StageState
_REACHED: dict[str, Callable[[Stage], bool]] = {
    "pause": lambda stage: stage.state in {_S.PAUSED, _S.FROZEN} | ENDED,
    "resume": lambda stage: stage.state in {_S.RUNNING} | ENDED,
    "skip": lambda stage: stage.state in ENDED,
    "retry": lambda stage: stage.state in {_S.RUNNING} | ENDED,
}
"""Verbs that take effect after their answer; the others have with it."""


def wait_for_effect(folder: SessionFolder, verb: str, stage: str | None) -> None:
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
            raise RefusedError(f"the runner of {folder.id} has died; start one with: autotrain-tui resume {folder.id}")
        time.sleep(LOOK_SECONDS)


def _done(view: View, verb: str, name: str | None) -> bool:
    if verb in ("stop", "kill"):
        return view.finished
    reached = _REACHED.get(verb)
    stage = view.session.stage(name) if name is not None else None
    return reached is None or stage is None or reached(stage)
