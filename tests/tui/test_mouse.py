"""The mouse: rows, frames, tabs, the plan's bar, the wheel."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollUp
from textual.geometry import Offset, Size

from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.panes.plan_bar import PlanBar
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.screens.history.screen import HistoryScreen
from autotrain_tui.tui.screens.metrics.screen import MetricsScreen
from autotrain_tui.tui.screens.run.screen import RunScreen
from autotrain_tui.tui.screens.system.screen import SystemScreen
from autotrain_tui.tui.widgets.clicks import Clicks
from autotrain_tui.tui.widgets.key_bar import ModeBar
from autotrain_tui.tui.widgets.list_view import ListView
from autotrain_tui.tui.widgets.scroll_mark import entry_at
from tests.tui.conftest import settle
from tests.tui.sessions import make_session


async def run_shown(pilot):
    """Wait until the open session is on the screen."""
    await settle(pilot, lambda: pilot.app.screen.query_one(StageList).view is not None)
    await settle(pilot, lambda: pilot.app.screen.query_one("#curve").picture is not None)


def cell(widget, words):
    """Where some words of a widget stand, for a click."""
    width, height = widget.content_size
    rows = ["".join(text for text, _ in each) for each in widget.paint(width, height)[:height]]
    y = next(at for at, row in enumerate(rows) if words in row)
    frame = widget.content_region.offset - widget.region.offset
    return rows[y].index(words) + frame.x, y + frame.y


async def test_a_click_chooses_a_row_and_the_next_one_opens_it(open_app, tmp_path):
    """In a list a click puts the cursor on a row, and a click on that row opens it; the heading sorts."""
    app = open_app("running")
    for day in range(10, 16):
        make_session(tmp_path / "sessions", "finished", name=f"202611{day}-100000-other")
    async with app.run_test(size=(120, 36)) as pilot:
        await run_shown(pilot)
        await pilot.press("3")
        await settle(pilot, lambda: isinstance(app.screen, HistoryScreen))
        rows = app.screen.query_one("#sessions", ListView)
        await settle(pilot, lambda: len(rows.entries) == 7)
        await pilot.click(rows, offset=(10, 5))
        await settle(pilot, lambda: rows.cursor == 3)
        assert isinstance(app.screen, HistoryScreen)
        before = rows.facts
        await pilot.click(rows, offset=(10, 1))
        await settle(pilot, lambda: rows.facts != before)
        await pilot.click(rows, offset=(10, 4))
        chosen = rows.highlighted.id
        await pilot.click(rows, offset=(10, 4))
        await settle(pilot, lambda: isinstance(app.screen, RunScreen) and app.feed.folder.id == chosen)


async def test_a_row_that_would_start_something_needs_a_double_click(open_app, monkeypatch, tmp_path):
    """A plan on Home is not started by two separate clicks."""
    from autotrain_tui.tui.screens.base.start_flow import StartFlow

    started = []
    monkeypatch.setattr(StartFlow, "start_card", lambda self, card: started.append(card))
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "one.toml").write_text('name = "one"\n[[stage]]\nname = "a"\ncommand = ["true"]\n')
    app = open_app(None, project=tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot, lambda: len(app.screen.query_one("#plans", ListView).entries) == 1)
        plans = app.screen.query_one("#plans", ListView)
        await pilot.click(plans, offset=(5, 1))
        await pilot.click(plans, offset=(9, 1))
        await pilot.pause()
        assert started == []
        await pilot.click(plans, offset=(5, 1), times=2)
        await settle(pilot, lambda: len(started) == 1)


async def test_a_second_click_belongs_to_the_widget_of_the_first():
    """The second click of a double click that began elsewhere opens nothing, nor does one that brings the focus."""

    class Click:
        def __init__(self, time, chain=1):
            self.time, self.chain = time, chain

    clicks = Clicks()
    assert [clicks.again(Click(10)), clicks.again(Click(12)), clicks.again(Click(12.2, 2))] == [False, True, False]
    clicks.left()
    assert [clicks.again(Click(20)), clicks.again(Click(20.2, 2))] == [False, True]
    assert not Clicks().double(Click(30, 2))


@pytest.mark.parametrize(("pane", "screen"), [("#curve", MetricsScreen), ("#machine", SystemScreen)])
async def test_a_double_click_on_a_pane_shows_its_mode(open_app, pane, screen):
    """The small curve leads to Metrics, the gauges lead to System."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await run_shown(pilot)
        await pilot.click(pane, offset=(5, 2))
        assert isinstance(app.screen, RunScreen)
        await pilot.click(pane, offset=(5, 2), times=2)
        await settle(pilot, lambda: isinstance(app.screen, screen))


async def test_a_click_on_a_frame_brings_the_focus_and_a_double_click_the_window(open_app):
    """A log's frame can be clicked; twice gives it the whole window, and twice again puts it back."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await run_shown(pilot)
        pane = app.screen.query_one(LogPane)
        await pilot.click(pane, offset=(30, 0))
        await settle(pilot, lambda: pane.has_focus_within)
        await pilot.click(pane, offset=(30, 0), times=2)
        await settle(pilot, lambda: app.screen.maximized is pane)
        await pilot.click(pane, offset=(30, 0), times=2)
        await settle(pilot, lambda: app.screen.maximized is None)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_click_on_a_stage_or_its_segment_chooses_it(open_app, size):
    """Each stage is chosen by its row, in columns too, and by its part of the plan's bar."""
    app = open_app("running")
    async with app.run_test(size=size) as pilot:
        await run_shown(pilot)
        stages, bar = app.screen.query_one(StageList), app.screen.query_one(PlanBar)
        for name in ("foundation", "perfection", "consolidation"):
            await pilot.click(stages, offset=cell(stages, name))
            await settle(pilot, lambda wanted=name: app.screen.selected.name == wanted)
        await pilot.click(bar, offset=(3, 0))
        await settle(pilot, lambda: app.screen.selected.name == "foundation")
        assert app.screen.maximized is None
        await pilot.click(stages, offset=cell(stages, "foundation"))
        await settle(pilot, lambda: app.screen.maximized is app.screen.query_one(LogPane))


async def test_the_wheel_moves_what_is_under_the_pointer(open_app):
    """The log scrolls under the wheel while the stages have the focus."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await run_shown(pilot)
        pane = app.screen.query_one(LogPane)
        await settle(pilot, lambda: pane.window.viewport.rows)
        app.screen.query_one(StageList).focus()
        last = pane.window.viewport.rows[-1].shown.line.start
        await pilot._post_mouse_events([MouseScrollUp], pane.rows, offset=(5, 5))
        await settle(pilot, lambda: pane.window.viewport.rows[-1].shown.line.start < last)
        assert app.screen.query_one(StageList).has_focus


async def test_a_tab_can_be_clicked(open_app):
    """The names of the modes at the bottom lead there."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await run_shown(pilot)
        for name in ("System", "Run"):
            tabs = app.screen.query_one(ModeBar)
            await pilot.click(tabs, offset=cell(tabs, name))
            await settle(pilot, lambda wanted=name: wanted.lower() == app.screen.MODE)


@pytest.mark.parametrize(
    ("x", "y", "count", "place"),
    [(79, 1, 100, 0), (79, 20, 100, 99), (79, 0, 100, None), (78, 9, 100, None), (79, 9, 20, None)],
)
def test_the_bar_beside_a_list_leads_anywhere(x, y, count, place):
    """The first row of the bar is the first entry, the last row the last; a list that fits has no bar."""
    assert entry_at(Offset(x, y), Size(80, 21), 1, 1, count) == place
