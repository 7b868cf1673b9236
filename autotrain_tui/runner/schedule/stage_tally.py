"""What the planner asks of a session's stages, kept up to date by the stages that have changed.

A session of thousands of short stages decides after each of them: a look at all stages every time would grow with
their number.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator
from itertools import compress
from operator import is_not, itemgetter
from types import MappingProxyType

from autotrain_tui.plan.estimate import Observation
from autotrain_tui.plan.strategy import Ended, History
from autotrain_tui.runner.schedule.resting_trials import goes_on_from_rung
from autotrain_tui.session.history.observations import seen_stages
from autotrain_tui.session.journal.state import (
    Failed,
    Held,
    Lost,
    Paused,
    Pending,
    Session,
    Skipped,
    Stage,
    Stopped,
    Succeeded,
)
from autotrain_tui.session.journal.transitions import ACTIVE

__all__ = ["StageTally"]

_MOST_SEEN = 60
"""Estimates use no more observations of one session."""

_order = itemgetter(0, 1)

_End = tuple[str, int, Ended]
"""When the stage ended, its index, and what the strategy is told."""


class StageTally:
    """The stages of one session by what may happen to them; `update` first."""

    def __init__(self, ended: Callable[[Session, Stage], Ended]) -> None:
        """`ended`: how a strategy sees a stage that has ended; asked once for each end."""
        self._as_ended = ended
        self._metric: tuple[str | None, str] = None, ""
        self._clear()

    def _clear(self) -> None:
        self._stages: tuple[Stage, ...] = ()
        self.active: set[str] = set()
        self.aside: set[str] = set()
        """Held, or paused other than at a rung: a person is waited for."""
        self._due: dict[str, int] = {}
        self._open: set[str] = set()
        self._held: set[str] = set()
        self._ends: list[_End] = []
        self._ended: tuple[Ended, ...] | None = None
        """The last parts of `_ends`, made when they are asked for."""
        self._latest: dict[str, Ended] = {}
        self._seen: dict[str, tuple[Observation, ...]] = {}

    def update(self, session: Session, stages: tuple[Stage, ...]) -> bool:
        """Take its stages, or its trials, as they are now; whether one has changed."""
        new, metric = stages, (session.metric_name, session.metric_goal)
        if metric != self._metric or len(new) < len(self._stages):
            self._clear()
            self._metric = metric
        old = self._stages
        if new is old:
            return False
        changed = [*compress(range(len(old)), map(is_not, old, new)), *range(len(old), len(new))]
        for place in changed:
            self._take(session, new[place], place, known=place < len(old))
        self._stages = new
        return bool(changed)

    def begun(self) -> Iterator[Stage]:
        """Pending stages that had an attempt, and trials that wait to start or to go on, in the session's order."""
        for place in sorted(self._due.values()):
            yield self._stages[place]

    def history(self) -> History:
        """The session as a strategy sees it."""
        if self._ended is None:
            self._ended = tuple(end for _, _, end in self._ends)
        return History(self._ended, frozenset(self._open), frozenset(self._held), MappingProxyType(self._latest))

    def seen(self) -> list[Observation]:
        """The latest stages that succeeded, as observations for estimates, in the order of their ends."""
        found: list[Observation] = []
        for _, _, end in reversed(self._ends):
            found += self._seen[end.stage]
            if len(found) >= _MOST_SEEN:
                break
        return found[::-1]

    def _take(self, session: Session, stage: Stage, place: int, *, known: bool) -> None:
        name, status = stage.name, stage.status
        if known:
            self._forget(name)
        if stage.state in ACTIVE and stage.attempts:
            self.active.add(name)
        if goes_on_from_rung(stage):
            self._due[name] = place
        match status:
            case Succeeded(end) | Failed(end) | Stopped(end) | Lost(end):
                self._add_end(end.time, session, stage)
            case Skipped(_, end):
                self._add_end(end.time if end is not None else "", session, stage)
            case Held():
                self._held.add(name)
                self.aside.add(name)
            case Pending():
                if stage.attempts or stage.trial is not None:  # a trial is decided on when it is added
                    self._due[name] = place
                    self._open.add(name)
            case _:
                self._open.add(name)
                if isinstance(status, Paused) and not (stage.trial is not None and stage.trial.resting):
                    self.aside.add(name)

    def _forget(self, name: str) -> None:
        for names in (self.active, self.aside, self._open, self._held):
            names.discard(name)
        self._due.pop(name, None)
        if self._latest.pop(name, None) is not None:
            self._ends, self._ended = [end for end in self._ends if end[2].stage != name], None

    def _add_end(self, time: str, session: Session, stage: Stage) -> None:
        ended = self._as_ended(session, stage)
        self._seen[stage.name] = tuple(seen_stages(session, stage))
        insort(self._ends, (time, stage.info.index, ended), key=_order)
        self._latest[stage.name], self._ended = ended, None
