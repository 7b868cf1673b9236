"""The words by which sessions are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.session.history.search_query import QueryError, matcher

ROW = {
    "id": "20261122-150403-digits",
    "plan": "digits",
    "mode": "development",
    "host": "lab-7",
    "state": "finished",
    "outcome": "failed",
    "started": "2026-11-22T15:04:03.000Z",
    "elapsed_seconds": 7300.0,
    "stages_done": 2,
    "stages_total": 5,
    "metric": {"name": "accuracy", "goal": "max", "last": 0.9, "best": 0.95},
    "tags": ["baseline", "Big-LR"],
    "note": "after the fix of the loader",
    "title": "train.py lr=0.3",
    "params": {"lr": 0.3, "Optimizer": "adam"},
}
NOW = 1795359843.0 + 3600.0  # an hour after it began


@pytest.mark.parametrize(
    "query",
    [
        "",
        "digits",
        "DIGITS lab",
        "loader",
        "'the fix'",
        "state:failed",
        "state:finished",
        "state:fail",
        "outcome:failed",
        "plan:dig",
        "tag:baseline",
        "tag:big-lr",
        "host:lab",
        "metric:acc",
        "accuracy>0.9",
        "accuracy>=0.95",
        "best=0.95",
        "last<0.91",
        "stages>=2",
        "stages!=5",
        "time>2h",
        "time<122m",
        "age<2h",
        "age>30m",
        "lr>0.1",
        "lr=0.3",
        "optimizer=adam",
        "optimizer!=sgd",
        "title:train.py",
        "-classic",
        "!plan:classic",
        "-accuracy>0.99",
        "state=failed",
        "plan!=classic",
        "accuracy>9.4e-1",
        "digits -ppl<3",
    ],
)
def test_words_that_mean_the_session(query: str) -> None:
    """Words, fields, figures, spans and their negations."""
    assert matcher(query, NOW)(ROW)


@pytest.mark.parametrize(
    "query",
    [
        "classic",
        "digits classic",
        "-digits",
        "!state:failed",
        "state:running",
        "tag:base",
        "accuracy>0.95",
        "loss<1",
        "stages>2",
        "time>3h",
        "age>1d",
        "state:",
        "unknown:digits",
        "plan=classic",
    ],
)
def test_words_that_do_not(query: str) -> None:
    """All words must hold; a metric that the session hasn't is neither above nor below anything."""
    assert not matcher(query, NOW)(ROW)


@pytest.mark.parametrize(
    ("query", "word"),
    [("accuracy>high", "high"), ("time>2y", "2y"), ("accuracy>", "nothing"), ("stages>2h", "takes no unit")],
)
def test_a_figure_that_is_none_is_told(query: str, word: str) -> None:
    """The error names the word and shows what would be understood."""
    with pytest.raises(QueryError, match=word):
        matcher(query)


@given(st.text(max_size=40), st.dictionaries(st.sampled_from(sorted(ROW)), st.none(), max_size=12))
def test_any_text_is_a_query_or_an_error(text: str, missing: dict[str, None]) -> None:
    """Whatever is typed, and whatever a row lacks, nothing else is raised."""
    try:
        meant = matcher(text, NOW)
    except QueryError:
        return
    assert meant({**ROW, **missing}) in (True, False)
