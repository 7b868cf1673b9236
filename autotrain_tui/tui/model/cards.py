"""The project's plans and sessions as cards, for the lists of Home and Plan.

Reads files: called in a thread.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.history.documents import best_of
from autotrain_tui.session.history.store import Broken, Store
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.notes import read_notes
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import StateStyle, session_style, stages_done

if TYPE_CHECKING:
    from autotrain_tui.session.launch.prepare import Prepared

__all__ = ["PlanCard", "SessionCard", "read_plans", "read_sessions"]


class PlanCard(msgspec.Struct, frozen=True):
    """A plan as it would run now; `trouble` is why it can't."""

    path: Path
    name: str
    prepared: Prepared | None = None
    trouble: str = ""
    last: SessionCard | None = None

    @property
    def default(self) -> bool:
        """Whether `run` without a plan takes it."""
        return self.prepared is not None and self.prepared.plan.default


class SessionCard(msgspec.Struct, frozen=True):
    """A session in one line. `trouble` is why its records can't be read."""

    folder: SessionFolder
    plan: str
    style: StateStyle
    live: bool
    started: float | None
    seconds: float
    done: int
    total: int
    metric: str | None
    best: float | None
    mode: str = ""
    host: str = ""
    tags: tuple[str, ...] = ()
    trouble: str = ""
    title: str = ""
    """The program and parameters of a single command; empty for a session of a plan."""


def read_sessions(sessions: Path, most: int | None = None) -> list[SessionCard]:
    """Every session, newest first, or the `most` newest."""
    cards = []
    for view in Store(sessions).views():
        cards.append(session_card(view))
        if most is not None and len(cards) >= most:
            break
    return cards


def session_card(view: View | Broken) -> SessionCard:
    """What one line says of a session."""
    if isinstance(view, Broken):
        return SessionCard(
            view.folder,
            "",
            StateStyle("!", "error", "unreadable"),
            live=False,
            started=None,
            seconds=0.0,
            done=0,
            total=0,
            metric=None,
            best=None,
            trouble=sanitize(view.reason),
        )
    session = view.session
    live = view.alive is not False and session.state in (SessionState.RUNNING, SessionState.STOPPING)
    return SessionCard(
        view.folder,
        sanitize(session.plan),
        session_style(view),
        live,
        from_iso(session.started or session.created),
        view.elapsed_seconds,
        stages_done(session),
        len(session.stages),
        session.metric_name,
        best_of(view),
        sanitize(session.mode),
        sanitize(session.host),
        tuple(sanitize(tag) for tag in read_notes(view.folder).tags),
        title=sanitize(session.title),
    )


def read_plans(project: Path | None, sessions: Path, recent: list[SessionCard]) -> list[PlanCard]:
    """The project's plans, the default first. A plan that can't be used is there with its error."""
    from autotrain_tui.plan.loading.find import plans_in  # in the thread: the first paint waits for none of it
    from autotrain_tui.plan.loading.load import load_plan
    from autotrain_tui.plan.loading.overrides import Overrides
    from autotrain_tui.session.launch.prepare import prepare

    cards = []
    for path in plans_in(project) if project is not None else ():
        try:
            prepared = prepare(load_plan(path), Overrides(), root=project or path.parent, sessions=sessions)
        except AutotrainError as error:
            cards.append(PlanCard(path, path.stem, trouble=sanitize(str(error).replace(str(path), path.name))))
            continue
        name = prepared.plan.name
        cards.append(PlanCard(path, name, prepared, last=next((card for card in recent if card.plan == name), None)))
    return sorted(cards, key=lambda card: (not card.default, card.name))
