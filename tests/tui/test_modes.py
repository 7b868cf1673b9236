"""The other modes: home, metrics, history, plan, system, help and the palette."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import force_setattr, replace
from textual import events
from textual.command import CommandList

from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.dialogs.help import HelpScreen
from autotrain_tui.tui.dialogs.question import QuestionDialog
from autotrain_tui.tui.model.cards import read_plans, read_sessions
from autotrain_tui.tui.palette import Palette, entries
from autotrain_tui.tui.panes.card_lines import plan_lines
from autotrain_tui.tui.panes.finish_card import FinishCard
from autotrain_tui.tui.panes.notice import Notice
from autotrain_tui.tui.panes.session_detail import SessionDetail
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.screens.history.screen import HistoryScreen
from autotrain_tui.tui.screens.home.greeting import Greeting
from autotrain_tui.tui.screens.home.screen import HomeScreen
from autotrain_tui.tui.screens.metrics.screen import MetricsScreen
from autotrain_tui.tui.screens.plan.screen import PlanScreen
from autotrain_tui.tui.screens.run.screen import RunScreen
from autotrain_tui.tui.widgets.list_view import ListView
from autotrain_tui.tui.widgets.too_small import TooSmall
from tests.tui.conftest import settle
from tests.tui.sessions import make_session
from tests.tui.test_run_screen import shown, text_of

PLAN = """
name = "tiny"
description = "Two stages of nothing"
default = true
command = ["{python}", "-c", "print(1)"]
max_hours = 0.5

[[stage]]
name = "one"
dataset_limit = 100
epochs = 1
batch_size = 32
estimate_minutes = 10

