"""What the keys of the verb table would do now: for keys, footer, palette and help.

Each action looks at the session and returns a `Request` (a verb with its arguments and, where training would end, the
question to ask first), or None when it can do nothing. Keys, labels, help and questions come from `verbs.VERBS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ENDED, Outcome, SessionState, StageState
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.retry_proposal import retry_proposal
from autotrain_tui.verbs import VERBS, Verb

if TYPE_CHECKING:
    from autotrain_tui.session.records.command_file import Args

__all__ = ["ACTIONS", "Action", "Question", "Request", "find_action"]

_S = StageState
_AT_WORK = frozenset({_S.STARTING, _S.RUNNING})
_UNWELL = frozenset({_S.FAILED, _S.LOST, _S.STOPPED})


class Question(msgspec.Struct, frozen=True):
    """What is asked first: a title, what will happen, the answer that does it. The safe answer comes first."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"
    reason: bool = False
    """Whether a reason may be given."""
    plain: str = ""
    """A third answer: the same without the changes; empty if there is none."""


class Request(msgspec.Struct, frozen=True):
    """A command as it would be sent now."""

    verb: str
    label: str
    help: str
    """What it does, in a sentence."""
    stage: str | None = None
    args: Args = {}
    question: Question | None = None
    start: bool = False
    """The session has no runner: one is started for it."""


class Action(msgspec.Struct, frozen=True):
    """A key of the verb table and what it would do now."""

    verb: Verb
    request: Callable[[View, Stage | None], Request | None]

    @property
    def name(self) -> str:
        """The verb's name."""
        return self.verb.name

    @property
    def key(self) -> str:
        """The key, in Textual's name."""
        return self.verb.key

    @property
    def label(self) -> str:
        """What the key is called while it can do nothing."""
        return self.verb.label

    @property
    def help(self) -> str:
        """What it does, and what the same key undoes."""
        return self.verb.key_help

    @property
    def shown(self) -> bool:
        """Whether the footer shows it."""
        return self.verb.footer


def _request(
    name: str, stage: Stage | None = None, *, label: str = "", asks: str = "", does: str = "", start: bool = False
) -> Request:
    """The request that a verb of the table stands for. `asks`: the situation whose question is asked; "": none or the
    verb's only one. `does`: the verb whose effect it has here; "": its own.
    """
    verb = VERBS[name]
    text = verb.questions.get(asks)
    question = None
    if text is not None:
        shown = sanitize(stage.name) if stage is not None else ""
        title, body, yes = (part.replace("{stage}", shown) for part in (text.title, text.text, text.yes))
        question = Question(title, body, yes, reason=text.reason)
    args: Args = {"from_scratch": True} if name == "scratch" else {}
    about, of = VERBS[does or name].key_help, stage.name if stage is not None else None
    return Request(verb.request, label or verb.label, about, of, args, question, start)


_UNFINISHED = (SessionState.RUNNING, SessionState.STOPPING)


def _attended(view: View) -> bool:
    """Whether a runner is there to take commands (one on another host counts as alive)."""
    state = view.session.state
    return view.session.source is None and view.alive is not False and state in _UNFINISHED


def _running(view: View) -> bool:
    return _attended(view) and view.session.state is SessionState.RUNNING


def _among(view: View, selected: Stage | None, states: frozenset[StageState]) -> Stage | None:
    """The selected stage if it is in one of the states, else the only stage that is."""
    if selected is not None and selected.state in states:
        return selected
    matches = [stage for stage in view.session.stages if stage.state in states]
    return matches[0] if len(matches) == 1 else None


def _continue(view: View) -> Request | None:
    """A runner for a session without one; None when the session is done or has one."""
    session = view.session
    if session.source is not None:
        return None  # nothing of it can run
    never_begun = session.state is SessionState.CREATED and view.alive is False
    unfinished = view.state is SessionState.INTERRUPTED or never_begun
    ended = session.state is SessionState.FINISHED and session.outcome is not Outcome.SUCCEEDED
    if ended and session.outcome is Outcome.BUDGET:
        return _request("budget", label="More time", start=True)  # without more time it would end at once
    return _request("resume", start=True) if unfinished or ended else None


def _pause(view: View, selected: Stage | None) -> Request | None:
    if not _running(view):
        return _continue(view)
    stage = _among(view, selected, frozenset({_S.PAUSED, _S.FROZEN}))
    at_work = _among(view, selected, _AT_WORK)
    if stage is not None and (at_work is None or stage is selected):
        promotes = stage.trial is not None and stage.trial.parked
        return _request("resume", stage, label="Thaw" if stage.state is _S.FROZEN else "Promote" * promotes)
    if at_work is None:
        return None
    if at_work.info.resumable:
        return _request("pause", at_work)
    return _request("pause", at_work, label="Freeze", does="freeze")


def _freeze(view: View, selected: Stage | None) -> Request | None:
    if not _running(view):
        return None
    frozen = _among(view, selected, frozenset({_S.FROZEN}))
    at_work = _among(view, selected, _AT_WORK)
    if frozen is not None and (at_work is None or frozen is selected):
        return _request("resume", frozen, label="Thaw")
    return _request("freeze", at_work) if at_work is not None else None


