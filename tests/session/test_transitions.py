"""The whole life-cycle table, walked."""

from __future__ import annotations

from typing import get_args

import pytest

from autotrain_tui.session.journal.transitions import (
    ACTIVE,
    ENDED,
    SESSION,
    STAGE,
    IllegalMoveError,
    Move,
    SessionMove,
    SessionState,
    StageState,
    move_session,
    move_stage,
)


@pytest.mark.parametrize("state", list(StageState))
@pytest.mark.parametrize("move", get_args(Move))
def test_a_stage_moves_as_the_table_says_or_not_at_all(state: StageState, move: Move) -> None:
    """Every pair either gives the table's state or raises; nothing else."""
    if move in STAGE[state]:
        assert move_stage(state, move) is STAGE[state][move]
    else:
        with pytest.raises(IllegalMoveError):
            move_stage(state, move)


@pytest.mark.parametrize("state", [state for state in SessionState if state is not SessionState.INTERRUPTED])
@pytest.mark.parametrize("move", get_args(SessionMove))
def test_a_session_moves_as_the_table_says_or_not_at_all(state: SessionState, move: SessionMove) -> None:
    """Every pair either gives the table's state or raises; nothing else."""
    if move in SESSION[state]:
        assert move_session(state, move) is SESSION[state][move]
    else:
        with pytest.raises(IllegalMoveError):
            move_session(state, move)


def test_every_state_can_be_reached_and_left() -> None:
    """No state is an island: each is some move's result, and each but an import lets something happen."""
    reached = {after for moves in STAGE.values() for after in moves.values()}
    assert reached == set(StageState)
    assert [state for state in StageState if not STAGE[state]] == [StageState.IMPORTED]


def test_whatever_lives_can_be_stopped_and_can_end() -> None:
    """A stage whose processes may be alive can be asked to stop and can be lost."""
    for state in ACTIVE:
        assert "stop" in STAGE[state]
        assert "end_lost" in STAGE[state]


def test_nothing_ends_well_twice() -> None:
    """An ended stage has no end moves."""
    for state in ENDED:
        assert not [move for move in STAGE[state] if move.startswith("end_")]