[[stage]]
name = "two"
dataset_limit = 200
epochs = 2
batch_size = 32
estimate_minutes = 40
"""


@pytest.fixture
def project(tmp_path) -> Path:
    """A project with one good and one broken plan."""
    stages = tmp_path / "project" / "stages"
    stages.mkdir(parents=True)
    (stages / "tiny.toml").write_text(PLAN)
    (stages / "broken.toml").write_text('name = "broken"\ncolour = 3\n')
    return stages.parent


async def test_home_lists_plans_and_sessions(open_app, project, tmp_path):
    """Plans with their estimate and last result, a broken one with its error; Enter opens a session."""
    app = open_app(None, project=project)
    make_session(tmp_path / "sessions", "finished", plan="tiny")
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(
            pilot, lambda: isinstance(app.screen, HomeScreen) and bool(app.screen.query_one("#plans", ListView).entries)
        )
        plans = text_of(app.screen.query_one("#plans", ListView))
        assert "tiny" in plans
        assert "default" in plans
        assert "over its budget" in plans
        assert "last: ✓ succeeded" in plans
        assert "broken" in plans
        assert "colour" in plans
        await pilot.press("tab", "enter")
        await settle(pilot, lambda: isinstance(app.screen, RunScreen))
        assert app.feed is not None


async def test_plans_get_the_lines_that_sessions_do_not_need(open_app, project, tmp_path):
    """In a small window with few sessions every plan is in sight; with many, each list has half of the lines."""
    for number in range(4):
        (project / "stages" / f"more-{number}.toml").write_text(PLAN.replace("tiny", f"more-{number}"))
    app = open_app(None, project=project)
    make_session(tmp_path / "sessions", "finished", plan="tiny")
    async with app.run_test(size=(80, 30)) as pilot:
        await settle(pilot, lambda: bool(app.screen.query_one("#plans", ListView).entries))
        plans, sessions = (app.screen.query_one(name) for name in ("#plans", "#sessions"))
        await settle(pilot, lambda: (plans.size.height, sessions.size.height) == (18, 3))
        for number in range(20):
            make_session(tmp_path / "sessions", "finished", plan="tiny", name=f"20261101-0000{number:02d}-tiny")
        app.screen.look()
        await settle(pilot, lambda: (plans.size.height, sessions.size.height) == (10, 11))


async def test_home_shows_the_session_under_its_cursor(open_app, project, tmp_path):
    """Where there is room, the session under the cursor stands below the list with its stages and its curve; not in a
    small window.
    """
    app = open_app(None, project=project)
    make_session(tmp_path / "sessions", "finished", plan="tiny")
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(
            pilot, lambda: bool(app.screen.query("#preview")) and bool(app.screen.query_one("#preview").content)
        )
        preview = app.screen.query_one("#preview")
        await settle(pilot, lambda: "foundation" in text_of(preview))
        assert "succeeded" in text_of(preview)
        assert preview.region.bottom == app.screen.query_one("#strip").region.y
        await pilot.resize_terminal(80, 24)
        await settle(pilot, lambda: app.screen.has_class("-narrow"))
        app.screen.look()
        await settle(pilot, lambda: not preview.display or not preview.region.height)


@pytest.mark.parametrize("state", ["running", "finished"])
async def test_home_reads_the_session_under_its_cursor_again_while_it_runs(
    open_app, project, tmp_path, monkeypatch, state
):
    """Its time, its best value and its curve go on; a session that has ended is read once."""
    monkeypatch.setattr("autotrain_tui.tui.screens.home.session_preview._AGAIN_SECONDS", 0.0)
    monkeypatch.setattr("autotrain_tui.tui.screens.home.session_preview._SHARE", 0.0)
    app = open_app(None, project=project)
    make_session(tmp_path / "sessions", state, plan="tiny")
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(
            pilot, lambda: bool(app.screen.query("#preview")) and bool(app.screen.query_one("#preview").content)
        )
        preview = app.screen.query_one("#preview")
        before = preview.content
        for _ in range(3):
            await app.screen.look().wait()
            await settle(pilot, lambda: not any(each.group == "preview" for each in app.workers))
        assert (preview.content is not before) == (state == "running")


async def test_the_marked_answer_is_marked_to_its_last_cell(open_app):
    """The cursor of a question is as wide as its line of text, although the last cell is no plain blank."""
    app = open_app("running")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot, lambda: isinstance(app.screen, QuestionDialog) and bool(app.screen.choices.size.width))
        cells = list(app.screen.choices.render_line(0))
        assert {segment.style.bgcolor for segment in cells} == {cells[0].style.bgcolor}
        others = list(app.screen.choices.render_line(1))
        assert others[-1].style.bgcolor != cells[-1].style.bgcolor


@pytest.mark.process
async def test_enter_on_a_plan_starts_it_and_shows_it(open_app, project):
    """A plan over its budget is asked about; the session is made, run by a real runner and shown to its end."""
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(
            pilot, lambda: isinstance(app.screen, HomeScreen) and bool(app.screen.query_one("#plans", ListView).entries)
        )
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))
        await pilot.press("down", "enter")
        await settle(pilot, lambda: isinstance(app.screen, RunScreen) and app.feed.view is not None, seconds=60)
        await settle(pilot, lambda: app.feed.view.finished, seconds=60)
        assert [stage.state.value for stage in app.feed.view.session.stages] == ["succeeded", "pending"]
        await settle(pilot, lambda: "out of budget  1 of 2 stages" in text_of(app.screen.query_one(FinishCard)))


async def test_home_greets_a_first_time_visitor_with_one_key(open_app, tmp_path, monkeypatch):
    """Without a project the first line names `run -- COMMAND`; the key i writes a plan to fill in, once."""
    monkeypatch.chdir(tmp_path)
    app = open_app(None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(
            pilot, lambda: isinstance(app.screen, HomeScreen) and "i here" in text_of(app.screen.query_one(Greeting))
        )
        words = text_of(app.screen.query_one(Greeting))
        assert words.index("run -- python train.py") < words.index("init -- python train.py") < words.index("i here")
        await pilot.press("i")
        await settle(pilot, lambda: "train" in text_of(app.screen.query_one("#plans", ListView)))
        assert (tmp_path / "stages" / "train.toml").exists()
        assert "i" not in app.screen.active_bindings


async def test_modes_that_need_a_session_are_greyed_without_one(open_app, project):
    """1 and 2 do nothing while no session is open, and the palette says so; the others work."""
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        active = app.screen.active_bindings
        assert [active[key].enabled for key in "012345"] == [True, False, False, True, True, True]
        about = {entry.text: entry.help for entry in entries(app.screen)}
        assert about["Metrics  (2)"].startswith("Not now.")
        later = [text.startswith("Not now.") for text in about.values()]
        assert later == sorted(later), "what can be done now comes first"
        await pilot.press("2", "1")
        await pilot.press("4")
        await settle(pilot, lambda: isinstance(app.screen, PlanScreen))


async def test_a_window_too_small_shows_the_session_at_a_glance_alone(open_app):
    """What was said about the session gives way too."""
    app = open_app("interrupted")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.query_one(Notice).display)
        await pilot.resize_terminal(60, 18)
        await settle(pilot, lambda: app.screen.query_one(TooSmall).display)
        [alone] = [widget for widget in app.screen.children if widget.display]
        assert isinstance(alone, TooSmall)
        await pilot.resize_terminal(80, 24)
        await settle(pilot, lambda: app.screen.query_one(Notice).display)


async def test_metrics_are_a_grid_of_curves(open_app):
    """Every series is a curve once all kinds are unfolded, the headline first; z gives one the window."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: isinstance(app.screen, MetricsScreen))
        await pilot.press("f")
        await settle(
            pilot,
            lambda: (
                isinstance(app.screen, MetricsScreen)
                and app.screen.query_one("#curve-2", CurvePane).picture is not None
            ),
        )
        titles = [pane.frame_facts()[0] for pane in app.screen.query(CurvePane) if pane.display]
        assert titles == ["accuracy", "loss", "lr"]
        await pilot.press("z")
        assert app.screen.has_class("-zoomed")
        await pilot.press("z")
        assert not app.screen.has_class("-zoomed")


