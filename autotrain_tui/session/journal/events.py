"""The journal's events: one typed record per kind of thing that can happen in a session.

A line of the journal is one of these as JSON: `{"type": …, "seq": n, "time": …, "mono": …, …}`. Fields are only ever
added, with defaults, so that every old journal loads for ever. Durations are seconds, sizes bytes, times UTC ISO 8601.
"""

# ruff: noqa: RUF012  msgspec gives each record a new copy of an empty list or dict; ruff sees a base from elsewhere

from __future__ import annotations

from typing import Literal

import msgspec

from autotrain_tui.session.journal.attempt_events import (
    AttemptAdopted,
    AttemptEnded,
    AttemptRunning,
    AttemptStarting,
    LogDropped,
    LogShrunk,
)
from autotrain_tui.session.journal.event_base import (
    VERSION,
    Alert,
    BudgetChanged,
    CommandTaken,
    Decision,
    Event,
    JournalRepaired,
    Params,
    RunnerStarted,
    RunnerStopped,
    SessionCreated,
    SessionFinished,
    SessionStopping,
    StageAdded,
    StageDefinition,
)
from autotrain_tui.session.records.attempt_files import Swept

__all__ = [
    "VERSION",
    "Again",
    "Alert",
    "AttemptAdopted",
    "AttemptEnded",
    "AttemptRunning",
    "AttemptStarting",
    "BudgetChanged",
    "CommandTaken",
    "Decision",
    "Estimated",
    "Event",
    "EventUnion",
    "JournalRepaired",
    "LogDropped",
    "LogShrunk",
    "Params",
    "Problem",
    "RetryPlanned",
    "RunnerStarted",
    "RunnerStopped",
    "SessionCreated",
    "SessionFinished",
    "SessionStopping",
    "StageAdded",
    "StageDefinition",
    "StageFrozen",
    "StageHeld",
    "StageReleased",
    "StageReset",
    "StageSkipped",
    "StageStopping",
    "StageThawed",
    "StageWaiting",
    "Swept",
    "reset",
]


class StageWaiting(Event, frozen=True, kw_only=True, tag="stage_waiting"):
    """A stage could start but for something that is not free: a GPU, room on the disk."""

    stage: str
    reason: str


class StageHeld(Event, frozen=True, kw_only=True, tag="stage_held"):
    """A waiting stage is not to start until it is released."""

    stage: str
    reason: str = ""
    by: str = ""


class StageReleased(Event, frozen=True, kw_only=True, tag="stage_released"):
    """A held stage may start again."""

    stage: str
    by: str = ""


class StageSkipped(Event, frozen=True, kw_only=True, tag="stage_skipped"):
    """A stage that isn't running will not run; what needs it goes on."""

    stage: str
    reason: str = ""
    by: str = ""


class StageReset(Event, frozen=True, kw_only=True, tag="stage_reset"):
    """A stage goes back to pending: an undone skip, a retry, a resumed session.

    `resume` = its next attempt goes on from the checkpoint; `changes` = parameters that differ from the plan's.
    """

    stage: str
    reason: str = ""
    by: str = ""
    resume: bool = False
    changes: Params = {}
    delay_seconds: float = 0.0


def reset(stage: str, again: Again) -> StageReset:
    """The event that carries a retry out."""
    return StageReset(stage=stage, reason=again.reason, by=again.by, resume=again.resume, changes=again.changes)


class StageFrozen(Event, frozen=True, kw_only=True, tag="stage_frozen"):
    """Every process of the stage's tree is stopped; its memory stays taken."""

    stage: str
    attempt: int
    processes: int = 0
    reason: str = ""
    by: str = ""


class StageThawed(Event, frozen=True, kw_only=True, tag="stage_thawed"):
    """The stage's tree runs again."""

    stage: str
    attempt: int
    by: str = ""


class Again(msgspec.Struct, frozen=True):
    """The attempt that is to follow one which a person's retry ends; as the fields of `StageReset`."""

    reason: str = ""
    by: str = ""
    resume: bool = False
    changes: Params = {}


class StageStopping(Event, frozen=True, kw_only=True, tag="stage_stopping"):
    """The attempt is asked to end. `intent` decides what its end means; `again` what follows a retry's, `failure` is
    the class for which a policy ends it: a runner that comes later must know both.
    """

    stage: str
    attempt: int
    intent: Literal["pause", "stop", "skip", "retry", "timeout", "kill", "policy"]
    signal: str = "TERM"
    grace_seconds: float = 30.0
    reason: str = ""
    by: str = ""
    again: Again | None = None
    failure: str | None = None


class RetryPlanned(Event, frozen=True, kw_only=True, tag="retry_planned"):
    """The failure policy decided; the stage_reset that follows carries it out."""

    stage: str
    attempt: int
    failure: str
    action: str
    delay_seconds: float = 0.0
    changes: Params = {}
    reason: str = ""
    lines: list[str] = []


class Estimated(Event, frozen=True, kw_only=True, tag="estimated"):
    """What the session has learnt so far makes another estimate of a stage that hasn't begun."""

    stage: str
    estimate_seconds: float | None
    estimate_source: str
    estimate_spread: float | None = None


EventUnion = (
    SessionCreated
    | RunnerStarted
    | RunnerStopped
    | SessionStopping
    | SessionFinished
    | BudgetChanged
    | CommandTaken
    | StageAdded
    | StageWaiting
    | StageHeld
    | StageReleased
    | StageSkipped
    | StageReset
    | AttemptStarting
    | AttemptRunning
    | AttemptAdopted
    | StageFrozen
    | StageThawed
    | StageStopping
    | AttemptEnded
    | RetryPlanned
    | Decision
    | Estimated
    | Alert
    | LogDropped
    | LogShrunk
    | JournalRepaired
)
"""Every event there is."""


class Problem(msgspec.Struct, frozen=True):
    """A place in a journal that can't be read: byte offset and one sentence."""

    offset: int
    text: str
