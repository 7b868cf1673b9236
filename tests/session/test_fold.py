"""State is a fold of events: clocks, attempts, ends, and what a reader does with the impossible."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.fold import Fold, apply, fold
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.journal.transitions import ACTIVE, IllegalMoveError, StageState

CREATED = ev.SessionCreated(
    plan="p",
    id="s",
    boot_id="b",
    stages=[ev.StageDefinition("a", 1, resumable=True), ev.StageDefinition("b", 2, needs=["a"])],
)
RUNNER = ev.RunnerStarted(pid=10, boot_id="b")


def numbered(*events: ev.Event, step: float = 1.0) -> list[ev.Event]:
    return [
        msgspec.structs.replace(event, seq=number, mono=event.mono or number * step, time="2026-11-22T10:00:00.000Z")
        for number, event in enumerate(events, 1)
    ]


def folded(*events: ev.Event) -> Session:
    session = fold(numbered(*events))
    assert session is not None
    return session


START_A = ev.AttemptStarting(stage="a", attempt=1, folder="stages/1-a/attempt-1")
RUN_A = ev.AttemptRunning(stage="a", attempt=1, pid=11)


def test_the_clock_runs_while_a_stage_runs() -> None:
    """The session's time is the time in which at least one stage ran, frozen time left out."""
    session = folded(
        CREATED,
        RUNNER,
        START_A,
        RUN_A,
        ev.StageFrozen(stage="a", attempt=1),
        ev.StageThawed(stage="a", attempt=1),
        ev.AttemptEnded(stage="a", attempt=1, state="succeeded"),
    )
    # starts at 3, frozen at 5, thawed at 6, ends at 7
    assert session.used_seconds == pytest.approx(3.0)
    assert session.elapsed(100.0) == pytest.approx(3.0)
    assert session.stages[0].attempts[0].run_seconds == pytest.approx(3.0)


def test_an_end_that_was_found_later_counts_until_it_happened() -> None:
    """A runner that finds an end after an hour doesn't count the hour."""
    end = ev.AttemptEnded(stage="a", attempt=1, state="succeeded", ended_mono=8.0, mono=3600.0)
    session = folded(CREATED, RUNNER, START_A, RUN_A, end)
    assert session.used_seconds == pytest.approx(5.0)


def test_another_boot_starts_the_clocks_anew() -> None:
    """Monotonic times of two boots are never subtracted from each other."""
    again = ev.RunnerStarted(pid=12, boot_id="other", mono=2.0)
    session = folded(
        CREATED, RUNNER, START_A, RUN_A, again, ev.AttemptEnded(stage="a", attempt=1, state="lost", mono=2.5)
    )
    assert 0 <= session.used_seconds < 4


def test_a_pause_is_an_end_with_its_own_data() -> None:
    """A paused stage carries how its attempt ended."""
    session = folded(
        CREATED,
        RUNNER,
        START_A,
        RUN_A,
        ev.StageStopping(stage="a", attempt=1, intent="pause"),
        ev.AttemptEnded(stage="a", attempt=1, state="paused", exit_code=0),
    )
    stage = session.stages[0]
    assert stage.state is StageState.PAUSED
    assert stage.status.end.exit_code == 0


@pytest.mark.parametrize(
    "event",
    [
        ev.AttemptRunning(stage="a", attempt=1, pid=1),
        ev.StageReleased(stage="a"),
        ev.StageHeld(stage="nobody"),
        ev.AttemptEnded(stage="a", attempt=2, state="succeeded"),
        ev.StageThawed(stage="b", attempt=1),
    ],
)
def test_the_impossible_raises_for_the_writer(event: ev.Event) -> None:
    """What can't happen is never journaled."""
    session = folded(CREATED, RUNNER)
    with pytest.raises(IllegalMoveError):
        apply(session, event)


def test_a_reader_drops_the_impossible_and_says_so() -> None:
    """A reader's fold keeps what makes sense and a sentence for what doesn't."""
    reader = Fold()
    events = numbered(CREATED, RUNNER, ev.StageReleased(stage="a"), START_A)
    for event in events:
        reader.feed(event)
    reader.feed(events[1])
    assert reader.session is not None
    assert reader.session.stages[0].state is StageState.STARTING
    assert len(reader.problems) == 3  # the move, the number that is missing after it, the repetition


names = st.sampled_from(["a", "b", "nobody"])
attempts = st.integers(1, 3)
anything: st.SearchStrategy[ev.Event] = st.one_of(
    st.builds(lambda s, n: ev.AttemptStarting(stage=s, attempt=n, folder="x"), names, attempts),
    st.builds(lambda s, n: ev.AttemptRunning(stage=s, attempt=n, pid=9), names, attempts),
    st.builds(lambda s, n: ev.StageFrozen(stage=s, attempt=n), names, attempts),
    st.builds(lambda s, n: ev.StageThawed(stage=s, attempt=n), names, attempts),
    st.builds(
        lambda s, n, i: ev.StageStopping(stage=s, attempt=n, intent=i),
        names,
        attempts,
        st.sampled_from(["pause", "stop", "skip", "kill"]),
    ),
    st.builds(
        lambda s, n, e: ev.AttemptEnded(stage=s, attempt=n, state=e),
        names,
        attempts,
        st.sampled_from(["succeeded", "failed", "paused", "stopped", "skipped", "lost"]),
    ),
    st.builds(lambda s: ev.StageHeld(stage=s), names),
    st.builds(lambda s: ev.StageReleased(stage=s), names),
    st.builds(lambda s: ev.StageSkipped(stage=s), names),
    st.builds(lambda s: ev.StageReset(stage=s), names),
    st.builds(lambda: ev.SessionStopping()),
    st.builds(lambda: ev.SessionFinished(outcome="stopped")),
    st.builds(lambda: RUNNER),
)


@given(st.lists(anything, max_size=40))
def test_whatever_stands_in_a_journal_the_state_is_possible(events: Iterable[ev.Event]) -> None:
    """Any sequence of events folds without an exception into a state whose parts agree."""
    reader = Fold()
    for event in numbered(CREATED, RUNNER, *events):
        reader.feed(event)
    session = reader.session
    assert session is not None
    for stage in session.stages:
        if stage.attempt is not None:
            alive = stage.attempt.end is None
            assert alive == (stage.state.value in ("starting", "running", "frozen", "pausing", "stopping"))
        assert stage.elapsed(1e6) >= 0
    assert session.active == tuple(stage for stage in session.stages if stage.state in ACTIVE and stage.attempts)
    assert session.elapsed(1e6) >= 0