async def test_history_filters_and_opens(open_app, tmp_path):
    """Typing narrows the list, Enter opens what is left."""
    app = open_app("finished")
    make_session(tmp_path / "sessions", "failed", name="20261121-100000-other", plan="other")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("3")
        await settle(
            pilot,
            lambda: (
                isinstance(app.screen, HistoryScreen) and len(app.screen.query_one("#sessions", ListView).entries) == 2
            ),
        )
        await pilot.press("slash", *"other")
        await settle(pilot, lambda: len(app.screen.query_one("#sessions", ListView).entries) == 1)
        await settle(pilot, lambda: "other" in text_of(app.screen.query_one(SessionDetail)))
        await pilot.press("enter")
        await settle(pilot, lambda: app.screen.query_one("#sessions", ListView).has_focus)
        await pilot.press("enter")
        await settle(
            pilot,
            lambda: (
                isinstance(app.screen, RunScreen)
                and app.feed.folder.id == "20261121-100000-other"
                and app.screen.query_one(StageList).view.folder.id == app.feed.folder.id
            ),
        )


async def test_help_is_made_from_the_bindings(open_app):
    """Every key of the design is in the help, with what it does."""
    app = open_app("running")
    async with app.run_test(size=(120, 50)) as pilot:
        await shown(pilot)
        await pilot.press("question_mark")
        await settle(pilot, lambda: isinstance(app.screen, HelpScreen))
        keys = {key for each in app.screen.keys for key in each.key.split()}
        assert {
            "p",
            "P",
            "s",
            "u",
            "r",
            "R",
            "H",
            "x",
            "X",
            "K",
            "/",
            "n",
            "N",
            "&",
            "f",
            "w",
            "e",
            "E",
            "j",
            "k",
            "g",
            "G",
            "z",
            "b",
            "0",
            "1",
            "2",
            "3",
            "4",
            "5",
            "d",
            "q",
            "^q",
            "^p",
            "?",
        } <= keys
        assert all(each.text for each in app.screen.keys)
        drawn = text_of(app.screen.query_one("_Keys"))
        assert drawn.lstrip().startswith("Stages"), "the keys of the focused pane come first"
        await pilot.press("slash", *"check")
        await settle(pilot, lambda: "checkpoint" in text_of(app.screen.query_one("_Keys")))
        assert "Stages" not in text_of(app.screen.query_one("_Keys"))
        await pilot.press("escape")
        await settle(pilot, lambda: "Stages" in text_of(app.screen.query_one("_Keys")))
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_the_palette_holds_every_action(open_app):
    """Each action of the table is an entry, with its key; what can't be done now says so."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        found = {entry.text: entry.help for entry in entries(app.screen)}
        assert "Pause refinement  (p)" in found
        assert "Metrics  (2)" in found
        assert found["Undo skip  (u)"].startswith("Not now.")


@pytest.mark.parametrize(
    ("resumable", "entry", "first"),
    [(True, "Pause refinement  (p)", "Save a checkpoint"), (False, "Freeze refinement  (p)", "Stop every process")],
)
async def test_the_palette_explains_what_a_key_does_to_this_stage(open_app, resumable, entry, first):
    """A stage that saves no checkpoint is frozen by `p`, and that is what its entry says."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        stage = app.view.session.stage("refinement")
        force_setattr(stage, "info", replace(stage.info, resumable=resumable))
        found = {each.text: each.help for each in entries(app.screen)}
        assert found[entry].startswith(first)


