"""The Trials screen: its rows, orders and filter, the scatters, and keys that act on the marked trials."""

from __future__ import annotations

import time

import pytest
from textual.widgets import Input

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.tui.app import AutotrainApp
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.dialogs.question import QuestionDialog
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.model.notifications import notifications_of
from autotrain_tui.tui.model.session_feed import FeedChange
from autotrain_tui.tui.model.stage_seconds import search_share, stage_seconds
from autotrain_tui.tui.model.trial_parameters import log_keys, parameter_views, rank_correlation
from autotrain_tui.tui.model.trial_rows import search_facts, searches, sort_names, sorted_rows, trial_rows
from autotrain_tui.tui.panes.parameter_pane import ParameterPane
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.panes.trial_lines import trial_columns, trial_line
from autotrain_tui.tui.widgets.key_bar import ModeBar
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.answering import Answering
from tests.tui.conftest import StillMachine, machine_sample, settle
from tests.tui.search_sessions import drawn, make_search
from tests.tui.test_run_screen import text_of

BEST = 5
"""The trial that wins in these sessions."""


@pytest.fixture
def open_search(tmp_path):
    """Makes the application on a session with a search."""

    def make(**settings) -> AutotrainApp:
        folder = make_search(tmp_path / "sessions", **settings)
        app = AutotrainApp(None, tmp_path / "sessions", folder.id)
        app.machine = StillMachine(machine_sample())
        return app

    return make


async def trials_of(pilot) -> ListView:
    """Go to Trials; its list when it has rows."""
    await pilot.press("6")
    await settle(pilot, lambda: bool(pilot.app.screen.query_one("#trials", ListView).entries))
    return pilot.app.screen.query_one("#trials", ListView)


async def test_one_row_a_trial(open_search):
    """Key 6 shows a row a trial, the best first, with its values, rungs, curve and figures; the frame counts them."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        rows = await trials_of(pilot)
        await settle(pilot, lambda: "▇" in text_of(rows))
        assert len(rows.entries) == 16
        best = [row.doc["best"] for row in rows.entries]
        assert best == sorted(best, reverse=True)
        lines = text_of(rows).splitlines()
        assert lines[0].split() == ["trial", "lr", "batch_si…", "rungs", "curve", "last", "best", "time"]
        first = rows.entries[0].doc
        assert {f"{first['number']:02d}", f"{first['params']['lr']:.4g}", str(first["params"]["batch_size"])} <= set(
            lines[1].split()
        )
        assert "13 of 16 · 3 running · best" in rows.frame_facts()[1]


async def test_mode_is_there_only_with_a_search(open_search, open_app):
    """Trials stands among the modes of a session with a search, and neither name nor key does without one."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert "Trials" in text_of(app.screen.query_one(ModeBar))
    app = open_app("running")
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert "Trials" not in text_of(app.screen.query_one(ModeBar))
        await pilot.press("6")
        await pilot.pause()
        assert app.mode_screen.MODE == "run"


async def test_order_and_filter(open_search):
    """o goes to the next column and O turns the order; / leaves the trials that match."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        rows = await trials_of(pilot)
        await pilot.press("o")
        numbers = [row.doc["number"] for row in rows.entries]
        assert numbers == sorted(numbers)
        await pilot.press("O")
        assert [row.doc["number"] for row in rows.entries] == numbers[::-1]
        await pilot.press("slash", *"state:running lr>0.006", "enter")
        assert {row.doc["state"] for row in rows.entries} == {"running"}
        assert all(row.doc["params"]["lr"] > 0.006 for row in rows.entries)
        await pilot.press("escape")
        assert len(rows.entries) == 16


async def test_enter_opens_the_log(open_search):
    """Enter shows the trial in Run: its search is unfolded, the cursor on it, its log beside it."""
    app = open_search(decided=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await trials_of(pilot)
        await pilot.press("enter")
        await settle(
            pilot, lambda: app.mode_screen.MODE == "run" and app.screen.query_one(StageList).selected is not None
        )
        stages = app.screen.query_one(StageList)
        assert stages.selected.name == f"search.{BEST:02d}"
        await settle(
            pilot, lambda: app.screen.query_one(LogPane).shown.file.path.endswith(f"search.{BEST:02d}/attempt-1/log")
        )
        await pilot.press("left")
        assert stages.selected.name == "search"
        assert len(stages.stages) == 2


async def test_keys_act_on_the_marked(open_search, tmp_path):
    """s asks once and skips every marked trial; p pauses those of them that run."""
    app = open_search()
    folder = app.feed.folder
    async with app.run_test(size=(120, 36)) as pilot:
        rows = await trials_of(pilot)
        running = [row.name for row in rows.entries if row.live]
        for _ in range(len(rows.entries)):
            if rows.highlighted.live:
                await pilot.press("space")
            else:
                await pilot.press("down")
        with Answering(folder) as runner:
            await pilot.press("p")
            await settle(pilot, lambda: len(runner.taken) == 3)
            assert sorted((command.verb, command.stage) for command in runner.taken) == sorted(
                ("pause", name) for name in running
            )
            await pilot.press("s")
            await settle(pilot, lambda: isinstance(app.screen, QuestionDialog))
            assert "3 trials" in app.screen.heading
            await pilot.press("down", "enter")
            await settle(pilot, lambda: len(runner.taken) == 6)
            assert {command.verb for command in runner.taken[3:]} == {"skip"}


@pytest.mark.parametrize(
    ("typed", "args"), [("+4", {"trials": 4}), ("lr=0.02 optimizer=adam", {"set:lr": 0.02, "set:optimizer": "adam"})]
)
async def test_plus_adds_trials(open_search, typed, args):
    """+ asks for a number or values, and asks the runner to add them to the search that is looked at."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        await trials_of(pilot)
        with Answering(app.feed.folder) as runner:
            await pilot.press("plus")
            await settle(pilot, lambda: isinstance(app.screen, QuestionDialog) and bool(app.screen.query(Input)))
            app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            await settle(pilot, lambda: bool(runner.taken))
        assert [(command.verb, command.stage, command.args) for command in runner.taken] == [("extend", "search", args)]


