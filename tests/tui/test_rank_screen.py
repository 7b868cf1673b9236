"""Ranks on the Run screen: the one that failed first, the others by keys, tiles, and all in one."""

from __future__ import annotations

import pytest

from autotrain_tui.logs.merged_log import MergedLog
from autotrain_tui.tui.app import AutotrainApp
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.log.tiles import LogTiles
from autotrain_tui.tui.panes.finish_card import FinishCard
from autotrain_tui.tui.panes.stage_list import StageList
from tests.tui.conftest import StillMachine, machine_sample, settle, still
from tests.tui.rank_sessions import make_ranks
from tests.tui.sessions import ELSEWHERE
from tests.tui.test_run_screen import shown, text_of


@pytest.fixture
def open_ranks(tmp_path):
    """Makes the application on a session with ranks."""

    def make(**keys: object) -> AutotrainApp:
        folder = make_ranks(tmp_path / "sessions", **keys)
        app = AutotrainApp(None, tmp_path / "sessions", folder.id)
        app.machine = StillMachine(machine_sample(1, ("refinement",)))
        return app

    return make


def titles(app) -> list[str]:
    """The titles of the tiles that are shown."""
    return [pane.shown.title for pane in app.screen.query_one(LogTiles).panes if pane.display]


async def test_the_rank_that_failed_first_is_shown_and_named(open_ranks):
    """Its log is in the pane, its number in the title, and the summary names it."""
    app = open_ranks()
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: app.screen.query_one(LogPane).shown.file.path.endswith("ranks/2.log"))
        assert titles(app) == ["rank 2, failed first · 3 refinement · attempt 1"]
        drawn = " ".join((text_of(app.screen.query_one(FinishCard)) + text_of(app.screen.query_one(StageList))).split())
        assert "rank 2 failed first" in drawn


async def test_braces_step_through_the_ranks(open_ranks):
    """`}` shows the next rank, `{` the one before, before rank 0 the engine's own words; the ends hold."""
    app = open_ranks()
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        seen = []
        for key in ("}", "}", "{", "{", "{", "{", "{"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(titles(app)[0].partition(" · ")[0])
        assert seen == [
            "rank 3",
            "rank 3",
            "rank 2, failed first",
            "rank 1",
            "rank 0",
            "torchrun itself",
            "torchrun itself",
        ]
        await settle(pilot, lambda: app.screen.query_one(LogPane).shown.file.path.endswith("attempt-1/log"))


async def test_each_rank_has_a_tile(open_ranks):
    """Four tiles show four ranks, the failed one first."""
    app = open_ranks()
    async with app.run_test(size=(160, 48)) as pilot:
        await shown(pilot)
        await pilot.press("v", "v")
        await settle(pilot, lambda: len(titles(app)) == 4)
        assert [title.partition(" · ")[0] for title in titles(app)] == [
            "rank 2, failed first",
            "rank 0",
            "rank 1",
            "rank 3",
        ]


async def test_six_ranks_have_six_tiles(open_ranks):
    """More ranks than four: the arrangement after four tiles is six."""
    app = open_ranks(ranks=8, failed=False)
    async with app.run_test(size=(200, 60)) as pilot:
        await shown(pilot)
        await settle(pilot, lambda: len(titles(app)) == 2)
        await pilot.press("v", "v")
        await settle(pilot, lambda: len(titles(app)) == 6)
        assert titles(app)[0].startswith("rank 0 ")
        assert titles(app)[5].startswith("rank 5 ")


@pytest.mark.parametrize(("nodes", "names"), [(1, ["rank 0", "rank 1"]), (2, ["n1:0", "n2:3"])])
async def test_the_merged_view_has_the_rank_before_each_line(open_ranks, nodes, names):
    """All ranks in one pane; with several nodes their names are before the ranks'."""
    app = open_ranks(failed=False, nodes=nodes)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("v", "v", "v")
        pane = app.screen.query_one(LogPane)
        await settle(pilot, lambda: isinstance(pane.shown.file, MergedLog))
        assert set(names) < set(pane.window.gutter.tags)
        assert "agent" in pane.window.gutter.tags
        assert pane.shown.title == "3 refinement · attempt 1 · 4 ranks and torchrun itself"


async def test_one_process_has_no_ranks(open_app):
    """The keys of ranks are disabled where there are none."""
    app = open_app("failed")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert app.screen.check_action("other_log", ("rank", 1)) is False
        await pilot.press("}")
        assert app.screen.query_one(LogPane).shown.title == "3 refinement · attempt 1"


async def test_a_rank_that_starts_later_is_offered(open_ranks, tmp_path):
    """While the stage runs, a log that appears can be stepped to."""
    app = open_ranks(failed=False)
    attempt = next((tmp_path / "sessions").glob("*/stages/3-refinement/attempt-1"))
    (attempt / "ranks" / "3.log").rename(attempt / "away")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("}", "}", "}")
        assert titles(app)[0].startswith("rank 2 ")
        (attempt / "away").rename(attempt / "ranks" / "3.log")
        await pilot.press("}")
        await settle(pilot, lambda: titles(app)[0].startswith("rank 3 "))


@pytest.mark.parametrize(
    ("size", "keys"), [((80, 24), ()), ((120, 36), ()), ((160, 48), ("v", "v"))], ids=["80x24", "120x36", "tiles"]
)
def test_ranks_look_as_they_did(open_ranks, snap_compare, size, keys):
    """Four ranks of which one failed: one log, and a tile for each."""
    app = open_ranks(host=ELSEWHERE)
    app.theme = "autotrain-dark"

    async def ready(pilot):
        await shown(pilot)
        await settle(pilot, lambda: bool(app.curves.names(app.feed.view)) and app.machine.sample is not None)
        await settle(
            pilot,
            lambda: bool(app.screen.query(CurvePane)) and all(pane.is_mounted for pane in app.screen.query(CurvePane)),
        )
        await pilot.press(*keys)
        app.mode_screen.refresh_view()
        app.mode_screen.show_curves()
        app.mode_screen.show_machine()
        await settle(
            pilot, lambda: all(pane.shown.index.complete for pane in app.screen.query(LogPane) if pane.display)
        )
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=ready)
