"""docs/architecture.md against the code: the moves, the events, the records' fields."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from autotrain_tui.session.journal.events import EventUnion
from autotrain_tui.session.journal.transitions import SESSION, STAGE
from autotrain_tui.session.records import attempt_files as attempt
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.session.records.heartbeat import Heartbeat, Live, ProgressFigures
from autotrain_tui.session.records.lock import LockOwner

TEXT = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()


def moves(heading: str) -> dict[tuple[str, str], str]:
    """(state, move) → state, from the table under a marker."""
    table = TEXT.split(f"<!-- {heading} moves -->", 1)[1].split("\n\n", 1)[0]
    found: dict[tuple[str, str], str] = {}
    for state, cell in re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE):
        for group in cell.split(", "):
            *words, target = re.findall(r"`(\w+)`", group)
            found |= {(state, move): target for move in words}
    return found


@pytest.mark.parametrize(("heading", "table"), [("stage", STAGE), ("session", SESSION)])
def test_the_documented_moves_are_the_table(heading: str, table: dict[StrEnum, dict[StrEnum, StrEnum]]) -> None:
    """Every state, move and target, none more."""
    assert moves(heading) == {(state, move): to for state, row in table.items() for move, to in row.items()}


def test_every_event_is_documented() -> None:
    """Each type of line that a journal can hold."""
    journal = TEXT.split("## The journal", 1)[1].split("\n## ", 1)[0]
    tags = {str(event.__struct_config__.tag) for event in get_args(EventUnion)}
    assert tags <= set(re.findall(r"`(\w+)`", journal))


@pytest.mark.parametrize(
    "record",
    [
        attempt.Spec,
        attempt.Started,
        attempt.RunningRecord,
        attempt.StopOrder,
        attempt.Exit,
        attempt.Swept,
        attempt.Failure,
        Command,
        Heartbeat,
        Live,
        ProgressFigures,
        LockOwner,
    ],
)
def test_every_field_of_a_record_is_documented(record: type[msgspec.Struct]) -> None:
    """What another program reads of these files stands in the document by name."""
    assert not [name for name in record.__struct_encode_fields__ if f'"{name}"' not in TEXT]