async def test_the_palette_begins_with_what_can_be_done_now(open_app):
    """The stage's actions lead, Textual's own entries follow, and what can't be done now is last."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        app.action_command_palette()
        await settle(pilot, lambda: isinstance(app.screen, Palette) and app.screen.query_one(CommandList).option_count)
        rows = [str(option.prompt) for option in app.screen.query_one(CommandList).options]
        assert rows[0].startswith("Pause refinement")
        theme = next(place for place, row in enumerate(rows) if row.startswith("Theme"))
        undo = next(place for place, row in enumerate(rows) if row.startswith("Undo skip"))
        assert 0 < theme < undo


@pytest.mark.parametrize("open_it", ["action_command_palette", "search_themes"])
async def test_keys_before_the_palettes_rows_do_no_harm(open_app, open_it):
    """PgUp and PgDn that come while the palette opens end nothing; once it has its rows they move in it."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        getattr(app, open_it)()
        for _ in range(50):
            app.post_message(events.Key("pageup", None))
            app.post_message(events.Key("pagedown", None))
            await asyncio.sleep(0.002)
        await settle(pilot, lambda: app.screen.query_one(CommandList).scrollable_content_region)
        await pilot.press("pagedown")
        await settle(pilot, lambda: app.screen.query_one(CommandList).highlighted)
        await pilot.press("escape")
        await settle(pilot, lambda: app.screen is app.mode_screen)


async def test_every_binding_has_an_id_and_a_tooltip(open_app):
    """A keymap file can follow, and help has words for each key."""
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        for active in app.screen.active_bindings.values():
            if type(active.node).__module__.startswith("autotrain_tui"):
                binding = active.binding
                if binding.action.startswith(("app.focus", "screen.", "app.command")):
                    continue
                assert all((binding.id, binding.tooltip, binding.description)), binding


async def test_a_long_list_draws_only_what_is_in_sight(open_app):
    """Ten thousand entries cost what forty cost."""
    app = open_app("finished")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("3")
        await settle(
            pilot,
            lambda: isinstance(app.screen, HistoryScreen) and bool(app.screen.query_one("#sessions", ListView).entries),
        )
        rows = app.screen.query_one("#sessions", ListView)
        drawn = []
        original, rows._draw = rows._draw, lambda card, width: drawn.append(card) or original(card, width)
        rows.show(rows.entries * 10_000)
        assert len(drawn) <= 40


def test_reading_a_plan_never_raises_for_its_content(project, tmp_path):
    """A broken plan is a card with its error."""
    from autotrain_tui.tui.model.cards import read_plans

    cards = read_plans(project, tmp_path / "none", [])
    assert [card.name for card in cards] == ["tiny", "broken"]
    assert "colour" in cards[1].trouble
    assert cards[0].default


def test_a_plans_last_result_is_never_cut(tmp_path, project):
    """In a narrow list the result's last facts are left out whole; the state stays."""
    make_session(tmp_path / "sessions", "finished", plan="tiny")
    past = read_sessions(tmp_path / "sessions", 5)
    card = next(card for card in read_plans(project, tmp_path / "sessions", past) if card.name == "tiny")
    wide = "".join(text for text, _ in plan_lines(card, 100)[2])
    for width in range(28, 100):
        text = "".join(text for text, _ in plan_lines(card, width)[2])
        assert text == wide or wide.startswith(f"{text} · ")
        assert len(text) <= width
        assert "last: ✓ succeeded" in text
