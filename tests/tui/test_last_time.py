"""Plan: how the chosen stage went the last time."""

from __future__ import annotations

import asyncio

import pytest

from autotrain_tui.tui.model.cards import read_sessions
from autotrain_tui.tui.model.stage_before import load_stage_before
from autotrain_tui.tui.screens.plan.last_time import last_time_lines
from autotrain_tui.tui.screens.plan.screen import PlanScreen
from autotrain_tui.tui.screens.plan.stage_pane import StagePane
from autotrain_tui.tui.widgets.line import width_of
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.conftest import settle
from tests.tui.sessions import make_session
from tests.tui.test_run_screen import text_of

PLAN = """
name = "digits"
default = true
command = ["{python}", "-c", "print(1)", "{epochs}"]

[[stage]]
name = "foundation"
epochs = 20

[[stage]]
name = "unheard"
epochs = 2
"""


@pytest.fixture
def project(tmp_path):
    """A project with a plan of the name that the sessions made by hand have."""
    stages = tmp_path / "project" / "stages"
    stages.mkdir(parents=True)
    (stages / "digits.toml").write_text(PLAN)
    return stages.parent


@pytest.mark.parametrize("size", [(120, 36), (200, 60)])
async def test_a_stage_shows_how_it_went_the_last_time(open_app, project, tmp_path, size):
    """Of the newest session that ran it: state, time, best value, curve and the end of the log; a stage that never ran
    has nothing of it.
    """
    sessions = tmp_path / "sessions"
    make_session(sessions, "finished", name="20261122-150403-digits")
    make_session(sessions, "finished", name="20261125-150403-other", plan="other")
    make_session(sessions, "stopped", name="20261120-100000-digits")
    app = open_app(None, project=project)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot, lambda: isinstance(app.screen, PlanScreen))
        pane = app.screen.query_one(StagePane)
        await settle(pilot, lambda: "Last time" in text_of(pane))
        heading = next(each for each in text_of(pane).splitlines() if "Last time" in each)
        assert "✓ succeeded · 3:00 · " in heading
        assert "accuracy 0.915 · best 0.927" in heading
        assert any(0x2800 < ord(sign) < 0x2900 for sign in text_of(pane))
        assert "checkpoint saved" in text_of(pane)
        app.screen.query_one("#timeline", ListView).focus()
        await pilot.press("down")
        await settle(pilot, lambda: "unheard" in pane.frame_facts()[0])
        assert "Last time" not in text_of(pane)
        await pilot.press("up")
        await settle(pilot, lambda: "Last time" in text_of(pane))


def before_of(folder, plan, stage):
    """What the sessions of a folder say of a stage."""
    return asyncio.run(load_stage_before(read_sessions(folder), plan, stage))


def test_the_newest_session_that_ran_the_stage_counts(tmp_path):
    """A newer session that never came to the stage is passed over; other plans and a stage that never ran give nothing."""
    make_session(tmp_path, "finished", name="20261120-100000-digits")
    make_session(tmp_path, "stopped", name="20261122-150403-digits")
    assert before_of(tmp_path, "digits", "foundation").view.folder.id == "20261122-150403-digits"
    assert before_of(tmp_path, "digits", "perfection").view.folder.id == "20261120-100000-digits"
    assert before_of(tmp_path, "digits", "unheard") is None
    assert before_of(tmp_path, "other", "foundation") is None


@pytest.mark.parametrize("width", [40, 76, 130])
@pytest.mark.parametrize("height", [0, 5, 6, 10, 15, 40])
def test_it_never_takes_more_than_its_room(tmp_path, width, height):
    """No line is too wide and there are not too many, with a curve and without, and with a log that is gone."""
    folder = make_session(tmp_path, "finished", name="20261120-100000-digits").path
    whole = before_of(tmp_path, "digits", "foundation")
    for log in folder.rglob("log"):
        log.unlink()
    bare = before_of(tmp_path, "digits", "foundation")
    assert whole.lines
    assert not bare.lines
    for before in (whole, bare):
        lines = last_time_lines(before, width, height)
        assert len(lines) <= height
        assert all(width_of(each) <= width for each in lines)
