"""Themes: ours and every one of Textual's show the same screen, with or without colour."""

from __future__ import annotations

import pytest

from autotrain_tui.tui.dialogs.question import QuestionDialog
from autotrain_tui.tui.theme import DARK, LIGHT, defaults
from autotrain_tui.tui.widgets.line_widget import LineWidget
from tests.tui.conftest import settle
from tests.tui.test_run_screen import shown


def apart(one, other):
    """How far two colours are from each other."""
    return sum(abs(a - b) for a, b in zip(one.get_truecolor(), other.get_truecolor(), strict=True))


def assert_now_differs_from_not_now(header, name):
    """What is muted stands back from the text, what is greyed further, and a bar's empty part is near the ground."""
    ground, text = header.style_of("").bgcolor, header.style_of("").color
    steps = [apart(colour, ground) for colour in (text, header.style_of("muted").color, header.style_of("faint").color)]
    assert steps == sorted(set(steps), reverse=True), name
    assert apart(header.style_of("track").bgcolor, ground) < steps[0] / 3, name
    assert apart(header.style_of("cursor").bgcolor, ground) < steps[0] / 2, name


async def test_every_theme_gives_every_token_a_colour(open_app):
    """Changing the theme while the screen is open never fails, repaints in its colours, and tells now from not now."""
    app = open_app("failed")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        seen = set()
        for name in sorted(app.available_themes):
            app.theme = name
            await pilot.pause()
            header = app.screen.query_one("#header", LineWidget)
            for colour in ("", "muted", "accent bold", "error", "track", "cursor", "curve-7", "key"):
                assert header.style_of(colour) is not None
            seen.add((str(header.style_of("error").color), str(header.style_of("").bgcolor)))
            if "ansi" not in name:  # else they are the terminal's own colours
                assert_now_differs_from_not_now(header, name)
        assert {DARK.name, LIGHT.name} <= set(app.available_themes)
        assert len(seen) > 10


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_our_own_themes_name_every_variable_themselves(theme):
    """What other themes get by default, ours choose."""
    assert set(defaults(theme)) <= set(theme.variables)


async def test_without_colour_nothing_is_lost(open_app, monkeypatch):
    """NO_COLOR: no coloured segment leaves the application; signs and words still tell the states."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = open_app("failed")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert app.no_color
        colours = set()
        for line in app.screen._compositor.render_strips():
            for segment in line:
                if segment.style is not None and segment.style.color is not None:
                    triplet = segment.style.color.get_truecolor()
                    colours.add(len({triplet.red, triplet.green, triplet.blue}))
        assert colours <= {1}


async def test_ctrl_c_without_a_selection_asks_as_q_does(open_app):
    """Nothing a key does ends training without a question."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("ctrl+c")
        await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))


async def test_ctrl_c_copies_a_selection(open_app):
    """With text selected, Ctrl+C copies it and asks nothing."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query("LogRows").first().size.area > 0)
        pane = app.screen.query("LogRows").first()
        await pilot.mouse_down(pane, offset=(0, 3))
        await pilot.hover(pane, offset=(20, 3))
        await pilot.mouse_up(pane, offset=(20, 3))
        await pilot.pause()
        if not app.screen.get_selected_text():
            pytest.skip("the pilot's mouse selects nothing in this version")
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert not isinstance(app.screen, QuestionDialog)
        assert "epoch" in app.clipboard