def _skip(view: View, selected: Stage | None) -> Request | None:
    if not _running(view):
        return None
    waiting = frozenset({_S.PENDING, _S.HELD, _S.PAUSED, _S.FROZEN, _S.PAUSING, *_UNWELL})
    stage = (
        selected if selected is not None and selected.state in waiting | _AT_WORK else _among(view, selected, _AT_WORK)
    )
    if stage is None:
        return None
    alive = stage.state in _AT_WORK | {_S.FROZEN, _S.PAUSING}
    return _request("skip", stage, asks="running" if alive else "waiting")


def _unskip(view: View, selected: Stage | None) -> Request | None:
    stage = _among(view, selected, frozenset({_S.SKIPPED})) if _running(view) else None
    if stage is None or any(stage.name in other.info.needs and other.attempts for other in view.session.stages):
        return None
    return _request("unskip", stage)


def _retry(view: View, selected: Stage | None, *, scratch: bool = False) -> Request | None:
    if (
        view.session.source is not None
        or view.state in (SessionState.STOPPING, SessionState.CREATED)
        or (view.alive is None and not _attended(view))
    ):
        return None
    start = not _attended(view)
    stage = selected
    if stage is None or stage.state not in _UNWELL | _AT_WORK | {_S.SUCCEEDED, _S.PAUSED, _S.FROZEN}:
        stage = _among(view, selected, _UNWELL) or (None if start else _among(view, selected, _AT_WORK))
    if stage is None:
        return None
    if scratch:
        return _request("scratch", stage, start=start)
    asks = ""
    if stage.state in _AT_WORK | {_S.FROZEN}:
        asks = "resumable" if stage.info.resumable else "running"
    elif stage.state is _S.SUCCEEDED:
        asks = "succeeded"
    request = _request("retry", stage, asks=asks, start=start)
    if (proposal := retry_proposal(stage)) is None:
        return request
    question = Question(*proposal.texts(sanitize(stage.name)), plain="Retry unchanged")
    return msgspec.structs.replace(request, question=question, args={f"set:{proposal.name}": proposal.value})


def _scratch(view: View, selected: Stage | None) -> Request | None:
    return _retry(view, selected, scratch=True)


def _hold(view: View, selected: Stage | None) -> Request | None:
    if not _running(view):
        return None
    stage = selected if selected is not None and selected.state in (_S.PENDING, _S.HELD) else None
    if stage is None:
        stage = _among(view, selected, frozenset({_S.HELD})) or next(
            (other for other in view.session.stages if other.state is _S.PENDING), None
        )
    if stage is None:
        return None
    return _request("release" if stage.state is _S.HELD else "hold", stage)


def _stop(view: View, selected: Stage | None) -> Request | None:  # noqa: ARG001  every action is asked the same way
    return _request("stop") if _running(view) else None


def _kill(view: View, selected: Stage | None) -> Request | None:  # noqa: ARG001  every action is asked the same way
    return _request("kill") if _attended(view) else None


def _checkpoint(view: View, selected: Stage | None) -> Request | None:
    stage = _among(view, selected, frozenset({_S.RUNNING})) if _running(view) else None
    return _request("checkpoint", stage) if stage is not None and stage.info.checkpoint else None


def _budget(view: View, selected: Stage | None) -> Request | None:  # noqa: ARG001  every action is asked the same way
    return _request("budget") if _running(view) else None


def _metric(view: View, selected: Stage | None) -> Request | None:  # noqa: ARG001  every action is asked the same way
    return (
        _request("metric", start=not _attended(view)) if any(stage.attempts for stage in view.session.stages) else None
    )


def _resume(view: View, selected: Stage | None) -> Request | None:  # noqa: ARG001  every action is asked the same way
    return _continue(view)


def _acknowledge(view: View, selected: Stage | None) -> Request | None:  # noqa: ARG001  every action is asked the same way
    return _request("acknowledge", start=not _attended(view)) if view.session.standing_alerts else None


def _extend(view: View, selected: Stage | None) -> Request | None:
    """More trials of the search that is looked at, or of the only one that is not decided."""
    if not _running(view):
        return None
    found = [stage for stage in view.session.stages if stage.info.search is not None and stage.state not in ENDED]
    name = (selected.info.sweep or selected.name) if selected is not None else ""
    search = next((stage for stage in found if stage.name == name), found[0] if len(found) == 1 else None)
    return _request("extend", search) if search is not None else None


_DECISIONS: dict[str, Callable[[View, Stage | None], Request | None]] = {
    "resume": _resume,
    "pause": _pause,
    "freeze": _freeze,
    "skip": _skip,
    "unskip": _unskip,
    "retry": _retry,
    "scratch": _scratch,
    "hold": _hold,
    "stop": _stop,
    "kill": _kill,
    "checkpoint": _checkpoint,
    "budget": _budget,
    "metric": _metric,
    "extend": _extend,
    "acknowledge": _acknowledge,
}
"""Verb → what its key would do now. A verb that another one toggles shares that one's key and function."""

ACTIONS: tuple[Action, ...] = tuple(Action(VERBS[name], decide) for name, decide in _DECISIONS.items())
"""In the order of the footer."""


def find_action(name: str) -> Action:
    """The action of that verb; KeyError when it has none."""
    for action in ACTIONS:
        if action.name == name:
            return action
    raise KeyError(name)
