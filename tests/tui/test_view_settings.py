"""How a plan's curves and the History are shown is remembered, in a file that nothing depends on."""

from __future__ import annotations

import json

import pytest

from autotrain_tui.tui.app import AutotrainApp
from autotrain_tui.tui.model.view_settings import HISTORY, ViewSettings, recall, remember, settings_file
from autotrain_tui.tui.screens.history.screen import HistoryScreen
from autotrain_tui.tui.widgets.filter_input import FilterInput
from tests.tui.conftest import settle
from tests.tui.test_metrics_screen import at_metrics, pictures


def test_what_was_left_is_had_again():
    """Each plan has its own; the file is the user's alone, and without it nothing is remembered."""
    assert recall("digits") is None
    remember("digits", ViewSettings(axis="step", weight=0.6, framing="each"))
    remember("other", ViewSettings(filter="loss"))
    assert recall("digits") == ViewSettings(axis="step", weight=0.6, framing="each")
    assert settings_file().stat().st_mode & 0o777 == 0o600
    settings_file().unlink()
    assert recall("digits") is None


def test_only_the_newest_plans_are_kept():
    """The file does not grow for ever."""
    for at in range(205):
        remember(f"plan-{at}", ViewSettings(filter=str(at)))
    assert recall("plan-4") is None
    assert recall("plan-204") == ViewSettings(filter="204")


@pytest.mark.parametrize("content", ["", "{", '{"plans": 3}', "[" * 100_000])
def test_a_file_that_is_damaged_is_as_if_it_were_not_there(content):
    """It is replaced when something is to be remembered."""
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(content)
    assert recall("digits") is None
    remember("digits", ViewSettings(sort="best"))
    assert json.loads(settings_file().read_text())["plans"] == {"digits": {"sort": "best"}}


def test_a_file_that_can_not_be_written_is_no_error():
    """The screen goes on without it."""
    settings_file().parent.parent.mkdir(parents=True, exist_ok=True)
    settings_file().parent.write_text("a file where the folder should be")
    remember("digits", ViewSettings(sort="best"))
    assert recall("digits") is None


async def test_the_next_screen_draws_as_the_last_one_did(open_app):
    """Axis, smoothing and filter of a plan's curves; what a later version does not know is passed over."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_metrics(pilot)
        await pilot.press("a", "o", "slash", *"acc", "enter")
        await settle(pilot, lambda: set(pictures(screen)) == {"accuracy"})
    plan = app.view.session.plan
    assert recall(plan) == ViewSettings(axis="step", weight=0.6, framing="pairs", filter="acc")
    remember(plan, ViewSettings(axis="parsec", weight=0.6, framing="cubes", filter="acc"))
    again = AutotrainApp(app.project, app.sessions, app.view.folder.id)
    async with again.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await settle(pilot, lambda: again.view is not None)
        await pilot.press("2")
        await settle(pilot, lambda: set(pictures(again.screen)) == {"accuracy"})
        assert any(curve.smooth for curve in pictures(again.screen)["accuracy"].curves)
        assert pictures(again.screen)["accuracy"].axis == "time"
        assert again.screen.query_one(FilterInput).has_class("-open")


async def test_history_is_sorted_as_it_was(open_app):
    """The order is that of the last time."""
    remember(HISTORY, ViewSettings(sort="best"))
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot, lambda: app.view is not None)
        await pilot.press("3")
        await settle(pilot, lambda: isinstance(app.screen, HistoryScreen))
        await settle(pilot, lambda: "best first" in app.screen.query_one("#sessions").facts)
        await pilot.press("s")
    assert recall(HISTORY).sort not in ("", "best")
