"""The events of a sweep as sentences: trials added, judged and promoted, and how a search was decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autotrain_tui.session.history.sentence import Sentence
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.state import Session

__all__ = ["SWEEP_TELLERS"]


def _added(event: ev.StageAdded, _session: Session) -> Sentence:
    return Sentence(event.reason if event.info.sweep else "added to the session", event.info.name)


def _judged(event: ev.TrialJudged, _session: Session) -> Sentence:
    return Sentence(event.reason or f"judged at rung {event.rung + 1}", event.stage)


def _promoted(event: ev.TrialPromoted, _session: Session) -> Sentence:
    by = f" by {event.by}" if event.by and event.by != "sweep" else ""
    because = f": {event.reason}" if event.reason else ""
    return Sentence(f"goes on from rung {event.rung + 1}{by}{because}", event.stage)


def _ended(event: ev.SweepEnded, _session: Session) -> Sentence:
    because = f": {event.reason}" if event.reason else ""
    if event.state == "succeeded":
        return Sentence(f"decided{because}", event.stage, "good")
    return Sentence(f"{event.state}{because}", event.stage, "error" if event.state == "failed" else "warning")


SWEEP_TELLERS: dict[type[ev.Event], Callable[[Any, Session], Sentence | None]] = {
    ev.StageAdded: _added,
    ev.TrialJudged: _judged,
    ev.TrialPromoted: _promoted,
    ev.SweepEnded: _ended,
}
"""The function that tells each event."""