async def test_p_promotes_a_trial_that_rests(open_search):
    """On a trial that rests at a rung, p is called Promote and lets it go on."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        rows = await trials_of(pilot)
        assert rows.highlighted.doc["state"] == "paused"
        assert app.mode_screen.actions.request("pause").label == "Promote"
        with Answering(app.feed.folder) as runner:
            await pilot.press("p")
            await settle(pilot, lambda: bool(runner.taken))
        assert [(command.verb, command.stage) for command in runner.taken] == [("resume", rows.highlighted.name)]


async def test_search_is_one_row_that_unfolds(open_search):
    """In Run a search is one row with its facts; right lists its trials, left folds them."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        stages = app.screen.query_one(StageList)
        await settle(pilot, lambda: stages.view is not None)
        assert "13 of 16 · 3 running" in text_of(stages)
        assert "0 of 2" in stages.frame_facts()[1]
        await pilot.press("right")
        assert "01 lr" in text_of(stages)
        assert len(stages.stages) == 18
        await pilot.press("left")
        assert len(stages.stages) == 2


async def test_curves_lie_over_each_other(open_search):
    """All trials begin at one place, the leader in colour, what runs muted, losers faint and under them."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot, lambda: app.screen.query_one("#curve", CurvePane).picture is not None)
        await settle(pilot, lambda: len(app.screen.query_one("#curve", CurvePane).picture.curves) == 16)
        picture = app.screen.query_one("#curve", CurvePane).picture
        assert {curve.start for curve in picture.curves} == {0.0}
        colours = [curve.colour for curve in picture.curves]
        assert (colours.count("faint"), colours.count("muted"), colours[-1]) == (12, 3, "curve-1")
        assert [label for _, label in picture.borders] == ["1 search"]


async def test_curves_stand_below_the_list_where_it_leaves_room(open_search):
    """The best trial and the one under the cursor have colours of their own; a low window has the list alone."""
    app = open_search()
    async with app.run_test(size=(120, 36)) as pilot:
        rows = await trials_of(pilot)
        pane = app.screen.query_one("#curves", CurvePane)
        await settle(pilot, lambda: pane.picture is not None and len(pane.picture.curves) == 16)
        best = rows.highlighted.name
        assert pane.picture.legend == ((f"best {best}", "curve-1"),)
        assert [curve.colour for curve in pane.picture.curves].count("curve-1") == 1
        await pilot.press("down")
        chosen = rows.highlighted.name
        await settle(pilot, lambda: pane.picture.legend == ((f"best {best}", "curve-1"), (chosen, "curve-2")))
        assert [curve.colour for curve in pane.picture.curves][-2:] == ["curve-2", "curve-1"]
        await pilot.resize_terminal(120, 24)
        await settle(pilot, lambda: not pane.display)


async def test_scatters(open_search):
    """Each swept key has a scatter with its weight; lr, drawn so, on a log axis."""
    app = open_search(decided=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await trials_of(pilot)
        pane = app.screen.query_one(ParameterPane)
        await settle(pilot, lambda: "lr" in text_of(pane))
        drawing = text_of(pane)
        assert "rank correlation" in drawing
        assert "rank ratio" in drawing
        assert " log" in drawing
        assert "★" in drawing


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_sizes(open_search, size):
    """In a narrow window v changes between table and scatters; in a wide one both and the states' words are there."""
    app = open_search()
    async with app.run_test(size=size) as pilot:
        rows = await trials_of(pilot)
        pane = app.screen.query_one(ParameterPane)
        assert pane.display is (size[0] > 100)
        assert ("paused" in text_of(rows)) is (size[0] > 100)
        await pilot.press("v")
        await settle(pilot, lambda: pane.display is (size[0] < 100))


