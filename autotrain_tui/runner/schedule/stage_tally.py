"""What the planner asks of a session's stages, kept up to date by the stages that have changed.

A session of thousands of short stages decides after each of them: a look at all stages every time would grow with
their number.
"""

from __future__ import annotations

from array import array
from bisect import bisect
from collections.abc import Callable, Iterator
from types import MappingProxyType

from autotrain_tui.plan.estimate import Observation
from autotrain_tui.plan.strategy import NOT_DONE, Ended, History
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
from autotrain_tui.session.journal.transitions import ACTIVE, StageState
from autotrain_tui.session.records.clock import from_iso

__all__ = ["StageTally"]

_MOST_SEEN = 60
"""Estimates use no more observations of one session."""


class StageTally:
    """The stages of one session by what may happen to them; `update` first."""

    def __init__(self, ended: Callable[[Session, Stage], Ended]) -> None:
        """`ended`: how a strategy sees a stage that has ended; asked once for each end."""
        self._as_ended = ended
        self._metric: tuple[str | None, str] = None, ""
        self._session: Session | None = None
        """The one that was taken last."""
        self._clear()

    def _clear(self) -> None:
        self._stages: tuple[Stage, ...] = ()
        self.active: set[str] = set()
        self.aside: set[str] = set()
        """Held, or paused other than at a rung: a person is waited for."""
        self._due: dict[str, int] = {}
        self._open: set[str] = set()
        self._held: set[str] = set()
        self._in_order: list[Ended] = []
        self._times = array("d")
        """When each of them ended, Unix seconds; 0 if that is not known."""
        self._indexes = array("q")
        """Its stage's index: stages that ended in the same millisecond are in the plan's order."""
        self._ended: tuple[Ended, ...] | None = None
        """The same as `_in_order`, made when it is asked for."""
        self._latest: dict[str, Ended] = {}
        self._not_done: dict[str, Ended] = {}
        self._first_open = 0
        """All stages before this place have ended, when the history was last asked for."""
        self._seen: dict[str, tuple[Stage, tuple[Observation, ...]]] = {}
        """Of the stages that `seen` looked at last, and what each was made of: not of thousands."""

    def update(self, session: Session, stages: tuple[Stage, ...]) -> bool:
        """Take its stages, or its trials, as they are now; whether one has changed."""
        self._session, new, metric = session, stages, (session.metric_name, session.metric_goal)
        if metric != self._metric or len(new) < len(self._stages):
            self._clear()
            self._metric = metric
        old = self._stages
        if new is old:
            return False
        changed = False
        for place in _differences(old, new):
            self._take(session, new[place], place, known=place < len(old))
            changed = True
        self._stages = new
        return changed

    def begun(self) -> Iterator[Stage]:
        """Pending stages that had an attempt, and trials that wait to start or to go on, in the session's order."""
        for place in sorted(self._due.values()):
            yield self._stages[place]

    def history(self) -> History:
        """The session as a strategy sees it."""
        if self._ended is None:
            self._ended = tuple(self._in_order)
        latest, not_done = MappingProxyType(self._latest), MappingProxyType(self._not_done)
        while self._first_open < len(self._stages) and self._stages[self._first_open].name in latest:
            self._first_open += 1
        return History(
            self._ended,
            frozenset(self._open),
            frozenset(self._held),
            latest,
            not_done=not_done,
            first_open=self._first_open,
        )

    def seen(self) -> list[Observation]:
        """The latest stages that succeeded, as observations for estimates, in the order of their ends."""
        before, self._seen = self._seen, {}
        found: list[Observation] = []
        for ended in reversed(self._in_order):
            session = self._session
            stage = session.stage(ended.stage) if session is not None else None
            if session is None or stage is None or stage.state is not StageState.SUCCEEDED:
                continue
            made_of, seen = before.get(ended.stage, (None, ()))
            if made_of is not stage:
                seen = tuple(seen_stages(session, stage))
            self._seen[ended.stage] = stage, seen
            found += seen
            if len(found) >= _MOST_SEEN:
                break
        return found[::-1]

    def _take(self, session: Session, stage: Stage, place: int, *, known: bool) -> None:
        name, status = stage.name, stage.status
        if known:
            self._forget(name)
            self._first_open = min(self._first_open, place)
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
            place = next(place for place, ended in enumerate(self._in_order) if ended.stage == name)
            del self._times[place], self._indexes[place], self._in_order[place]
            self._not_done.pop(name, None)
            self._ended = None

    def _add_end(self, time: str, session: Session, stage: Stage) -> None:
        ended = self._as_ended(session, stage)
        when, index = from_iso(time) or 0.0, stage.info.index
        place = bisect(self._times, when)
        while place and self._times[place - 1] == when and self._indexes[place - 1] > index:
            place -= 1
        self._times.insert(place, when)
        self._indexes.insert(place, index)
        self._in_order.insert(place, ended)
        self._latest[stage.name], self._ended = ended, None
        if ended.outcome in NOT_DONE:
            self._not_done[stage.name] = ended


def _differences(old: tuple[Stage, ...], new: tuple[Stage, ...]) -> Iterator[int]:
    """The places at which two sessions' stages differ, in order; whole halves are compared at once."""
    spans = [(0, len(old))]
    while spans:
        begin, end = spans.pop()
        if old[begin:end] == new[begin:end]:  # the same objects, for nearly all: no field is looked at
            continue
        if end - begin == 1:
            yield begin
            continue
        middle = (begin + end) // 2
        spans += [(middle, end), (begin, middle)]
    yield from range(len(old), len(new))
