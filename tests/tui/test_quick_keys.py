"""Keys that come faster than the screen answers: over a slow connection a whole word arrives with the key before it."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.tui.conftest import settle


@pytest.mark.parametrize("mode", ["metrics", "history", "system", "run"])
async def test_a_word_typed_at_once_with_its_slash_is_the_text_of_the_filter(open_app, mode):
    """No letter of it is lost, and none is a key of the screen: `d` would leave it."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await app.show_mode(mode)
        await settle(pilot, lambda: mode == app.mode_screen.MODE and app.screen is app.mode_screen)
        for key in ("slash", *"dq1s"):
            app.simulate_key(key)
        await settle(pilot, lambda: any(field.value == "dq1s" for field in app.screen.query(Input)))
        assert app.is_running
