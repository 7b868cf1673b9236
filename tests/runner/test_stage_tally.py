"""What the planner knows of a session's stages is the same whether it saw every change or only the last state."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from autotrain_tui.plan.strategy import Ended
from autotrain_tui.runner.schedule.stage_tally import StageTally
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.fold import Fold
from autotrain_tui.session.journal.state import Session, Stage
from tests.session.test_fold import CREATED, RUNNER, anything, numbered


def ended(_session: Session, stage: Stage) -> Ended:
    return Ended(stage=stage.name, outcome=stage.state.value, seconds=sum(each.run_seconds for each in stage.attempts))  # type: ignore[arg-type]


def known(tally: StageTally) -> tuple[object, ...]:
    history = tally.history()
    failure = history.failure.outcome if history.failure is not None else None
    return (
        history.ended,
        dict(history.latest),
        history.open,
        history.held,
        failure,
        history.first_open,
        tally.active,
        tally.aside,
        list(tally.begun()),
        tally.seen(),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(anything, max_size=30))
def test_changes_one_by_one_come_to_the_same_as_all_at_once(events: Iterable[ev.Event]) -> None:
    """After any event, what was kept up to date equals what is found in the session as it is then."""
    reader, tally = Fold(), StageTally(ended)
    for event in numbered(CREATED, RUNNER, *events):
        reader.feed(event)
        session, anew = reader.session, StageTally(ended)
        assert session is not None
        tally.update(session, session.stages)
        anew.update(session, session.stages)
        assert known(tally) == known(anew)


def test_the_first_open_stage_is_found_again_when_one_is_reset() -> None:
    """All stages before that place have ended; a stage that a person retries is looked at again."""
    done = [
        event
        for name in ("a", "b")
        for event in (
            ev.AttemptStarting(stage=name, attempt=1, folder="x"),
            ev.AttemptRunning(stage=name, attempt=1, pid=9),
            ev.AttemptEnded(stage=name, attempt=1, state="succeeded"),
        )
    ]
    reader, tally, places = Fold(), StageTally(ended), []
    for event in numbered(CREATED, RUNNER, *done, ev.StageReset(stage="a")):
        reader.feed(event)
        assert reader.session is not None
        tally.update(reader.session, reader.session.stages)
        places.append(tally.history().first_open)
    assert places == [0, 0, 0, 0, 1, 1, 1, 2, 0]
