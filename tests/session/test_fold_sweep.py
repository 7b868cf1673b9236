"""The fold of a sweep: trials beside the stages that are counted, and decisions that are whole or not made."""

from __future__ import annotations

import pytest

from autotrain_tui.runner.schedule.resting_trials import goes_on_from_rung, is_to_rest
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.fold import apply, fold
from autotrain_tui.session.journal.state import Session, Stage
from autotrain_tui.session.journal.transitions import IllegalMoveError

SEARCH = ev.StageDefinition("search", 1, search=ev.SearchDefinition("halving", 4, rungs=[2.0, 6.0]))


def trial(number: int) -> ev.StageAdded:
    info = ev.StageDefinition(f"search.{number:02d}", 1, resumable=True, sweep="search", trial=number)
    return ev.StageAdded(info=info, reason=f"trial {number}")


def session(*events: ev.Event) -> Session:
    """The state after a session with a search has begun, and these events."""
    begun = ev.SessionCreated(plan="p", id="p", stages=[SEARCH, ev.StageDefinition("final", 2, needs=["search"])])
    every = [begun, ev.RunnerStarted(pid=2), *events]
    found = fold([type(event)(**{**_fields(event), "seq": seq}) for seq, event in enumerate(every, 1)])
    assert found is not None
    return found


def _fields(event: ev.Event) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def named(found: Session, name: str) -> Stage:
    stage = found.stage(name)
    assert stage is not None
    return stage


def started(name: str, attempt: int = 1) -> list[ev.Event]:
    return [
        ev.AttemptStarting(stage=name, attempt=attempt, folder=f"stages/1-{name}/attempt-{attempt}"),
        ev.AttemptRunning(stage=name, attempt=attempt, pid=9),
    ]


RESTS = [trial(1), *started("search.01"), ev.TrialJudged(stage="search.01", rung=0, value=0.5, reason="number 1 of 1")]
PAUSED = [
    *RESTS,
    ev.StageStopping(stage="search.01", attempt=1, intent="pause", by="sweep"),
    ev.AttemptEnded(stage="search.01", attempt=1, state="paused", reason="rests at rung 1"),
]


def test_trials_stand_beside_the_stages_that_are_counted() -> None:
    """A search is one stage, which runs from its first trial; its trials are found by name."""
    found = session(trial(1), trial(2), *started("search.02"))
    assert [stage.name for stage in found.stages] == ["search", "final"]
    assert [one.name for one in found.trials_of("search")] == ["search.01", "search.02"]
    assert [one.name for one in found.every_stage] == ["search", "final", "search.01", "search.02"]
    assert named(found, "search").state == "running"
    assert [one.name for one in found.active] == ["search.02"]


def test_a_trial_that_is_judged_to_rest_is_asked_to_end_once() -> None:
    """What is to be done follows from the state, so that the next runner does it if this one dies before."""
    found = session(*RESTS)
    assert is_to_rest(named(found, "search.01"))
    assert not is_to_rest(named(session(*PAUSED[:-1]), "search.01"))
    assert not goes_on_from_rung(named(session(*PAUSED), "search.01"))


def test_a_trial_that_rests_goes_on_when_it_is_promoted_however_often_it_is_judged_meanwhile() -> None:
    """It may be judged again before it runs, by what it ran beyond its rung: it is still to go on."""
    promoted = [*PAUSED, ev.TrialPromoted(stage="search.01", rung=0)]
    assert goes_on_from_rung(named(session(*promoted), "search.01"))
    again = session(*promoted, ev.TrialJudged(stage="search.01", rung=1, value=0.6, promoted=True))
    assert goes_on_from_rung(named(again, "search.01"))
    runs = session(*promoted, ev.StageReset(stage="search.01", resume=True), *started("search.01", 2))
    assert not goes_on_from_rung(named(runs, "search.01"))


def test_a_decided_search_prunes_what_rests_and_leaves_out_what_waits() -> None:
    """One event does all of it."""
    end = ev.SweepEnded(stage="search", state="succeeded", winners=["search.03"], reason="search.03 is the best")
    done = [trial(3), *started("search.03"), ev.AttemptEnded(stage="search.03", attempt=1, state="succeeded")]
    found = session(*PAUSED, *done, trial(4), end)
    states = {one.name: (str(one.state), one.reason) for one in found.trials}
    assert states == {
        "search.01": ("stopped", "pruned at rung 1"),
        "search.03": ("succeeded", ""),
        "search.04": ("skipped", "the search was decided before it ran"),
    }
    assert (named(found, "search").state, named(found, "search").winners) == ("succeeded", ("search.03",))


def test_a_search_is_stopped_with_its_session_and_runs_again_with_it() -> None:
    """A session that ends before the decision leaves it open."""
    over = [*PAUSED, ev.SessionFinished(outcome="stopped", reason="stopped by a person")]
    assert (named(session(*over), "search").state, named(session(*over), "search").reason) == (
        "stopped",
        "stopped by a person",
    )
    again = [*over, ev.RunnerStarted(pid=3), ev.StageReset(stage="search"), trial(2), *started("search.02")]
    assert named(session(*again), "search").state == "running"


@pytest.mark.parametrize(
    "event",
    [
        ev.TrialJudged(stage="search.01", rung=1, value=0.5),
        ev.TrialJudged(stage="search.01", rung=0, value=0.5),
        ev.TrialJudged(stage="final", rung=0, value=0.5),
        ev.TrialPromoted(stage="search.01", rung=1),
        ev.SweepEnded(stage="final", state="failed"),
        trial(1),
    ],
    ids=lambda event: type(event).__name__ + getattr(event, "stage", "") + str(getattr(event, "rung", "")),
)
def test_a_decision_that_cannot_have_been_made_changes_nothing(event: ev.Event) -> None:
    """No rung twice or out of turn, no trial twice, and nothing about stages that are none of a search."""
    with pytest.raises(IllegalMoveError):
        apply(session(*PAUSED), event)
