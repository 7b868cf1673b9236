"""The Plan screen: plans on the time axis, changes resolved out as they are typed, the start, and the running session."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from autotrain_tui.session.launch.preflight import Verdict
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.dialogs.question import QuestionDialog
from autotrain_tui.tui.model.schedule import Axis, of_session
from autotrain_tui.tui.panes.plan_summary import PlanSummary
from autotrain_tui.tui.panes.stage_detail import StageDetail
from autotrain_tui.tui.panes.stage_table import StageTable
from autotrain_tui.tui.panes.timeline_pane import axis_line, time_ticks
from autotrain_tui.tui.screens.plan.plan_form import PlanForm
from autotrain_tui.tui.screens.plan.plan_panes import FindingsPane, PlanHead, SessionFacts
from autotrain_tui.tui.screens.plan.screen import PlanScreen
from autotrain_tui.tui.screens.plan.stage_pane import StagePane
from autotrain_tui.tui.screens.run.screen import RunScreen
from autotrain_tui.tui.widgets.button import Button
from autotrain_tui.tui.widgets.list_view import ListView
from autotrain_tui.tui.widgets.option_select import OptionSelect
from tests.tui.answering import Answering
from tests.tui.conftest import settle
from tests.tui.sessions import make_session
from tests.tui.test_run_screen import text_of

PLAN = """
name = "tiny"
description = "Two stages of nothing"
default = true
command = ["{python}", "-c", "print(1)", "--batch", "{batch_size}"]
max_hours = 2

[modes.research]
batch_size = 64

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


async def planning(pilot) -> PlanScreen:
    """Go to the Plan mode and wait until the plan has been resolved out."""
    await settle(pilot)
    await pilot.press("4")
    await settle(
        pilot,
        lambda: (
            isinstance(pilot.app.screen, PlanScreen)
            and (bool(pilot.app.screen.query_one("#timeline", ListView).entries))
        ),
    )
    return pilot.app.screen


async def until_text(pilot, widget, *words):
    """Wait until the widget shows every word."""
    await settle(pilot, lambda: all(word in text_of(widget) for word in words))


async def test_a_plan_is_drawn_checked_and_spelt_out(open_app, project):
    """Bars on the axis, whether it fits, the stage's parameters and command, and every check before the start."""
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        assert "about 50 min of 2 h: fits" in text_of(screen.query_one(PlanHead))
        rows = text_of(screen.query_one("#timeline", ListView))
        assert "├" in rows
        assert "~40:00" in rows
        await until_text(pilot, screen.query_one(StagePane), "dataset_limit 100", "-c 'print(1)' --batch 32")
        assert "all is well" in screen.query_one(FindingsPane).frame_facts()[1]


async def test_typing_shows_its_effect_at_once(open_app, project):
    """Hours that are too few turn what doesn't fit to warning; a batch size goes into the command."""
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        screen.query_one("#max_hours", Input).focus()
        await pilot.press(*"0.5")
        await until_text(pilot, screen.query_one(PlanHead), "20 min over the budget of 30 min")
        assert "+20:00" in text_of(screen.query_one("#timeline", ListView))
        assert any(
            colour == "warning" for each in screen.query_one("#timeline", ListView).paint(80, 10) for _, colour in each
        )
        assert "budget 30 min" in text_of(screen.query_one("#timeline", ListView))
        screen.query_one("#batch_size", Input).focus()
        await pilot.press(*"16")
        await until_text(pilot, screen.query_one(StagePane), "--batch 16", "the plan says 32")


async def test_a_bad_value_is_marked_with_the_plans_own_sentence(open_app, project):
    """The field is marked, the sentence is among the findings, and nothing can be started."""
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        screen.query_one("#dataset_limit", Input).focus()
        await pilot.press(*"-5")
        await until_text(pilot, screen.query_one(FindingsPane), "expected a whole number from 1", "found -5")
        assert screen.query_one("#dataset_limit").parent.has_class("-bad")
        assert not screen.query_one(Button).able
        await pilot.press("backspace", "backspace")
        await settle(pilot, lambda: screen.query_one(Button).able)
        assert not screen.query_one("#dataset_limit").parent.has_class("-bad")
        screen.query_one("#sets", Input).focus()
        await pilot.press(*"colour=3")
        await until_text(pilot, screen.query_one(FindingsPane), "colour", "no such key")
        assert screen.query_one("#sets").parent.has_class("-bad")
        assert len(screen.query_one("#timeline", ListView).entries) == 2, "the last good timeline stays"


async def test_modes_and_left_out_stages(open_app, project):
    """The arrow keys choose a mode, s leaves the stage under the cursor out and takes it in again."""
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        screen.query_one(OptionSelect).focus()
        await pilot.press("right")
        await until_text(pilot, screen.query_one(StagePane), "--batch 64")
        screen.query_one("#timeline").focus()
        await pilot.press("s")
        await until_text(pilot, screen.query_one("#timeline", ListView), "↷ one", "left out")
        assert "about 40 min" in text_of(screen.query_one(PlanHead))
        await pilot.press("s")
        await until_text(pilot, screen.query_one("#timeline", ListView), "· one")
        await pilot.press("s", "down", "s")
        await until_text(pilot, screen.query_one(FindingsPane), "every stage is skipped")


