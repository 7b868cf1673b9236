"""The protocol of strategies: from the ended stages and the remaining time to the next stage, with the reason.

A strategy is pure: no clock, no file, no memory of its own. The same plan, history and budget give the same decision,
so that a journal can be replayed. The runner asks whenever a stage could start, carries out the decision and journals
it with its reason.

Other packages offer strategies by an entry point in the group `autotrain_tui.strategies`; its name is what a plan
writes as `strategy`, its object a callable `(plan, settings) -> Strategy` that raises ValueError, in words for a
person, for settings or plans that it does not support.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import Extension, PlanStage, Scalar

__all__ = [
    "NOT_DONE",
    "Budget",
    "Decision",
    "End",
    "EndSearch",
    "Ended",
    "History",
    "JudgeTrial",
    "PromoteTrial",
    "Run",
    "RunTrial",
    "Strategy",
    "SweepDecision",
    "TrialSeen",
    "TrialStanding",
    "Wait",
    "about",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A stage that ended, in its last form: retries within it are the failure policy's business, not a strategy's.

    `values` are the parameters it ran with; `series` the headline metric in the order read, over all its attempts;
    `below_gate` that it failed for nothing but its gate. `seconds` is running time, pauses left out.
    """

    stage: str
    outcome: Literal["succeeded", "failed", "skipped", "stopped", "lost"]
    seconds: float = 0.0
    values: Mapping[str, Scalar] = field(default_factory=dict)
    series: tuple[float, ...] = ()
    last: float | None = None
    best: float | None = None
    below_gate: bool = False


NOT_DONE = ("failed", "stopped", "lost")
"""Outcomes after which nothing else of a plan is started."""

TrialStanding: TypeAlias = Literal["waiting", "running", "resting", "paused", "done", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSeen:
    """A trial of a search as it stands.

    `state`: it waits to start or to go on, runs, rests at a rung, is paused by a person, ran to its end, or is out
    (failed, skipped, lost). `rungs` are its values at the rungs at which it was judged, `goal` the rung that it may run
    to. `reached`: it has come to its goal, with the value `value` (None if it has none), and is to be judged there.
    """

    name: str
    search: str
    number: int
    state: TrialStanding
    swept: Mapping[str, Scalar] = field(default_factory=dict)
    rungs: tuple[float | None, ...] = ()
    goal: int = 0
    reached: bool = False
    value: float | None = None
    final: float | None = None
    """Its value at its end, if it ran to it."""
    reason: str = ""
    """Why it is out."""
    seconds: float = 0.0
    """Running time of the attempts that have ended since it last began from scratch."""
    share: float | None = None
    """The share of a whole training that it came to in them; None if unknown."""


@dataclass(frozen=True, slots=True)
class History:
    """What happened: the ended stages in the order they ended (one that a person reopened is left out again).

    `open` names stages that were started and have not ended (running, paused, frozen, waiting for a retry), `held`
    those that a person keeps from starting.
    """

    ended: tuple[Ended, ...] = ()
    open: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    by_name: Mapping[str, Ended] | None = field(default=None, compare=False, repr=False)
    """`latest`, if whoever made the history has it."""
    trials: tuple[TrialSeen, ...] = ()
    """The trials of searches; they are in none of the others, which only name the search."""
    extensions: Mapping[str, tuple[Extension, ...]] = field(default_factory=dict)
    """What a person added to searches, by the search's name."""
    not_done: Mapping[str, Ended] | None = field(default=None, compare=False, repr=False)
    """The part of `latest` that `failure` looks at, if whoever made the history has it."""
    first_open: int = field(default=0, compare=False, repr=False)
    """All stages before this place of the plan have ended: nobody needs to look at them, there may be thousands."""

    @property
    def latest(self) -> Mapping[str, Ended]:
        """The last end of each stage, by name."""
        return {ended.stage: ended for ended in self.ended} if self.by_name is None else self.by_name

    @property
    def failure(self) -> Ended | None:
        """The first stage whose last end is a failure, a stop or a loss; None if there is none."""
        ends = self.latest if self.not_done is None else self.not_done
        return next((ended for ended in ends.values() if ended.outcome in NOT_DONE), None)


@dataclass(frozen=True, slots=True)
class Budget:
    """The time that is left, in seconds (None: not limited), and what a stage is expected to need of it."""

    seconds_left: float | None
    estimate: Callable[[PlanStage], Estimate]

    def fits(self, stage: PlanStage) -> bool:
        """Whether a stage may start: its estimate is within what is left; without one, while time is left."""
        if self.seconds_left is None:
            return True
        seconds = self.estimate(stage).seconds
        return self.seconds_left > 0 and (seconds is None or seconds <= self.seconds_left)


@dataclass(frozen=True, slots=True)
class Run:
    """Start this stage now: one of the plan's, perhaps with changed values, or a new one with a name of its own."""

    stage: PlanStage
    reason: str


@dataclass(frozen=True, slots=True)
class RunTrial:
    """Start a trial that has not begun: the search's stage with the trial's values."""

    stage: PlanStage
    reason: str
    search: str
    number: int
    swept: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class JudgeTrial:
    """The trial has reached its goal, a rung, with this value: it goes on (`promoted`) or rests."""

    trial: str
    rung: int
    value: float | None
    promoted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PromoteTrial:
    """The trial that rests at this rung goes on to the next one."""

    trial: str
    rung: int
    reason: str


@dataclass(frozen=True, slots=True)
class EndSearch:
    """The search is decided; `winners` are names of trials, best first."""

    search: str
    outcome: Literal["succeeded", "failed"]
    winners: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can start before something that is open or held changes."""

    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more is started: everything that should be is done, the budget is used up, or a stage failed."""

    outcome: Literal["finished", "budget", "failed"]
    reason: str


Decision: TypeAlias = Run | Wait | End

SweepDecision: TypeAlias = RunTrial | JudgeTrial | PromoteTrial | EndSearch
"""What is decided about a search, beside what the plan's strategy decides about stages."""


class Strategy(Protocol):
    """The rule that yields the next stage from what happened so far."""

    def next(self, history: History, budget: Budget) -> Decision:
        """What to do now. Must come to an `End` after finitely many stages, whatever they bring."""
        ...


def about(seconds: float | None) -> str:
    """A duration for a reason: ~40 s, ~12 min, ~3 h 20 min."""
    if seconds is None:
        return "an unknown time"
    if seconds < 90:
        return f"~{max(0.0, seconds):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"~{minutes} min"
    return f"~{minutes // 60} h {minutes % 60:02d} min"
