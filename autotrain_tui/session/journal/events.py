"""The journal's events: one typed record for each kind of event in a session.

A line of the journal is one of these as JSON: `{"type": …, "seq": n, "time": …, "mono": …, …}`. Later versions only
add fields, with defaults, so that every old journal loads. Durations are seconds, sizes bytes, times UTC ISO 8601.
"""

# ruff: noqa: RUF012  msgspec gives each record a new copy of an empty list or dict; ruff sees a base from elsewhere

from typing import Literal

import msgspec

from autotrain_tui.session.journal.attempt_events import (
    AttemptAdopted,
    AttemptCorrected,
    AttemptEnded,
    AttemptImported,
    AttemptRunning,
    AttemptStarting,
    Doubt,
    LogDropped,
    LogShrunk,
)
from autotrain_tui.session.journal.event_base import (
    VERSION,
    Alert,
    AlertAcknowledged,
    BudgetChanged,
    CommandTaken,
    Decision,
    Event,
    ImportSource,
    JournalRepaired,
    MetricChosen,
    Params,
    RunnerStarted,
    RunnerStopped,
    SearchDefinition,
    SessionCreated,
    SessionFinished,
    SessionStopping,
    StageAdded,
    StageDefinition,
    SweepExtension,
)
from autotrain_tui.session.journal.sweep_events import SweepEnded, SweepExtended, TrialJudged, TrialPromoted
from autotrain_tui.session.records.swept import Swept

__all__ = [
    "VERSION",
    "Again",
    "Alert",
    "AlertAcknowledged",
    "AttemptAdopted",
    "AttemptCorrected",
    "AttemptEnded",
    "AttemptImported",
    "AttemptRunning",
    "AttemptStarting",
    "BudgetChanged",
    "CommandTaken",
    "Decision",
    "Doubt",
    "Estimated",
    "Event",
    "EventUnion",
    "ImportSource",
    "JournalRepaired",
    "LogDropped",
    "LogShrunk",
    "MetricChosen",
    "Params",
    "Problem",
    "RetryPlanned",
    "RunnerStarted",
    "RunnerStopped",
    "SearchDefinition",
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
    "SweepEnded",
    "SweepExtended",
    "SweepExtension",
    "Swept",
    "TrialJudged",
    "TrialPromoted",
    "reset",
]


class StageWaiting(Event, frozen=True, kw_only=True, tag="stage_waiting"):
    """A stage could start but waits for a resource: a GPU or disk space."""

    stage: str
    reason: str


class StageHeld(Event, frozen=True, kw_only=True, tag="stage_held"):
    """A waiting stage does not start until it is released."""

    stage: str
    reason: str = ""
    by: str = ""


class StageReleased(Event, frozen=True, kw_only=True, tag="stage_released"):
    """A held stage may start again."""

    stage: str
    by: str = ""


class StageSkipped(Event, frozen=True, kw_only=True, tag="stage_skipped"):
    """A stage that is not running will not run; the stages that need it continue."""

    stage: str
    reason: str = ""
    by: str = ""


class StageReset(Event, frozen=True, kw_only=True, tag="stage_reset"):
    """A stage becomes pending again: an undone skip, a retry, a resumed session.

    `resume` = its next attempt continues from the checkpoint; `changes` = parameters that differ from the plan's.
    """

    stage: str
    reason: str = ""
    by: str = ""
    resume: bool = False
    changes: Params = {}
    delay_seconds: float = 0.0


class StageFrozen(Event, frozen=True, kw_only=True, tag="stage_frozen"):
    """Every process of the stage's tree is stopped; its memory stays allocated."""

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
    """The attempt that follows when a person's retry ends the current one; the same fields as `StageReset`."""

    reason: str = ""
    by: str = ""
    resume: bool = False
    changes: Params = {}


def reset(stage: str, again: Again) -> StageReset:
    """The event that carries out a retry."""
    return StageReset(stage=stage, reason=again.reason, by=again.by, resume=again.resume, changes=again.changes)


class StageStopping(Event, frozen=True, kw_only=True, tag="stage_stopping"):
    """The attempt is requested to end. `intent` decides what its end means.

    `again` is the attempt after a retry; `failure` is the failure class for which a policy ends it.
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
    """A decision of the failure policy; the next stage_reset carries it out."""

    stage: str
    attempt: int
    failure: str
    action: str
    delay_seconds: float = 0.0
    changes: Params = {}
    reason: str = ""
    lines: list[str] = []


class Estimated(Event, frozen=True, kw_only=True, tag="estimated"):
    """A new estimate of a stage that has not started, from what the session has measured so far."""

    stage: str
    estimate_seconds: float | None
    estimate_source: str
    estimate_spread: float | None = None


EventUnion = (
    SessionCreated
    | AttemptImported
    | RunnerStarted
    | RunnerStopped
    | SessionStopping
    | SessionFinished
    | BudgetChanged
    | MetricChosen
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
    | AttemptCorrected
    | RetryPlanned
    | Decision
    | Estimated
    | Alert
    | AlertAcknowledged
    | LogDropped
    | LogShrunk
    | JournalRepaired
    | TrialJudged
    | TrialPromoted
    | SweepEnded
    | SweepExtended
)
"""The union of all events."""


class Problem(msgspec.Struct, frozen=True):
    """A position in a journal that cannot be read: byte offset and one sentence."""

    offset: int
    text: str
