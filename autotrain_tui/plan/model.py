"""The records a plan is made of: frozen, typed, every stage complete in itself.

Loading merges the plan-wide keys into each stage, so that nobody above has to know where a value stood in the file.
Units stand in the names; a value nobody gave is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from autotrain_tui.plan.names import NOTIFY_KINDS, STANDARD_MODES

__all__ = [
    "DEFAULT_MAX_HOURS",
    "Command",
    "Distributed",
    "Extension",
    "Gate",
    "Metric",
    "MetricPattern",
    "NotifySettings",
    "Plan",
    "PlanMode",
    "PlanStage",
    "RetryRule",
    "Scalar",
    "StopSettings",
    "SweepSettings",
    "SweptParam",
]

Scalar: TypeAlias = str | int | float | bool
"""What a parameter or a setting of a strategy may be; numbers are finite."""

Command: TypeAlias = tuple[str | tuple[str, ...], ...]
"""Words with placeholders; an inner tuple is left out when one of its placeholders has no value."""

DEFAULT_MAX_HOURS = 8.0


@dataclass(frozen=True, slots=True)
class Metric:
    """The headline metric: the series' name and whether more or less of it is better."""

    name: str
    goal: Literal["max", "min"]


@dataclass(frozen=True, slots=True)
class Gate:
    """A stage counts as failed when the final value of `metric` is below `min` or above `max`."""

    metric: str
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class MetricPattern:
    """A metric read by a regular expression of the plan; its group `value` is the number, `step`, `epoch` optional."""

    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class StopSettings:
    """How a stage is asked to end: the signal ("TERM", without SIG) and the seconds until SIGKILL follows."""

    signal: str = "TERM"
    grace_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Distributed:
    """How many processes (ranks) a stage is, and what starts them."""

    engine: Literal["torchrun", "srun", "mpirun", "none"]
    """`none`: the program starts its own."""
    nproc_per_node: int | Literal["gpu"]
    """Ranks on each node; `gpu`: as many as the GPUs that the stage leases."""
    nnodes: int = 1
    max_restarts: int = 0
    """How often torchrun starts all ranks again after one has failed."""
    metrics_from: str = "0"
    """Whose output metrics are read from: a rank's number, or `all`."""


