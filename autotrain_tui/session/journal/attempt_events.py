"""Events of an attempt: it starts, runs, is adopted, ends; and what happens to its log. `events.py` has all events."""

# ruff: noqa: RUF012  msgspec gives each record a new copy of an empty list or dict; ruff sees a base from elsewhere

from typing import Literal, TypeAlias

import msgspec

from autotrain_tui.session.journal.event_base import Event, Params
from autotrain_tui.session.records.heartbeat import ProgressFigures
from autotrain_tui.session.records.swept import Swept
from autotrain_tui.session.records.usage import Usage

__all__ = [
    "AttemptAdopted",
    "AttemptCorrected",
    "AttemptEnded",
    "AttemptImported",
    "AttemptRunning",
    "AttemptStarting",
    "Doubt",
    "LogDropped",
    "LogShrunk",
    "PassedBest",
    "Place",
]


Place: TypeAlias = tuple[int | None, float | None]
"""Step and epoch as the program counts them; null if it did not say."""


class Doubt(msgspec.Struct, frozen=True):
    """A sign that an end is not what it says.

    `kind`: `traceback` (exit 0 with a traceback at the log's end), `left` (processes were ended while they still
    trained), `unfinished` (far from its total), `checkpoint` (a pause or stop without one).
    """

    kind: str
    text: str


class PassedBest(msgspec.Struct, frozen=True):
    """A metric on held-out data that has passed its best while training went on; `text` says it in a sentence.

    `checkpoint` is the file that was written nearest to the best value; empty if there is none that can be told to be.
    """

    metric: str
    train_metric: str
    best: float
    last: float
    text: str
    best_step: int | None = None
    best_epoch: float | None = None
    checkpoint: str = ""


class AttemptStarting(Event, frozen=True, kw_only=True, tag="attempt_starting"):
    """The attempt's folder exists and its shim is about to be started."""

    stage: str
    attempt: int
    folder: str
    command: list[str] = []
    params: Params = {}
    resume: bool = False
    estimate_seconds: float | None = None
    estimate_source: str = ""
    timeout_seconds: float | None = None
    gpus: list[int] = []
    engine: str = ""
    """What starts its ranks; empty if it is one process."""
    ranks: int = 0
    launcher: str = "local"
    """Where it is placed; a batch system's queue costs no running time."""
    output: str = ""
    """The log of a watched run, outside of the session; empty: the attempt's own."""


class AttemptRunning(Event, frozen=True, kw_only=True, tag="attempt_running"):
    """The command runs, as process `pid` (0 if a watched run's process is not known)."""

    stage: str
    attempt: int
    pid: int
    start_time: int | None = None
    place: str = ""
    """The nodes of a batch job; empty on this machine."""
    job: str = ""
    """Its number in the batch system."""


class AttemptAdopted(Event, frozen=True, kw_only=True, tag="attempt_adopted"):
    """A new runner found the attempt alive and supervises it from now on."""

    stage: str
    attempt: int
    pid: int | None = None


class AttemptEnded(Event, frozen=True, kw_only=True, tag="attempt_ended"):
    """The attempt ended; `state` is the resulting state of the stage. Without an exit record the state is lost."""

    stage: str
    attempt: int
    state: Literal["succeeded", "failed", "paused", "stopped", "skipped", "lost"]
    exit_code: int | None = None
    signal: int | None = None
    sent_by: str | None = None
    reason: str = ""
    failure: str | None = None
    elapsed_seconds: float | None = None
    ended_mono: float | None = None
    cpu_seconds: float | None = None
    max_rss_bytes: int | None = None
    swept: list[Swept] = []
    lines: list[str] = []
    metrics: dict[str, float] = {}
    best: float | None = None
    best_step: int | None = None
    best_epoch: float | None = None
    ranges: dict[str, tuple[float, float]] = {}
    """Least and greatest value of the headline and of other quality metrics."""
    places: dict[str, tuple[Place, Place]] = {}
    """Where these were first reached, as far as the program said."""
    result: bool = False
    progress: ProgressFigures | None = None
    doubts: list[Doubt] = []
    failed_rank: int | None = None
    """The rank of a distributed attempt that failed first, if that is known."""
    usage: Usage | None = None
    """What it took of the machine; null if nothing is known."""
    past_best: PassedBest | None = None
    """What its curves say at the end; null if nothing."""


class AttemptCorrected(AttemptEnded, frozen=True, kw_only=True, tag="attempt_corrected"):
    """The end of an attempt that was journaled as lost, from a whole exit record that was found later."""


class LogShrunk(Event, frozen=True, kw_only=True, tag="log_shrunk"):
    """A stage's log was truncated, replaced or removed by another program."""

    stage: str
    attempt: int
    lost_bytes: int
    text: str = ""


class LogDropped(Event, frozen=True, kw_only=True, tag="log_dropped"):
    """The head of a log was dropped because of `log_limit_mb`; offsets stay valid, and the log begins at `begins_at`.

    `before` is where it began at the previous event. The file may be ahead: such events are written once a minute.
    """

    stage: str
    attempt: int
    begins_at: int
    limit_mb: float
    before: int = 0


class AttemptImported(Event, frozen=True, kw_only=True, tag="attempt_imported"):
    """The numbers of a run that another program started; `folder` has its readings.

    `started` and `elapsed_seconds` are those of its first and last point, as far as the files tell.
    """

    stage: str
    attempt: int
    folder: str
    started: str = ""
    elapsed_seconds: float = 0.0
    metrics: dict[str, float] = {}
    ranges: dict[str, tuple[float, float]] = {}
    """Least and greatest value of each metric."""
    places: dict[str, tuple[Place, Place]] = {}
    """Where these were first reached, as far as the files say."""
    progress: ProgressFigures | None = None
