"""The values of the winner that a stage may use: those of the nearest search before it."""

from __future__ import annotations

from collections.abc import Mapping

from autotrain_tui.plan.model import Plan, PlanStage, Scalar
from autotrain_tui.plan.sweep.winner import search_before
from autotrain_tui.session.journal.state import Session

__all__ = ["best_before"]


def best_before(plan: Plan, session: Session, stage: PlanStage) -> Mapping[str, Scalar]:
    """By the dotted names of the swept keys; empty if there is no such search, or it is not decided."""
    search = search_before(plan, stage)
    found = session.stage(search.name) if search is not None else None
    winner = session.stage(found.winners[0]) if found is not None and found.winners else None
    if winner is None:
        return {}
    return {name: value for name, value in winner.info.swept.items() if value is not None}
