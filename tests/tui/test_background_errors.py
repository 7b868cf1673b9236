"""An error of work beside the screen is told once, and the screen goes on."""

from __future__ import annotations

from autotrain_tui.tui.widgets.background_work import background, run_in_background
from tests.tui.conftest import settle
from tests.tui.test_run_screen import shown


def told(app) -> list[str]:
    """What was told as an internal error."""
    return [notice.text for notice in app.notices if notice.title == "Internal error"]


async def test_a_sample_that_fails_is_told_once(open_app, monkeypatch):
    """The gauges' error has its type, its text and its line; the same error of the next seconds is not told again."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        calls = []

        async def broken(*_arguments):
            calls.append(1)
            raise ValueError("no such gauge")

        monkeypatch.setattr(app.machine, "measure", broken)
        await settle(pilot, lambda: len(calls) >= 3)
        assert len(told(app)) == 1
        assert "ValueError: no such gauge (test_background_errors.py:" in told(app)[0]


async def test_work_of_a_screen_that_fails_is_told(open_app):
    """A function and a decorated method alike; the application goes on."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)

        async def broken():
            raise OSError("gone")

        run_in_background(app.screen, broken, "preview")
        await settle(pilot, lambda: bool(told(app)))
        assert told(app)[0].startswith("preview: OSError: gone")

        @background("look")
        async def look(_screen, word):
            raise KeyError(word)

        look(app.screen, "name")
        await settle(pilot, lambda: len(told(app)) == 2)
        await pilot.press("2")
        await settle(pilot, lambda: app.screen.MODE == "metrics")
