"""The screen offers every verb of the table: in the palette and in the help."""

from __future__ import annotations

import pytest

from autotrain_tui.tui.dialogs.help import key_help
from autotrain_tui.tui.model.actions import ACTIONS
from autotrain_tui.tui.palette import entries
from autotrain_tui.verbs import VERBS
from tests.tui.test_run_screen import shown


@pytest.mark.parametrize("state", ["running", "finished"])
async def test_palette_and_help_have_every_action(open_app, state):
    """Each action has one entry of the palette with its key, and one line of the help, whatever it can do now."""
    app = open_app(state)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        texts = [entry.text for entry in entries(app.screen)]
        for action in ACTIONS:
            assert sum(text.endswith(f"  ({action.key})") for text in texts) >= 1, action.name
        helped = {(line.key, line.text) for line in key_help(app.screen) if line.group == "Session"}
        assert helped >= {(action.key, VERBS[action.name].key_help) for action in ACTIONS}
