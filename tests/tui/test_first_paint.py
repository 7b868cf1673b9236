"""What makes the first paint quick, and the focus move quickly: nothing is read, laid out or painted twice."""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet
from textual.widgets import Input

from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.log.rows import LogRows
from autotrain_tui.tui.screens.run.screen import RunScreen
from autotrain_tui.tui.theme import LIGHT
from autotrain_tui.tui.widgets.line_widget import LineWidget
from autotrain_tui.tui.widgets.too_small import TooSmall
from tests.tui.conftest import settle
from tests.tui.sessions import make_session
from tests.tui.test_run_screen import shown


async def test_the_rules_are_read_once(open_app, monkeypatch):
    """Neither theme nor screen has the style sheet read again while the screen comes up."""
    again, reparse = [], Stylesheet.reparse
    monkeypatch.setattr(Stylesheet, "reparse", lambda sheet: (again.append(sheet), reparse(sheet))[1])
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert not again


async def test_the_first_paint_has_everything_in_it(open_app, monkeypatch):
    """Header, stages, log and keys are painted with what they have to say, and not empty first."""
    first: dict[str, str] = {}
    for kind in (LineWidget, LogRows):

        def render_lines(self, crop, paint=kind.render_lines):
            strips = paint(self, crop)
            if crop.area:
                first.setdefault(type(self).__name__, "\n".join(strip.text for strip in strips))
            return strips

        monkeypatch.setattr(kind, "render_lines", render_lines)
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: "LogRows" in first)
        assert "running" in first["Header"]
        assert "refinement" in first["StageList"]
        assert "Stages" in first["StageList"]
        assert "epoch" in first["LogRows"]
        assert "Palette" in first["KeyBar"]


async def test_the_environment_names_the_theme(open_app, monkeypatch):
    """AUTOTRAIN_THEME=light: light from the first paint on."""
    monkeypatch.setenv("AUTOTRAIN_THEME", "light")
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert app.current_theme is LIGHT
        assert app.has_class("-light-mode")


async def test_moving_the_focus_does_not_repaint_the_screen(open_app, monkeypatch):
    """Tab repaints the panes that lose and get the focus, not the whole screen."""
    whole, refresh = [], RunScreen.refresh

    def watched(screen, *regions, **how):
        if not regions:
            whole.append(how)
        return refresh(screen, *regions, **how)

    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query_one(CurvePane).picture is not None)
        monkeypatch.setattr(RunScreen, "refresh", watched)
        before = app.screen.focused
        await pilot.press("tab")
        assert app.screen.focused is not before
        assert not whole


async def test_the_logs_frame_is_lit_while_the_focus_is_in_it(open_app):
    """In its rows or its prompt; the prompt is made when something is asked first."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        pane = app.screen.query_one(LogPane)
        plain = pane.styles.border_left
        assert not pane.query(Input)
        await pilot.press("tab")
        await settle(pilot, lambda: pane.styles.border_left != plain)
        lit = pane.styles.border_left
        await pilot.press("slash")
        await settle(pilot, lambda: isinstance(app.screen.focused, Input))
        assert pane.styles.border_left == lit
        await pilot.press("escape")
        await settle(pilot, lambda: app.screen.focused is pane.rows)
        assert pane.styles.border_left == lit
        await pilot.press("shift+tab")
        await settle(pilot, lambda: pane.styles.border_left == plain)


async def test_a_window_made_too_small_says_so(open_app):
    """Not only one that was too small from the start."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert not app.screen.query(TooSmall)
        await pilot.resize_terminal(60, 20)
        await settle(pilot, lambda: app.screen.query(TooSmall) and app.screen.query_one(TooSmall).size.area > 0)
        await pilot.resize_terminal(100, 30)
        await settle(pilot, lambda: app.screen.query_one(LogPane).size.area > 0)


async def test_a_session_opened_at_home_has_its_own_rules(open_app, tmp_path):
    """The rules of the first screen are the application's, those of each later one come with it."""
    folder = make_session(tmp_path / "sessions", "running")
    app = open_app(None)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot, lambda: app.screen.query_one("#lists").size.area > 0)
        app.open_session(folder)
        await settle(pilot, lambda: isinstance(app.screen, RunScreen))
        await settle(pilot, lambda: app.screen.query_one(LogPane).region.x == 42)