@dataclass(frozen=True, slots=True)
class RetryRule:
    """What follows a failure of one class; `change` maps a parameter to a new value or to a factor such as "x0.5"."""

    count: int = 1
    delay_seconds: float = 0.0
    action: Literal["retry", "retry_from_scratch", "skip", "stop", "pause"] = "retry"
    change: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Who is sent a message, and about what. `to` has names of environment variables: their values are secrets."""

    to: tuple[str, ...] = ()
    on: tuple[str, ...] = NOTIFY_KINDS
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptParam:
    """What one swept key is drawn from: `values`, or the range `min` to `max`. `name` is dotted: `lr`, `env.SEED`."""

    name: str
    values: tuple[Scalar, ...] = ()
    min: float | None = None
    max: float | None = None
    step: float | None = None
    log: bool = False
    integer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """The search of a stage. `trials` None: the whole grid. `eta`, `first_rung`, `judge` matter to `halving` only."""

    method: Literal["grid", "random", "halving", "tpe"]
    params: tuple[SweptParam, ...]
    trials: int | None = None
    seed: int = 0
    eta: int = 3
    first_rung: float = 0.1
    """The share of a trial's epochs (or steps) at which it is first judged."""
    keep: int = 1
    judge: Literal["best", "last"] = "best"
    share_gpu: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """What a person added to a search that runs: `trials` more draws, or one trial with the values `params`."""

    trials: int = 0
    params: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanMode:
    """Values that override the plan's when the mode is chosen: key of a stage or of the plan to its typed value."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStage:
    """One step of a plan, with the plan-wide values merged in. `index` counts from 1 in the order of the file."""

    name: str
    index: int
    description: str = ""
    command: Command = ()
    dataset_limit: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    scale: float | None = None
    params: Mapping[str, Scalar] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    env_from: tuple[str, ...] = ()
    cwd: str | None = None
    python: str | None = None
    needs: tuple[str, ...] = ()
    estimate_minutes: float | None = None
    timeout_minutes: float | None = None
    timeout_multiplier: float = 2.0
    stop: StopSettings = StopSettings()
    checkpoint_signal: str | None = None
    linger_seconds: float = 2.0
    resumable: bool = False
    pty: bool = False
    gpus: int | None = None
    gpu_memory_gib: float | None = None
    """Memory that it takes on each of its GPUs, as declared, in GiB."""
    launcher: str = "local"
    distributed: Distributed | None = None
    slurm: Mapping[str, object] = field(default_factory=dict)
    """The keys that the plan has of the table `slurm`, typed; `slurm_settings.settings_of` has all."""
    ray: Mapping[str, object] = field(default_factory=dict)
    """The keys that the plan has of the table `ray`, typed; `ray_settings.ray_settings` has all."""
    retries: Mapping[str, RetryRule] = field(default_factory=dict)
    gate: Gate | None = None
    sweep: SweepSettings | None = None
    metrics: tuple[MetricPattern, ...] = ()
    metric_files: tuple[str, ...] = ()
    """Patterns of the files that the program writes metrics into, relative to its working directory."""
    log_limit_mb: float | None = None
    strict: bool = False
    """Whether a success that shows signs of being none is a failure."""

    @property
    def ranks(self) -> int:
        """How many ranks it has on all nodes; 0 if it is one process."""
        settings = self.distributed
        if settings is None:
            return 0
        each = (self.gpus or 1) if settings.nproc_per_node == "gpu" else settings.nproc_per_node
        return each * settings.nnodes

    @property
    def gpu_memory_bytes(self) -> int | None:
        """The memory that it declares to take on each of its GPUs."""
        return None if self.gpu_memory_gib is None else int(self.gpu_memory_gib * 2**30)

    @property
    def timeout_seconds(self) -> float | None:
        """The limit a person gave: `timeout_minutes`, else `estimate_minutes` x `timeout_multiplier`, else none."""
        if self.timeout_minutes is not None:
            return self.timeout_minutes * 60
        if self.estimate_minutes is not None:
            return self.estimate_minutes * self.timeout_multiplier * 60
        return None

    @property
    def parameters(self) -> dict[str, Scalar]:
        """Everything that has a value of dataset_limit, epochs, batch_size and scale, then `params`."""
        numbers: dict[str, int | float | None] = {
            "dataset_limit": self.dataset_limit,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "scale": self.scale,
        }
        return {**{name: value for name, value in numbers.items() if value is not None}, **self.params}


@dataclass(frozen=True, kw_only=True)  # no slots: what is derived from the stages is kept
class Plan:
    """A plan as loaded or, after `resolve`, as a session runs it. Two plans are equal whatever file they came from."""

    name: str
    stages: tuple[PlanStage, ...]
    description: str = ""
    default: bool = False
    path: Path | None = field(default=None, compare=False)
    metric: Metric | None = None
    max_hours: float | None = DEFAULT_MAX_HOURS
    """The budget in hours; None means that time is not limited."""
    jobs: int = 1
    hold_after_failures: int = 3
    """Failures in a row within a minute of their starts after which what waits is held; 0: never."""
    strategy: str = "ladder"
    strategy_tables: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    after_last: Literal["stop", "repeat"] = "stop"
    mode: str = STANDARD_MODES[0]
    scale: float | None = None
    on_alert: tuple[str, ...] = ()
    """The words of a command that is told of alerts; empty when there is none."""
    notify: NotifySettings | None = None
    track: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    """Where the session's numbers are sent: each tracker with its settings."""
    modes: Mapping[str, PlanMode] = field(default_factory=dict)

    @property
    def budget_seconds(self) -> float | None:
        """The budget in seconds, or None when time is not limited."""
        return None if self.max_hours is None else self.max_hours * 3600

    @property
    def strategy_settings(self) -> Mapping[str, Scalar]:
        """The table named after the chosen strategy; empty where the plan has none."""
        return self.strategy_tables.get(self.strategy, {})

    @property
    def mode_names(self) -> tuple[str, ...]:
        """The four standard modes, then those that only this plan has."""
        return (*STANDARD_MODES, *(name for name in self.modes if name not in STANDARD_MODES))

    def stage(self, name: str) -> PlanStage:
        """The stage of that name; KeyError when there is none."""
        return self.by_name[name]

    @cached_property
    def by_name(self) -> Mapping[str, PlanStage]:
        """The stages, each under its name."""
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def parameter_names(self) -> frozenset[str]:
        """The names of the stages' own parameters (`params`), of all stages together."""
        return frozenset(name for stage in self.stages for name in stage.params)

    @cached_property
    def has_search(self) -> bool:
        """Whether a stage searches for the best values of its parameters."""
        return any(stage.sweep is not None for stage in self.stages)
