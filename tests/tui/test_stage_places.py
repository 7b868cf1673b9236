"""Where stages lie on a chart's x axis."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace

import pytest

from autotrain_tui.session.journal.events import StageDefinition
from autotrain_tui.tui.model.stage_places import StageBorders, border_starts, stage_places


def stage(name, started, seconds, sweep=""):
    """A stage of one attempt that ran for some seconds from a second of the minute on."""
    attempt = SimpleNamespace(started=f"2026-11-22T15:00:{started:02d}+00:00", elapsed=lambda _mono: seconds)
    return SimpleNamespace(name=name, attempts=(attempt,), seconds=seconds, info=SimpleNamespace(sweep=sweep))


def places(stages, *, by_time=True, lead=0.0):
    """The start, the zero and the lane of each stage."""
    view = SimpleNamespace(session=SimpleNamespace(every_stage=stages), mono=0.0)
    found = stage_places(view, by_time=by_time, extent=lambda one: one.seconds, lead=lambda _one: lead)
    return {place.stage.name: (place.start, place.origin, place.lane) for place in found}


def test_stages_that_ran_alone_follow_each_other():
    """A pause between two of them takes no room."""
    assert places([stage("one", 0, 10), stage("two", 30, 5)]) == {"one": (0.0, 0.0, 0), "two": (10.0, 10.0, 0)}


@pytest.mark.parametrize(("by_time", "second", "after"), [(True, 4.0, 14.0), (False, 0.0, 10.0)])
def test_stages_that_ran_at_once_lie_over_each_other(by_time, second, after):
    """Over time at their true distance, over steps from the same place; the next one follows the longest."""
    found = places([stage("one", 0, 10), stage("two", 4, 10), stage("three", 30, 5)], by_time=by_time)
    assert found["two"] == (second, second, 1)
    assert found["three"] == (after, after, 0)


def test_loading_time_is_left_out():
    """Each stage begins at its first value, and takes less room by what was left out."""
    assert places([stage("one", 0, 10), stage("two", 30, 5)], lead=3.0) == {"one": (0.0, -3.0, 0), "two": (7.0, 4.0, 0)}


def test_trials_of_a_search_begin_at_one_place():
    """Trials lie over each other whenever they ran; the stage after the search follows the longest."""
    trials = [stage("a.01", 0, 10, "a"), stage("a.02", 12, 4, "a"), stage("last", 30, 5)]
    assert places(trials) == {"a.01": (0.0, 0.0, 0), "a.02": (0.0, 0.0, 0), "last": (10.0, 10.0, 0)}


def test_borders_are_pairs_of_a_place_and_a_label():
    """They are read like a tuple of them, part or whole; equal are those of the same stages in the same places."""
    stages = [StageDefinition("one", 1), StageDefinition("two\x1b[1m", 2), StageDefinition("a.01", 3, sweep="a")]
    borders = StageBorders(zip((0.0, 2.5, 4.0), stages, strict=True))
    assert list(borders) == [(0.0, "1 one"), (2.5, borders[1][1]), (4.0, "3 a")]
    assert "\x1b" not in borders[1][1]
    assert borders[1:] == (borders[1], borders[-1])
    assert list(border_starts(borders)) == list(border_starts(tuple(borders))) == [0.0, 2.5, 4.0]
    again = StageBorders(zip((0.0, 2.5, 4.0), stages, strict=True))
    assert (borders, hash(borders)) == (again, hash(again))
    assert borders != StageBorders(zip((0.0, 2.5, 4.5), stages, strict=True))


def test_borders_of_thousands_of_stages_take_few_bytes():
    """Each picture keeps less than 24 bytes for each of its stages."""
    stages = [StageDefinition(f"stage {number}", number) for number in range(3000)]
    tracemalloc.start()
    try:
        borders = StageBorders((stage.index / 7, stage) for stage in stages)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert (len(borders), taken // 3000 < 24) == (3000, True)
