"""Observations of earlier sessions, from which estimates are learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from autotrain_tui.errors import PlanError, RecordsError
from autotrain_tui.plan.command import placeholders
from autotrain_tui.plan.estimate import Observation
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.model import Plan, PlanStage, Scalar
from autotrain_tui.session.history.store import Store
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.state import Attempt, Session, Stage
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.records import process_identity as identity

__all__ = ["observations", "seen_stages"]

_MOST_SESSIONS = 20
"""The number of latest sessions of the plan that are read."""

_NUMBERS = ("dataset_limit", "epochs", "batch_size")


def observations(sessions: Path, plan: Plan, *, host: str | None = None, but: str = "") -> list[Observation]:
    """Stages that succeeded in earlier sessions of the same plan, by the same command, on the same host.

    `plan` is resolved. Sessions that cannot be read are skipped, and the one with the id `but`.
    """
    host = host if host is not None else identity.host()
    commands = {stage.command for stage in plan.stages}
    found: list[Observation] = []
    for view in _of_plan(sessions, plan.name, host, but):
        try:
            then = load_plan(view.folder.plan)
        except PlanError:
            continue
        modes = {
            stage.name: view.session.mode if _tells_mode(stage) else ""
            for stage in then.stages
            if stage.command in commands
        }
        for stage in view.session.every_stage:
            # NAME-2: a strategy added it; a trial runs as its search
            mode = modes.get(stage.info.sweep or stage.name, modes.get(stage.name.rpartition("-")[0]))
            if mode is not None:
                found += [replace(seen, mode=mode) for seen in seen_stages(view.session, stage)]
    return found


def _tells_mode(stage: PlanStage) -> bool:
    """Whether the command contains the mode, so that its work may depend on it."""
    found = placeholders(stage.command)
    return "mode" in found.required | found.optional


def _of_plan(sessions: Path, name: str, host: str, but: str) -> Iterator[View]:
    taken = 0
    for folder in Store(sessions).folders():
        if folder.id == but or not _named_after(folder.id, name):
            continue
        try:
            view = load_view(folder)
        except RecordsError:
            continue
        if view.session.plan == name and view.session.host == host:
            yield view
            taken += 1
            if taken == _MOST_SESSIONS:
                return


def _named_after(session: str, plan: str) -> bool:
    """Whether the id is one of the plan's (STAMP-PLAN or STAMP-PLAN-2): others are skipped unread."""
    tail = session[16:]
    return tail == plan or (tail.startswith(plan + "-") and tail[len(plan) + 1 :].isdigit())


def seen_stages(session: Session, stage: Stage) -> Iterable[Observation]:
    """The stage's time, if one attempt ran it from start to end: resumed attempts measure only a part."""
    attempt = stage.attempt
    if stage.state is not StageState.SUCCEEDED or attempt is None or attempt.resume or attempt.end is None:
        return
    numbers = {name: _whole(attempt, name) for name in _NUMBERS}
    scale = attempt.params.get("scale")
    others: dict[str, Scalar] = {
        name: value for name, value in attempt.params.items() if name not in (*_NUMBERS, "scale") and value is not None
    }
    yield Observation(
        stage=stage.name,
        seconds=attempt.run_seconds,
        **numbers,
        scale=float(scale) if isinstance(scale, int | float) else None,
        params=others,
        ended_at=attempt.end.time,
        session=session.id,
        mode="",
    )


def _whole(attempt: Attempt, name: str) -> int | None:
    value = attempt.params.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
