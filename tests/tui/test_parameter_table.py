"""Parameters in columns: names are never broken, and what differs comes first."""

from __future__ import annotations

import re

import msgspec
import pytest

from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.tui.panes.parameter_table import parameter_lines
from autotrain_tui.tui.widgets.line import width_of
from tests.tui.sessions import make_session


def rows_of(session, width):
    """The lines as text, without the empty one before them."""
    lines = parameter_lines(session, width)[1:]
    assert all(width_of(each) <= width for each in lines)
    return ["".join(text for text, _ in each).rstrip() for each in lines]


@pytest.fixture
def session(tmp_path):
    """A finished session of five stages."""
    return load_view(make_session(tmp_path / "sessions", "finished")).session


def given(session, *params):
    """The session with these parameters of its stages."""
    stages = [
        msgspec.structs.replace(stage, info=msgspec.structs.replace(stage.info, params=each))
        for stage, each in zip(session.stages, params, strict=True)
    ]
    return msgspec.structs.replace(session, stages=stages)


def test_values_stand_in_a_column_for_each_stage(session):
    """With room each name has one line, and its values stand below their stages' numbers."""
    heading, limits, epochs, *shared = rows_of(session, 60)
    assert heading.split() == ["parameters", "1", "2", "3", "4", "5"]
    assert limits.split() == ["dataset_limit", "2000", "5000", "10000", "20000", "40000"]
    assert epochs.split() == ["epochs", "20", "15", "12", "10", "8"]
    assert [match.end() for match in re.finditer(r"\S+", epochs)][1:] == [
        match.end() for match in re.finditer(r"\S+", heading)
    ][1:]
    assert [row.split() for row in shared] == [["batch_size", "32"]]


@pytest.mark.parametrize("width", [24, 28, 36, 40, 44, 60, 100])
def test_no_name_is_broken_and_all_that_differs_is_there(session, width):
    """At every width each name is in one piece, and each of its values too; whole thousands may be written with a k."""
    rows = rows_of(session, width)
    words = " ".join(rows).replace("→", "").split()
    for name, values in (("dataset_limit", (2000, 5000, 10000, 20000, 40000)), ("epochs", (20, 15, 12, 10, 8))):
        at = words.index(name)
        expected = [{str(value), f"{value // 1000}k"} for value in values]
        assert all(word in texts for word, texts in zip(words[at + 1 : at + 6], expected, strict=True))


def test_what_differs_comes_before_what_is_shared(session):
    """A parameter that no stage changes stands last, however early the plan names it; many of them side by side."""
    shared = {f"p{number}": number for number in range(9)}
    rows = rows_of(given(session, *({**shared, "lr": 0.1 / n, "seed": 7} for n in range(1, 6))), 90)
    assert rows[1].split() == ["lr", "0.1", "0.05", "0.0333333", "0.025", "0.02"]
    assert len(rows) == 2 + 4
    assert {f"p{number}" for number in range(9)} | {"seed"} < set(" ".join(rows[2:]).split())


def test_a_value_that_a_stage_lacks_is_unknown(session):
    """A parameter of some stages only has a dash in the others."""
    rows = rows_of(given(session, {"a": 1}, {}, {"a": 2}, {"a": 3}, {}), 60)
    assert rows[1].split() == ["a", "1", "–", "2", "3", "–"]


def test_more_stages_than_columns_say_that_there_are_more(session):
    """Of twenty stages the first values are listed below the name, and a sign says that they go on."""
    stages = [session.stages[number % 5] for number in range(20)]
    rows = rows_of(msgspec.structs.replace(session, stages=stages), 40)
    assert rows[1].strip() == "dataset_limit"
    assert any(row.endswith("…") for row in rows)


def test_nothing_given_is_nothing_shown(session):
    """Without parameters there is no heading."""
    assert parameter_lines(given(session, {}, {}, {}, {}, {}), 60) == []
