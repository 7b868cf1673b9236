"""Events of a session as a whole, and what every event carries. `events.py` has all of them.

Annotations are no texts here, nor in the other modules whose records a plain command reads: msgspec compiles each text
when it first decodes the record, and these were a seventh of the time of `ls`.
"""

from typing import Literal

import msgspec

__all__ = [
    "VERSION",
    "Alert",
    "AlertAcknowledged",
    "BudgetChanged",
    "CommandTaken",
    "Decision",
    "Event",
    "ImportSource",
    "JournalRepaired",
    "MetricChosen",
    "Params",
    "RunnerStarted",
    "RunnerStopped",
    "SearchDefinition",
    "SessionCreated",
    "SessionFinished",
    "SessionStopping",
    "StageAdded",
    "StageDefinition",
]

VERSION = 1
"""Version of the journal's format; a reader refuses a newer one."""

Params = dict[str, str | int | float | bool | None]
"""The parameters of a stage, as its command line received them."""


class SearchDefinition(msgspec.Struct, frozen=True):
    """What the session knows of a search: how many trials are drawn, and the rungs at which they are judged."""

    method: str
    trials: int
    keep: int = 1
    rungs: list[float] = []
    """Shares of the stage's epochs or steps, ascending, without the end."""


class SweepExtension(msgspec.Struct, frozen=True):
    """What a person added to a search at one time: more draws, or one trial with values of its own."""

    trials: int = 0
    params: dict[str, str | int | float | bool] = {}


class StageDefinition(msgspec.Struct, frozen=True):
    """What the session knows of a stage before it runs."""

    name: str
    index: int
    description: str = ""
    params: Params = {}
    needs: list[str] = []
    estimate_seconds: float | None = None
    estimate_source: str = "none"
    estimate_spread: float | None = None
    resumable: bool = False
    checkpoint: bool = False
    epochs: int | None = None
    search: SearchDefinition | None = None
    """What a search is; None for every other stage."""
    sweep: str = ""
    """The search that it is a trial of; empty for a stage of the plan."""
    trial: int = 0
    """A trial's number, from 1."""
    swept: Params = {}
    """A trial's drawn values, by the dotted names of the plan's keys."""
    inherits: list[str] = []
    """The swept names that it takes from the winner of an earlier search, because the plan's stage has none."""


class ImportSource(msgspec.Struct, frozen=True):
    """What a session without a runner of its own was made of. `kind`: tensorboard, csv, wandb or log."""

    kind: str
    path: str
    watched: bool = False
    """Whether it was watched while something else ran it, rather than imported."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event carries; `seq` counts from 1 without a gap, `mono` is the writer's monotonic clock."""

    seq: int = 0
    time: str = ""
    mono: float = 0.0


class SessionCreated(Event, frozen=True, kw_only=True, tag="session_created"):
    """The first event: what will be run, by which versions, on which host."""

    version: int = VERSION
    id: str = ""
    plan: str
    description: str = ""
    plan_hash: str = ""
    plan_file: str | None = None
    mode: str = "development"
    scale: float | None = None
    budget_seconds: float | None = None
    metric_name: str | None = None
    metric_goal: Literal["max", "min"] = "max"
    jobs: int = 1
    strategy: str = "ladder"
    stages: list[StageDefinition] = []
    project: str = ""
    place_in_project: str = ""
    """The session's folder relative to the project, where it lies in it: a project may be moved."""
    host: str = ""
    boot_id: str = ""
    git_commit: str | None = None
    git_dirty: bool | None = None
    versions: dict[str, str] = {}
    command_line: list[str] = []
    command: list[str] = []
    """The words of `run -- COMMAND`; empty for a session of a plan."""
    source: ImportSource | None = None
    """Where its numbers come from if another program trained; such a session never has a runner."""


class RunnerStarted(Event, frozen=True, kw_only=True, tag="runner_started"):
    """A runner took over the session: the first one, or a later one after a crash or a stop."""

    pid: int
    start_time: int | None = None
    boot_id: str = ""
    host: str = ""
    version: str = ""
    reason: str = ""
    project: str = ""
    """Where the project is now; empty: where it was."""


class RunnerStopped(Event, frozen=True, kw_only=True, tag="runner_stopped"):
    """The runner exited, but its stages are still running."""

    reason: str


class SessionStopping(Event, frozen=True, kw_only=True, tag="session_stopping"):
    """The session is being stopped before its plan is complete."""

    intent: Literal["stop", "kill"] = "stop"
    reason: str = ""
    by: str = ""


class SessionFinished(Event, frozen=True, kw_only=True, tag="session_finished"):
    """The last event of a run."""

    outcome: Literal["succeeded", "failed", "stopped", "budget"] | None
    """None for what was imported: its end is not known."""
    reason: str = ""
    elapsed_seconds: float | None = None


class BudgetChanged(Event, frozen=True, kw_only=True, tag="budget_changed"):
    """The session's time limit changed; None means no limit."""

    budget_seconds: float | None
    reason: str = ""
    by: str = ""


class MetricChosen(Event, frozen=True, kw_only=True, tag="metric_chosen"):
    """The headline metric from now on; `chosen` = by the program, which a person's choice and the plan's win over."""

    name: str
    goal: Literal["max", "min"]
    chosen: bool = False
    reason: str = ""
    by: str = ""


class CommandTaken(Event, frozen=True, kw_only=True, tag="command"):
    """A person's command and its outcome; the sender waits for this event by `id`."""

    id: str
    verb: str
    stage: str | None = None
    accepted: bool = True
    reason: str = ""
    by: str = ""
    args: dict[str, str | int | float | bool | None] = {}


class StageAdded(Event, frozen=True, kw_only=True, tag="stage_added"):
    """A strategy added a stage to the session."""

    info: StageDefinition
    reason: str = ""


class Decision(Event, frozen=True, kw_only=True, tag="decision"):
    """A decision of the strategy, with its reason."""

    strategy: str
    stage: str | None
    reason: str
    changes: Params = {}

    @property
    def summary(self) -> str:
        """The decision in one line; empty if it only follows the plan."""
        return "" if self.reason == "next in the plan" else f"{self.strategy}: {self.reason}"


class Alert(Event, frozen=True, kw_only=True, tag="alert"):
    """Something that a person should know; an alert stops nothing by itself."""

    kind: str
    text: str
    stage: str | None = None
    lines: list[str] = []


class AlertAcknowledged(Event, frozen=True, kw_only=True, tag="alert_acknowledged"):
    """A person has seen these alerts; `alerts` are the numbers (`seq`) of their events."""

    alerts: list[int]
    reason: str = ""
    by: str = ""


class JournalRepaired(Event, frozen=True, kw_only=True, tag="journal_repaired"):
    """The last writer was interrupted within a line; the incomplete bytes were removed."""

    dropped_bytes: int
