"""A decision about a search as the event that the journal has of it."""

from __future__ import annotations

from autotrain_tui.plan.strategy import EndSearch, JudgeTrial, PromoteTrial
from autotrain_tui.session.journal.events import Event, SweepEnded, TrialJudged, TrialPromoted

__all__ = ["event_of"]


def event_of(decision: JudgeTrial | PromoteTrial | EndSearch) -> Event:
    """The event with all effects of the decision."""
    match decision:
        case JudgeTrial(trial, rung, value, promoted, reason):
            return TrialJudged(stage=trial, rung=rung, value=value, promoted=promoted, reason=reason)
        case PromoteTrial(trial, rung, reason):
            return TrialPromoted(stage=trial, rung=rung, reason=reason, by="sweep")
        case EndSearch(search, outcome, winners, reason):
            return SweepEnded(stage=search, state=outcome, winners=list(winners), reason=reason, by="sweep")