async def test_changes_are_kept_for_each_plan(open_app, project):
    """Looking at another plan and coming back loses nothing; a plan that can't be used says why."""
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        screen.query_one("#batch_size", Input).focus()
        await pilot.press(*"16")
        screen.query_one("#plans").focus()
        await pilot.press("down")
        await until_text(pilot, screen.query_one(PlanHead), "colour")
        assert not screen.query_one(Button).able
        await pilot.press("up")
        await until_text(pilot, screen.query_one(StagePane), "--batch 16")
        assert screen.query_one("#batch_size", Input).value == "16"


def started(monkeypatch, tmp_path) -> list:
    """Have the start make a session that nobody runs, and note what was to be started."""
    wanted = []

    def create(prepared, **_places) -> SessionFolder:
        wanted.append(prepared)
        return make_session(tmp_path / "sessions", "starting")

    monkeypatch.setattr("autotrain_tui.session.launch.prepare.create", create)
    monkeypatch.setattr("autotrain_tui.tui.model.command_sender.start_runner", lambda _folder: None)
    return wanted


async def test_enter_starts_without_a_question_when_all_is_well(open_app, project, tmp_path, monkeypatch):
    """One key; the session that comes of it is shown, with the form's changes in it."""
    wanted = started(monkeypatch, tmp_path)
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        screen.query_one("#batch_size", Input).focus()
        await pilot.press(*"16")
        await until_text(pilot, screen.query_one(StagePane), "--batch 16")
        await pilot.press("enter", "enter")
        await settle(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.press("4")
        await settle(pilot, lambda: isinstance(app.screen, PlanScreen) and app.screen.session.shown)
    assert [stage.batch_size for stage in wanted[0].plan.stages] == [16, 16]


async def test_problems_are_told_before_the_start(open_app, project, tmp_path, monkeypatch):
    """A plan over its budget asks first; the safe answer starts nothing."""
    wanted = started(monkeypatch, tmp_path)
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        screen.query_one("#max_hours", Input).focus()
        await pilot.press(*"0.5")
        await until_text(pilot, screen.query_one(PlanHead), "over the budget")
        await pilot.press("escape", "enter")
        await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))
        assert "two would end 20 min after the budget" in app.screen.text
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, PlanScreen))
        assert wanted == []
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))
        await pilot.press("down", "enter")
        await settle(pilot, lambda: isinstance(app.screen, RunScreen))
        assert len(wanted) == 1


