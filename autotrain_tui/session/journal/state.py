"""The state of a session as immutable values. Only `fold.py` creates new ones.

A stage's `status` is a union of records, each with exactly its own data: a status that has ended has its `AttemptEnd`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Never

from msgspec import Struct

from autotrain_tui.session.journal.attempt_end import AttemptEnd
from autotrain_tui.session.journal.attempt_state import Attempt
from autotrain_tui.session.journal.stage_status import (
    Failed,
    Frozen,
    Held,
    Imported,
    Lost,
    Paused,
    Pausing,
    Pending,
    Running,
    Searching,
    Skipped,
    Starting,
    Status,
    Stopped,
    Stopping,
    Succeeded,
)
from autotrain_tui.session.journal.transitions import Outcome, SessionState, StageState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autotrain_tui.session.journal.attempt_events import Doubt
    from autotrain_tui.session.journal.events import ImportSource, StageDefinition, SweepExtension

__all__ = [
    "AlertRecord",
    "Attempt",
    "AttemptEnd",
    "Failed",
    "Frozen",
    "Held",
    "Imported",
    "Lost",
    "Paused",
    "Pausing",
    "Pending",
    "Running",
    "Searching",
    "Session",
    "Skipped",
    "Stage",
    "Starting",
    "Status",
    "Stopped",
    "Stopping",
    "Succeeded",
    "TrialState",
]

_EMPTY: Mapping[str, Never] = MappingProxyType({})


class TrialState(Struct, frozen=True, gc=False):
    """How far a trial has come in its search."""

    rungs: tuple[float | None, ...] = ()
    """Its values at the rungs at which it was judged, in order; None where no value was read."""
    goal: int = 0
    """The rung that it may run to; the number of rungs means its end."""
    resting: bool = False
    """Whether it was told to rest at a rung, and no attempt has begun since."""

    @property
    def parked(self) -> bool:
        """Whether it was judged at its goal and may not go on."""
        return self.goal < len(self.rungs)


class Stage(Struct, frozen=True, gc=False):
    """A stage of the session: its definition, its status, its attempts in order."""

    info: StageDefinition
    status: Status
    attempts: tuple[Attempt, ...] = ()
    changes: Mapping[str, str | int | float | bool | None] = _EMPTY
    waiting: str = ""
    decision: str = ""
    """The strategy's last decision for it, with its reason."""
    trial: TrialState | None = None
    """How far it has come, if it is a trial."""
    winners: tuple[str, ...] = ()
    """The trials that a decided search names, best first."""
    extensions: tuple[SweepExtension, ...] = ()  # what was added to a search while it ran

    @property
    def state(self) -> StageState:
        """The status as a StageState."""
        return self.status.state

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.info.name

    @property
    def attempt(self) -> Attempt | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def reason(self) -> str:
        """The reason for the stage's state as text; empty if there is none."""
        match self.status:
            case Succeeded(end) | Failed(end) | Stopped(end) | Lost(end) | Paused(end):
                return end.reason
            case Pending(reason) | Held(reason) | Skipped(reason):
                return self.waiting or reason
            case Frozen(reason=reason) | Pausing(reason=reason) | Stopping(reason=reason):
                return reason
            case _:
                return self.waiting

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Signs that its last end is not what it says; none while it runs or waits."""
        match self.status:
            case Succeeded(end) | Failed(end) | Stopped(end) | Paused(end):
                return end.doubts
            case _:
                return ()

    def elapsed(self, mono: float) -> float:
        """Seconds of running time of all its attempts."""
        return sum(attempt.elapsed(mono) for attempt in self.attempts)


class AlertRecord(Struct, frozen=True):
    """An alert as kept: `seq` is the number of its event, by which it is acknowledged."""

    seq: int
    time: str
    kind: str
    text: str
    stage: str | None = None
    acknowledged: str | None = None  # when a person acknowledged it; None: it stands
    by: str = ""


class Session(Struct, frozen=True):
    """A session as recorded in its journal."""

    id: str
    plan: str
    mode: str
    state: SessionState = SessionState.CREATED
    outcome: Outcome | None = None
    reason: str = ""
    description: str = ""
    plan_hash: str = ""
    plan_file: str | None = None
    project: str = ""
    scale: float | None = None
    budget_seconds: float | None = None
    metric_name: str | None = None
    metric_goal: str = "max"
    metric_chosen: bool = False
    """Whether the program chose the headline metric, because the plan names none."""
    jobs: int = 1
    strategy: str = "ladder"
    host: str = ""
    boot_id: str = ""
    created: str = ""
    started: str | None = None
    ended: str | None = None
    stages: tuple[Stage, ...] = ()
    """The stages of the plan, and those that a strategy added; a search counts as one."""
    trials: tuple[Stage, ...] = ()  # of all searches, in the order added
    used_seconds: float = 0.0
    ticking_since: float | None = None
    runner_pid: int | None = None
    runner_left: str = ""
    stop_intent: str | None = None
    seq: int = 0
    mono: float = 0.0
    git_commit: str | None = None
    git_dirty: bool | None = None
    versions: Mapping[str, str] = _EMPTY
    command_line: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    """The words of `run -- COMMAND`, secrets hidden; empty for a session of a plan."""
    title: str = ""  # the command's program and parameters in at most 80 characters; empty for a session of a plan
    place_in_project: str = ""
    source: ImportSource | None = None
    """What it was imported from; None for a session that ran here."""
    alerts: tuple[AlertRecord, ...] = ()
    places: Mapping[str, int] = _EMPTY
    """Each stage's index in `stages`, by name."""
    trial_places: Mapping[str, int] = _EMPTY
    """Each trial's index in `trials`, by name."""
    running: frozenset[str] = frozenset()  # names of the stages and trials whose processes may be alive

    def stage(self, name: str) -> Stage | None:
        """The stage or the trial of that name."""
        place = self.places.get(name)
        if place is not None:
            return self.stages[place]
        place = self.trial_places.get(name)
        return None if place is None else self.trials[place]

    @property
    def every_stage(self) -> tuple[Stage, ...]:
        """The stages, then the trials: all that can have attempts."""
        return self.stages + self.trials if self.trials else self.stages

    def trials_of(self, search: str) -> tuple[Stage, ...]:
        """The trials of a search, in the order added."""
        return tuple(trial for trial in self.trials if trial.info.sweep == search)

    @property
    def standing_alerts(self) -> tuple[AlertRecord, ...]:
        """The alerts that nobody has acknowledged, oldest first."""
        return tuple(alert for alert in self.alerts if alert.acknowledged is None)

    @property
    def active(self) -> tuple[Stage, ...]:
        """Stages and trials whose processes may be alive, in the plan's order."""
        trials = self.trial_places
        names = sorted(self.running, key=lambda name: (name in trials, trials.get(name, self.places.get(name, 0))))
        return tuple(stage for name in names if (stage := self.stage(name)) is not None)

    def elapsed(self, mono: float) -> float:
        """Seconds of the session's running time at `mono`: pauses, frozen time and waits left out."""
        return self.used_seconds + (max(0.0, mono - self.ticking_since) if self.ticking_since is not None else 0.0)