def test_rows_of_a_search(tmp_path):
    """Rows have ranks and levels from best to worst, every column is an order, and what has no value stands last."""
    view = load_view(make_search(tmp_path))
    search = searches(view)[0]
    rows = trial_rows(view, search)
    assert [row.rank for row in rows] == list(range(1, 17))
    assert [row.level for row in rows] == sorted(row.level for row in rows)
    assert sort_names(rows) == [
        "rank",
        "number",
        "state",
        "rungs",
        "last",
        "best",
        "time",
        "lr",
        "batch_size",
        "optimizer",
    ]
    for name in sort_names(rows):
        assert sorted(row.name for row in sorted_rows(rows, name, "max")) == sorted(row.name for row in rows)
    assert search_facts(view, search).startswith("13 of 16 · 3 running · best 0.7")
    lines = [trial_line(row, trial_columns(rows, ["lr"]), 100)[0] for row in rows]
    assert len({sum(len(text) for text, _ in each) for each in lines if "exit" not in str(each)}) == 1


def test_time_and_share_of_a_search(tmp_path):
    """A search has run while one of its trials ran, and its share is that of the trials that need no more time."""
    view = load_view(make_search(tmp_path, decided=True))
    search = searches(view)[0]
    whole = sum(trial.elapsed(view.mono) for trial in view.session.trials)
    assert stage_seconds(view, search) == pytest.approx(whole, abs=1.0)  # they ran one after the other
    assert search_share(view, search) == 1.0
    running = load_view(make_search(tmp_path / "running"))
    search = searches(running)[0]
    assert stage_seconds(running, search) < sum(trial.elapsed(running.mono) for trial in running.session.trials)
    assert search_share(running, search) == 13 / 16
    assert search_share(running, running.session.stages[1]) is None


def test_trials_that_rest_are_no_news(tmp_path):
    """What most trials come to is not told; a failed one is, and that the search is decided."""
    view = load_view(make_search(tmp_path, decided=True))
    ends = [ev.AttemptEnded(stage=f"search.{number:02d}", attempt=1, state="paused") for number in (2, 3)]
    told = notifications_of(FeedChange((*ends, ev.AttemptEnded(stage="search.01", attempt=1, state="failed"))), view)
    assert [item.text for item in told] == ["search.01 failed"]
    decided = ev.SweepEnded(stage="search", state="succeeded", winners=["search.05"], reason="search.05 is the best")
    assert [item.text for item in notifications_of(FeedChange((decided,)), view)] == [
        "search is decided: search.05 is the best"
    ]


def test_how_much_a_key_matters(tmp_path):
    """A key's weight is Spearman's rank correlation at the first rung, where all trials are alike."""
    view = load_view(make_search(tmp_path, decided=True))
    rows = trial_rows(view, searches(view)[0])
    logs = log_keys(view.folder.plan, "search")
    assert logs == {"lr"}
    found = {one.name: one for one in parameter_views(rows, ["lr", "batch_size", "optimizer"], logs)}
    assert next(iter(found)) == "lr"
    assert (found["lr"].log, found["lr"].at_rung, found["optimizer"].texts) == (True, 1, ("adam", "sgd"))
    pairs = [(drawn(row.doc["number"])["lr"], row.doc["rungs"][0]) for row in rows if row.doc["rungs"]]
    assert found["lr"].correlation == pytest.approx(rank_correlation(pairs))
    assert rank_correlation([(1, 1), (2, 4), (3, 9), (4, 16)]) == pytest.approx(1.0)
    assert rank_correlation([(1, 4), (2, 3), (3, 2), (4, 1)]) == pytest.approx(-1.0)
    assert rank_correlation([(1, 1), (1, 2), (1, 3), (1, 4)]) is None
    assert rank_correlation([(1, 1), (2, 2)]) is None


def test_thousand_trials_sort_within_a_frame(tmp_path):
    """Ordering a thousand rows takes less than 16 ms of processor time, by any column."""
    view = load_view(make_search(tmp_path, trials=1000))
    rows = trial_rows(view, searches(view)[0])
    for name in ("lr", "best", "state"):
        times = []
        for _ in range(5):
            begin = time.process_time()
            sorted_rows(rows, name, "max")
            times.append(time.process_time() - begin)
        assert min(times) < 0.016