async def test_a_running_session_has_the_same_timeline(open_app, project):
    """Done solid, running up to now, to come outlined; H holds the stage under the cursor."""
    app = open_app("running", project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        assert screen.session.shown
        rows = text_of(screen.query_one("#timeline", ListView))
        assert "✓ foundation" in rows
        assert "▶ refinement" in rows
        assert "▆" in rows
        assert "├" in rows
        assert "45 %" in rows
        assert "left" in text_of(screen.query_one(SessionFacts))
        assert not screen.query_one(PlanForm).display
        screen.query_one("#timeline").focus()
        await pilot.press("end")
        await until_text(pilot, screen.query_one(StageDetail), "dataset_limit")
        with Answering(app.feed.folder) as runner:
            await pilot.press("H")
            await settle(pilot, lambda: bool(runner.taken))
        assert (runner.taken[0].verb, runner.taken[0].stage) == ("hold", "perfection")


async def test_what_has_not_begun_shows_its_command(open_app, project, tmp_path):
    """A pending stage of the session tells what it would be given; one that ran tells of its attempts."""
    app = open_app("running", project=project)
    text = "".join(f'[[stage]]\nname = "{stage.name}"\ndataset_limit = 7\n' for stage in app.feed.view.session.stages)
    app.feed.folder.plan.write_text('name = "digits"\ncommand = ["true", "--limit", "{dataset_limit}"]\n' + text)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        screen.query_one("#timeline").focus()
        assert screen.query_one(StageDetail).display
        await pilot.press("end")
        await settle(pilot, lambda: screen.query_one(StagePane).display)
        await until_text(pilot, screen.query_one(StagePane), "true --limit 7")
        await pilot.press("home")
        await settle(pilot, lambda: screen.query_one(StageDetail).display)
        assert not screen.query_one(StagePane).display


async def test_a_plan_can_be_looked_at_while_a_session_runs(open_app, project):
    """The list holds the session and the plans; on a plan the session's keys do nothing."""
    app = open_app("running", project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await planning(pilot)
        await settle(pilot, lambda: len(screen.query_one("#plans", ListView).entries) == 3)
        await pilot.press("down")
        await settle(pilot, lambda: not screen.session.shown and "--batch" in text_of(screen.query_one(StagePane)))
        assert screen.actions.request("stop") is None
        assert screen.query_one(PlanForm).display


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_it_fits_every_window(open_app, project, size):
    """Every pane has room for what it must say."""
    app = open_app(None, project=project)
    async with app.run_test(size=size) as pilot:
        screen = await planning(pilot)
        await until_text(pilot, screen.query_one("#timeline", ListView), "one", "two", "~40:00")
        # the interpreter's path may be long: the command breaks between its words
        assert "--batch 32" in " ".join(text_of(screen.query_one(StagePane)).split())
        assert all(finding.verdict is Verdict.GOOD for finding in screen.query_one(FindingsPane).findings)
        assert screen.query_one("#start").region.bottom <= screen.query_one("#form").region.bottom


async def test_a_wide_window_shows_every_stage_beside_the_others(open_app, project):
    """A change is seen in all of them at once."""
    app = open_app(None, project=project)
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await planning(pilot)
        screen.query_one("#batch_size", Input).focus()
        await pilot.press(*"16")
        await until_text(pilot, screen.query_one(StageTable), "dataset_limit", "--batch 16")
        row = text_of(screen.query_one(StageTable)).splitlines()[2]
        assert row.split()[:5] == ["2", "two", "200", "2", "16"]


@pytest.mark.parametrize(
    ("span", "most", "labels"),
    [
        (50, 6, ["0", "0:10", "0:20", "0:30", "0:40", "0:50"]),
        (3000, 6, ["0", "10 min", "20 min", "30 min", "40 min", "50 min"]),
        (7200, 5, ["0", "30 min", "1:00 h", "1:30 h", "2:00 h"]),
        (10 * 86400, 6, ["0", "2 d", "4 d", "6 d", "8 d", "10 d"]),
    ],
)
def test_ticks_are_round_times(span, most, labels):
    """Whole seconds, minutes, hours or days, never more than there is room for."""
    assert [label for _, label in time_ticks(span, most)] == labels


def test_ticks_never_fail(tmp_path):
    """Any span has its axis, also those of a million hours."""
    for span in (1.0, 59.0, 3601.0, 1e6, 3.6e9):
        assert axis_line(Axis(span, span / 2), 80)


async def test_a_plan_without_an_estimate_has_no_time_axis(open_app, project):
    """Neither Home nor the Plan screen draws times or a length where none is known; both say that none is."""
    for plan in (project / "stages").iterdir():
        plan.unlink()
    bare = 'name = "bare"\ncommand = ["true"]\nmax_hours = 2\n[[stage]]\nname = "one"\n[[stage]]\nname = "two"\n'
    (project / "stages" / "bare.toml").write_text(bare)
    app = open_app(None, project=project)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await until_text(pilot, app.screen.query_one(PlanSummary), "no estimate yet", "two")
        rows = text_of(app.screen.query_one(PlanSummary)).splitlines()
        assert [row.split() for row in rows if row.split()[-1:] == ["–"]] == [["1", "one", "–"], ["2", "two", "–"]]
        assert not any(row.split()[:1] == ["0"] for row in rows)
        screen = await planning(pilot)
        timeline = screen.query_one("#timeline", ListView)
        await until_text(pilot, screen.query_one(PlanHead), "no estimate yet", "budget 2 h")
        assert not text_of(timeline).splitlines()[0].strip()


def test_a_sessions_bars_meet_now(tmp_path):
    """What has not begun starts at or after now, however long what is past took."""
    from autotrain_tui.session.journal.session_view import load_view

    view = load_view(make_session(tmp_path, "running"))
    schedule = of_session(view)
    assert schedule.axis.now == pytest.approx(view.elapsed_seconds, abs=1)
    assert all(row.start >= schedule.axis.now - 1 for row in schedule.rows if row.style.word == "pending")
    assert [row.done > 0 for row in schedule.rows] == [True, True, True, False, False]


@pytest.mark.parametrize("size", [(120, 36), (160, 48), (200, 60)])
async def test_a_window_with_room_has_the_stages_curve_and_its_log(open_app, size):
    """Of the stage under the cursor; a stage that has not begun has neither."""
    app = open_app("running")
    async with app.run_test(size=size) as pilot:
        await settle(pilot, lambda: app.view is not None)
        await pilot.press("4")
        await settle(pilot, lambda: app.screen.query_one("#output").size.area > 0)
        curve, log = app.screen.query_one("#curve"), app.screen.query_one("#output LogPane")
        await settle(pilot, lambda: bool(curve.picture and curve.picture.curves))
        assert log.shown.file.path.endswith("3-refinement/attempt-1/log")
        await pilot.press("tab", "up")
        await settle(pilot, lambda: log.shown.file.path.endswith("2-consolidation/attempt-1/log"))
        assert "best" in curve.picture.facts
        await pilot.press("end")
        await settle(pilot, lambda: not app.screen.query_one("#output").size.area)
