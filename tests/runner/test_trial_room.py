"""Memory beside running trials: what a trial is expected to take, and when it waits."""

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace

import pytest

from autotrain_tui.plan.model import PlanStage, SweepSettings, SweptParam
from autotrain_tui.runner.schedule import trial_room
from autotrain_tui.runner.schedule.trial_room import gpu_memory_of, gpu_sharers, room_for
from autotrain_tui.session.journal.event_base import StageDefinition
from autotrain_tui.session.journal.state import Attempt, AttemptEnd, Pending, Running, Session, Stage, TrialState
from autotrain_tui.session.journal.transitions import ACTIVE, StageState
from autotrain_tui.session.records.usage import Usage

GIB = 2**30


def attempt(number: int, usage: Usage | None, began: float) -> Attempt:
    """One that has ended after ten seconds with this usage, or runs if there is none."""
    end = AttemptEnd(0, None, None, "", None, "", 10.0, usage=usage) if usage is not None else None
    state = StageState.SUCCEEDED if end is not None else StageState.RUNNING
    return Attempt(number, "", (), {}, False, "", began, state, end=end, run_seconds=10.0)


def trial(number: int, status: object, *attempts: Attempt) -> Stage:
    info = StageDefinition(f"search.{number:02d}", 1, sweep="search", trial=number)
    return Stage(info, status, attempts, trial=TrialState())  # type: ignore[arg-type]


def context(*trials: Stage, share: bool = False, now: int = 0) -> SimpleNamespace:
    """A runner of these trials; `now` is what a running one has in memory."""
    places = MappingProxyType({one.name: place for place, one in enumerate(trials)})
    runs = frozenset(one.name for one in trials if one.state in ACTIVE)
    settings = SweepSettings(method="grid", params=(SweptParam(name="lr", values=(1, 2)),), share_gpu=share)
    search = PlanStage(name="search", index=1, sweep=settings)
    return SimpleNamespace(
        session=Session("id", "plan", "development", trials=trials, trial_places=places, running=runs),
        supervisors={one.name: SimpleNamespace(usage=SimpleNamespace(memory=now)) for one in trials},
        plan=SimpleNamespace(stage=lambda _name: search),
        stage=lambda name: PlanStage(name=name, index=1),
    )


BEFORE = attempt(1, Usage(memory_peak_bytes=4 * GIB, gpu_memory_peak_bytes=10 * GIB), 0.0)


@pytest.mark.parametrize(("free", "now", "waits"), [(8.0, 0, True), (9.5, 0, False), (5.5, 4 * GIB, False)])
def test_a_trial_waits_until_its_memory_fits_beside_what_runs(
    monkeypatch: pytest.MonkeyPatch, free: float, now: int, waits: bool
) -> None:
    """What a sibling took is expected of it, and of those that run and have not taken it yet."""
    monkeypatch.setattr(trial_room, "available_memory", lambda: int(free * GIB))
    runs, next_one = trial(1, Running(1), BEFORE, attempt(2, None, 20.0)), trial(2, Pending())
    reason = room_for(context(runs, next_one, now=now), next_one)  # type: ignore[arg-type]
    assert reason == ("waits for 4.0 GiB of memory, which a trial takes, beside 1 that run" if waits else "")


def test_a_trial_that_is_alone_never_waits_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing would change by waiting."""
    monkeypatch.setattr(trial_room, "available_memory", lambda: 0)
    next_one = trial(2, Pending())
    assert room_for(context(trial(1, Pending(), BEFORE), next_one), next_one) == ""  # type: ignore[arg-type]


def test_gpu_memory_is_declared_or_learned_and_shared_only_if_the_plan_says_so() -> None:
    """A declaration wins over what siblings took; without either nothing is shared."""
    runs, next_one = trial(1, Running(1), BEFORE, attempt(2, None, 20.0)), trial(2, Pending())
    sharing = context(runs, next_one, share=True)
    assert gpu_memory_of(sharing.session, next_one, PlanStage(name="x", index=1)) == int(11 * GIB)
    assert gpu_memory_of(sharing.session, next_one, PlanStage(name="x", index=1, gpu_memory_gib=6)) == 6 * GIB
    assert gpu_sharers(sharing, next_one) == {"search.01": int(11 * GIB)}  # type: ignore[arg-type]
    assert gpu_sharers(context(runs, next_one), next_one) == {}  # type: ignore[arg-type]
    unknown = trial(1, Running(1), attempt(1, None, 20.0))
    assert gpu_sharers(context(unknown, next_one, share=True), next_one) == {}  # type: ignore[arg-type]
