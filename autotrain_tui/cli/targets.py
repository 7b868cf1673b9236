"""[SESSION] [STAGE]: which session and which stage the arguments of a verb select."""

from __future__ import annotations

from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.errors import RefusedError, UsageError
from autotrain_tui.plan.names import did_you_mean, shown
from autotrain_tui.session.history.store import Store
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.state import Searching, Stage
from autotrain_tui.session.journal.transitions import ACTIVE, ENDED, StageState
from autotrain_tui.session.launch.send_command import check_not_imported, check_taken
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.verbs import VERBS

__all__ = ["select", "stage_for"]

_S = StageState


_OF_RECORDS = ("metric", "acknowledge")
"""Requests that change what is shown, and can be made of an imported session too."""


def select(store: Store, words: list[str], verb: str) -> tuple[SessionFolder, View, str | None]:
    """The selected session, its state, and the stage's name if one was given.

    A single word that is no session but a stage of the default session selects that stage. Raises UsageError for too
    many words and for an unknown stage, RefusedError for an unknown session and for an imported one that is to run.
    """
    with ReadWatch(str(store.path)):
        selected = _selected(store, words, verb)
    if VERBS[verb].request and verb not in _OF_RECORDS:
        check_not_imported(selected[1])
    return selected


def _selected(store: Store, words: list[str], verb: str) -> tuple[SessionFolder, View, str | None]:
    takes_stage = VERBS[verb].target == "stage"
    if len(words) > (2 if takes_stage else 1):
        expected = "[SESSION] [STAGE]" if takes_stage else "[SESSION]"
        raise UsageError(f"{verb}: expected {expected}, got {len(words)} words")
    if len(words) == 2:
        folder = store.find(words[0])
        view = load_view(folder)
        return folder, view, _named(view, words[1])
    word = words[0] if words else None
    try:
        folder = store.find(word)
    except RefusedError as error:
        selected = _as_stage(store, word) if takes_stage and word is not None else None
        if selected is None:
            raise _with_stages(error, store, word, takes_stage) from None
        return selected
    return folder, load_view(folder), None


def _as_stage(store: Store, word: str | None) -> tuple[SessionFolder, View, str] | None:
    """The default session, when `word` is a stage of it."""
    folder = store.find(None)
    view = load_view(folder)
    return (folder, view, word) if word is not None and view.session.stage(word) is not None else None


def _with_stages(error: RefusedError, store: Store, word: str | None, takes_stage: bool) -> RefusedError:
    """The refusal, with the nearest stage name."""
    if not takes_stage or word is None:
        return error
    stages = [stage.name for stage in load_view(store.find(None)).session.every_stage]
    hint = did_you_mean(word, stages)
    return RefusedError(f"{error}; no stage has that name either" + (f" ({hint})" if hint else ""))


def _named(view: View, word: str) -> str:
    if view.session.stage(word) is not None:
        return word
    hint = did_you_mean(word, [stage.name for stage in view.session.every_stage])
    raise UsageError(f"session {view.folder.id} has no stage {shown(word)}" + (f" ({hint})" if hint else ""))


_WITHOUT_STAGE: dict[str, tuple[frozenset[StageState], str]] = {
    "pause": (frozenset({_S.STARTING, _S.RUNNING, _S.FROZEN}), "running"),
    "freeze": (frozenset({_S.STARTING, _S.RUNNING}), "running"),
    "checkpoint": (frozenset({_S.RUNNING}), "running"),
    "skip": (ACTIVE, "running"),
    "resume": (frozenset({_S.PAUSED, _S.FROZEN}), "paused or frozen"),
    "unskip": (frozenset({_S.SKIPPED}), "skipped"),
    "release": (frozenset({_S.HELD}), "held"),
}
"""The states that a verb selects by without STAGE. For other verbs the runner selects."""


def stage_for(verb: str, view: View, word: str | None) -> str | None:
    """The stage's name: the word, else the default of the verb; None for verbs about the session.

    Raises UsageError when several stages match, RefusedError when none does.
    """
    if VERBS[verb].target == "session":
        return None
    if word is not None:
        return word
    if verb == "retry":
        return _retried(view)
    if verb == "hold":
        return _only(view, [stage for stage in view.session.every_stage if stage.state is _S.PENDING][:1], "waiting")
    if verb == "extend":
        searches = [stage for stage in view.session.stages if stage.info.search is not None]
        return _only(view, [stage for stage in searches if stage.state not in ENDED], "searches")
    states, words = _WITHOUT_STAGE[verb]
    found = [stage for stage in view.session.every_stage if stage.state in states and not _has_no_process(stage)]
    return _only(view, found, words)


def _has_no_process(stage: Stage) -> bool:
    """Whether it is a search that runs, or a trial that rests until it is promoted: a person means neither of them."""
    return isinstance(stage.status, Searching) or (stage.trial is not None and stage.trial.parked)


def _retried(view: View) -> str:
    """The default of retry: the stage that failed, was lost, stopped or paused, else the running one."""
    unwell = [
        stage
        for stage in view.session.every_stage
        if stage.state in (_S.FAILED, _S.LOST, _S.STOPPED, _S.PAUSED) and not _has_no_process(stage)
    ]
    if not unwell and not view.session.active:
        raise RefusedError(
            f"no stage of {view.folder.id} is failed or running; name the stage to retry: "
            + ", ".join(stage.name for stage in view.session.stages)
        )
    return _only(view, unwell or list(view.session.active), "failed or running")


def _only(view: View, stages: list[Stage], words: str) -> str:
    if not stages:
        check_taken(view)
        raise RefusedError(f"no stage of {view.folder.id} is {words}")
    if len(stages) > 1:
        raise UsageError(f"several stages are {words}; name one of: {', '.join(stage.name for stage in stages)}")
    return stages[0].name
