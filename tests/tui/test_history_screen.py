"""History: found, sorted, marked, compared, described, exported, deleted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from autotrain_tui.errors import UsageError
from autotrain_tui.session.records.notes import read_notes
from autotrain_tui.tui.charts.curve_detail import CurveDetail
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.dialogs.question import QuestionDialog
from autotrain_tui.tui.model.cards import read_sessions
from autotrain_tui.tui.model.session_rows import RowReader, SessionRow, sorted_rows
from autotrain_tui.tui.model.view_settings import HISTORY, recall
from autotrain_tui.tui.panes.card_lines import session_line
from autotrain_tui.tui.panes.session_detail import SessionDetail
from autotrain_tui.tui.panes.session_row_lines import session_row_head, session_row_line
from autotrain_tui.tui.screens.history.compare_screen import CompareScreen
from autotrain_tui.tui.screens.history.compare_table import CompareTable
from autotrain_tui.tui.screens.history.screen import HistoryScreen
from autotrain_tui.tui.screens.history.session_operations import overrides_of
from autotrain_tui.tui.widgets.key_bar import KeyBar
from autotrain_tui.tui.widgets.line import width_of
from autotrain_tui.tui.widgets.list_view import ListView
from tests.tui.conftest import settle
from tests.tui.sessions import ELSEWHERE, make_session
from tests.tui.test_run_screen import shown, text_of

_NAMES = ("accuracy", "loss", "lr")
"""The metrics of the sessions made by hand, in the order of their curves."""


@pytest.fixture
def history(open_app, tmp_path):
    """The application with three finished sessions and a broken one."""
    app = open_app("finished")
    sessions = tmp_path / "sessions"
    make_session(sessions, "failed", name="20261121-100000-other", plan="other")
    make_session(sessions, "stopped", name="20261120-100000-digits")
    (sessions / "20261119-100000-broken").mkdir()
    (sessions / "20261119-100000-broken" / "journal.jsonl").write_text("nothing\n")
    for lock in sessions.glob("*/runner.lock"):
        lock.write_text(json.dumps({**json.loads(lock.read_bytes()), "pid": 999_999_99, "start_time": 1}))
    return app


async def at_history(pilot, count=4):
    await shown(pilot)
    await pilot.press("3")
    await settle(
        pilot,
        lambda: (
            isinstance(pilot.app.screen, HistoryScreen)
            and len(pilot.app.screen.query_one("#sessions", ListView).entries) == count
        ),
    )
    return pilot.app.screen.query_one("#sessions", ListView)


def ids(rows):
    return [row.id for row in rows.entries]


async def test_the_keys_stand_in_the_order_of_the_screen(history):
    """What is used often comes first at the bottom, also where a key has another meaning in Run."""
    async with history.run_test(size=(120, 36)) as pilot:
        await at_history(pilot)
        keys = text_of(history.screen.query_one(KeyBar))
        labels = ["Open", "/ Filter", "s Sort", "space Mark", "c Compare", "Run again", "Export", "Note", "Delete"]
        places = [keys.index(label) for label in labels]
        assert places == sorted(places)


async def test_a_list_that_scrolls_keeps_its_bar_apart(history):
    """A blank stands between the entries and the bar, and the heading's columns stand over theirs."""
    async with history.run_test(size=(80, 24)) as pilot:
        rows = await at_history(pilot)
        rows.show(rows.entries * 20)
        head, *lines = text_of(rows).splitlines()
        good = [each for each in lines if "digits" in each]
        assert good
        assert {each[-2:] for each in good} == {" ▐", "  "}
        assert head.index("stages") + 6 == good[0].index("5/5") + 3


async def test_the_filter_language(history):
    """Terms narrow the list; a term that says nothing is told and changes nothing; Escape shows all."""
    async with history.run_test(size=(120, 36)) as pilot:
        rows = await at_history(pilot)
        await pilot.press("slash", *"state:failed")
        await settle(pilot, lambda: ids(rows) == ["20261121-100000-other"])
        field = history.screen.query_one("#filter")
        field.value = "accuracy>0.99"
        await settle(pilot, lambda: ids(rows) == ["20261122-150403-digits"])
        field.value = "accuracy>high"
        await settle(pilot, lambda: "expected a number" in rows.facts)
        assert len(rows.entries) == 1
        await pilot.press("escape")
        await settle(pilot, lambda: len(rows.entries) == 4)


async def test_the_page_beside(history):
    """What the session was, why its attempts ended, what it was given, and its curve."""
    async with history.run_test(size=(200, 60)) as pilot:
        await at_history(pilot)
        await pilot.press("down")
        page = history.screen.query_one(SessionDetail)
        await settle(pilot, lambda: "exit 1" in text_of(page))
        text = text_of(page)
        assert "dataset_limit 2000 5000 10000 20000 40000" in " ".join(text.split())
        assert "foundation" in text
        assert "best" in history.screen.query_one("#first", CurvePane).frame_facts()[1]
        await pilot.press("end")
        await settle(pilot, lambda: "no readable session" in text_of(page).replace("\n", " "))
        assert history.screen.query_one("#first", CurvePane).picture.curves == ()


@pytest.mark.parametrize(("size", "curves"), [((80, 24), 1), ((120, 36), 1), ((200, 60), 2)])
async def test_few_sessions_leave_room_for_the_selected_ones_curves(history, size, curves):
    """Below a short table stand the first curves of the session under the cursor, the others and its page beside it."""
    async with history.run_test(size=size) as pilot:
        rows = await at_history(pilot)
        below = [history.screen.query_one(f"#{name}", CurvePane) for name in ("first", "second")]
        page = history.screen.query_one(SessionDetail)
        await settle(
            pilot, lambda: [pane.picture.title for pane in below[:curves] if pane.picture] == list(_NAMES[:curves])
        )
        await settle(pilot, lambda: sum(pane.size.area > 0 for pane in below) == curves)
        assert rows.outer_size.height == len(rows.entries) + 3
        if size[0] > 80:
            await settle(pilot, lambda: "dataset_limit" in text_of(page))
            titles = [line.split()[0] for line in text_of(page).splitlines() if line.strip()]
            assert not set(_NAMES[:curves]) & set(titles)
        rows.show(rows.entries * 30)
        history.screen._selected.arrange(len(rows.entries))
        await settle(pilot, lambda: not any(pane.size.area for pane in below))
        if size[0] > 80:
            await settle(pilot, lambda: "\n accuracy  " in text_of(page))


async def test_another_size_has_other_room_for_curves(history, tmp_path):
    """A window that becomes low takes the curve away from below the table, and brings it back when it grows."""
    for day in range(10, 15):
        make_session(tmp_path / "sessions", "finished", name=f"202611{day}-100000-other", plan="other")
    async with history.run_test(size=(120, 36)) as pilot:
        await at_history(pilot, 9)
        curve = history.screen.query_one("#first", CurvePane)
        await settle(pilot, lambda: curve.size.area > 0)
        await pilot.resize_terminal(120, 24)
        await settle(
            pilot, lambda: not curve.size.area and history.screen.query_one("#sessions").outer_size.height == 22
        )
        await pilot.resize_terminal(120, 36)
        await settle(
            pilot, lambda: curve.size.area > 0 and curve.picture is not None and curve.picture.title == "accuracy"
        )


async def test_what_differs_from_the_plans_session_before(history):
    """The page says since which session, then what each value was and is, the better one with a star; without an earlier
    session of the plan nothing.
    """
    async with history.run_test(size=(120, 36)) as pilot:
        await at_history(pilot)
        page = history.screen.query_one(SessionDetail)
        await settle(pilot, lambda: "since 1120-100000 " in text_of(page))
        lines = [" ".join(each.split()) for each in text_of(page).splitlines()]
        assert "outcome stopped succeeded" in lines
        assert "best accuracy 0.961 ★ 0.999" in lines
        assert any("more; Space marks, c compares" in each for each in lines)
        await pilot.press("down")
        await settle(pilot, lambda: "other" in page.frame_facts()[0])
        assert "since" not in text_of(page)


async def test_sorted_by_the_best(history):
    """The best headline value first, those without one last."""
    async with history.run_test(size=(120, 36)) as pilot:
        rows = await at_history(pilot)
        await pilot.press("s")
        await settle(pilot, lambda: "best first" in rows.facts)
        assert ids(rows)[0] == "20261122-150403-digits"
        assert ids(rows)[-1] == "20261119-100000-broken"


async def test_marked_sessions_are_compared(history):
    """Space marks, c compares: only what differs, the best value marked, the curves over one another; the axis is the
    one chosen last.
    """
    async with history.run_test(size=(120, 36)) as pilot:
        await at_history(pilot)
        await pilot.press("space", "space")
        assert history.marked == ["20261122-150403-digits", "20261121-100000-other"]
        await pilot.press("c")
        await settle(
            pilot,
            lambda: (
                isinstance(history.screen, CompareScreen)
                and "differences" in text_of(history.screen.query_one(CompareTable))
            ),
        )
        text = text_of(history.screen.query_one(CompareTable))
        assert "★ 0.999" in text
        assert "plan" in text
        await settle(pilot, lambda: "1121-100000-other" in text_of(history.screen.query_one(CurveDetail)))
        await pilot.press("n")
        await settle(pilot, lambda: history.screen.query_one(CurveDetail).picture.title == "loss")
        await pilot.press("a")
        await settle(pilot, lambda: history.screen.query_one(CurveDetail).picture.axis == "step")
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(history.screen, HistoryScreen))
        await pilot.press("c")
        await settle(pilot, lambda: isinstance(history.screen, CompareScreen))
        await settle(pilot, lambda: history.screen.query_one(CurveDetail).picture is not None)
        assert history.screen.query_one(CurveDetail).picture.axis == "step"


async def test_a_note_and_tags(history, tmp_path):
    """Words that begin with # become tags, the others the note; the list shows both."""
    async with history.run_test(size=(120, 36)) as pilot:
        rows = await at_history(pilot)
        await pilot.press("n")
        await settle(pilot, lambda: isinstance(history.screen, QuestionDialog))
        history.screen.query_one("Input").value = "#good the one to keep"
        await pilot.press("enter")
        await settle(
            pilot, lambda: isinstance(history.screen, HistoryScreen) and rows.entries[0].fields["tags"] == ["good"]
        )
        notes = read_notes(history.feed.folder)
        assert (notes.note, notes.tags) == ("the one to keep", ["good"])


async def test_exported_to_a_file(history, tmp_path, monkeypatch):
    """The ending says what is written; nothing is overwritten."""
    monkeypatch.chdir(tmp_path)
    async with history.run_test(size=(120, 36)) as pilot:
        await at_history(pilot)
        for name in ("out.csv", "out.csv"):
            await pilot.press("e")
            await settle(pilot, lambda: isinstance(history.screen, QuestionDialog))
            history.screen.query_one("Input").value = name
            await pilot.press("enter")
            await settle(pilot, lambda: isinstance(history.screen, HistoryScreen) and Path("out.csv").exists())
        text = Path("out.csv").read_text()  # noqa: ASYNC240  a test waits for nobody
        assert text.startswith("session,stage,attempt,metric")


async def test_deleting_asks_first(history, tmp_path):
    """Cancel comes first; after a yes the folder and its line are gone."""
    folder = tmp_path / "sessions" / "20261121-100000-other"
    async with history.run_test(size=(120, 36)) as pilot:
        rows = await at_history(pilot)
        await pilot.press("down", "delete")
        await settle(pilot, lambda: isinstance(history.screen, QuestionDialog))
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(history.screen, HistoryScreen))
        assert folder.is_dir()
        await pilot.press("delete")
        await settle(pilot, lambda: isinstance(history.screen, QuestionDialog))
        await pilot.press("down", "enter")
        await settle(pilot, lambda: isinstance(history.screen, HistoryScreen) and len(rows.entries) == 3)
        assert not folder.exists()


def test_changes_as_they_are_typed():
    """Mode and budget by name, everything else as --set; what is no change is told."""
    changes = overrides_of("mode=research max_hours=2 epochs=3")
    assert (changes.mode, changes.max_hours, changes.sets) == ("research", 2.0, ("epochs=3",))
    with pytest.raises(UsageError, match="name=value"):
        overrides_of("faster")


def test_the_first_screenful_comes_first(tmp_path, monkeypatch):
    """However many sessions there are, the first turn gives as many as are in sight, and the reader together give all."""
    monkeypatch.setattr(
        "autotrain_tui.tui.model.session_rows.list_rows", lambda _: ((str(at), "trouble") for at in range(1000))
    )
    monkeypatch.setattr("autotrain_tui.tui.model.session_rows._BATCH_SECONDS", 3600.0)
    reader = RowReader(tmp_path)
    assert [[row.id for row in reader.take()] for _ in range(2)] == [
        [str(at) for at in range(100)],
        [str(at) for at in range(100, 1000)],
    ]
    assert reader.take() is None


def test_lines_fit_whatever_their_width(tmp_path):
    """Every line is as wide as it may be, at every width, with or without mark, trend and trouble."""
    for number, state in enumerate(("finished", "failed", "interrupted", "budget", "paused")):
        make_session(
            tmp_path, state, host=ELSEWHERE if state == "paused" else None, name=f"2026112{number}-100000-digits"
        )
    reader, found = RowReader(tmp_path), []
    while (more := reader.take()) is not None:
        found += more
    assert len(found) == 5
    for width in (60, 70, 90, 110, 140):
        for row in found:
            marked = SessionRow(row.id, row.listed, mark=3, values=(0.1, 0.5, 0.9))
            assert width_of(session_row_line(row, width)[0]) <= width
            assert width_of(session_row_line(marked, width)[0]) <= width
    assert [row.id for row in sorted_rows(found, "best")][0] == "20261120-100000-digits"


def test_a_short_name_is_whole_before_the_word_of_a_state(history):
    """In a list too narrow for both the state's word is left out, which the sign tells too."""
    row = RowReader(history.sessions).take()[0]
    name = str(row.fields["plan"])
    for width in range(48, 120):
        text = "".join(part for part, _ in session_row_line(row, width)[0])
        assert f" {name} " in text
        assert width_of(session_row_line(row, width)[0]) <= width


def test_the_word_of_a_state_is_never_cut(tmp_path):
    """A long name is cut before it, in History's list and in Home's, in windows of 80 to 200 columns."""
    plan = "a-plan-whose-name-has-no-room-beside-the-words-of-states"
    words = {
        "failed": "failed",
        "stopped": "stopped",
        "interrupted": "interrupted",
        "budget": "out of budget",
        "running": "running",
    }
    for number, state in enumerate(words):
        make_session(tmp_path, state, plan=plan, name=f"2026112{number}-100000-long")
    rows, cards = RowReader(tmp_path).take(), read_sessions(tmp_path)
    for row, card, word in zip(rows, cards, reversed(words.values()), strict=True):
        for width in (64, 70, 78, 94, 120):
            for chosen in ((), ("loss", "batch_size")):
                text = "".join(part for part, _ in session_row_line(row, width, chosen)[0])
                assert re.search(rf"a-plan\S*… {word} ", text)
                assert len(text) == width
        for width in (58, 78, 98):
            text = "".join(part for part, _ in session_line(card, width)[0])
            assert re.search(rf"a-plan\S*…  {word} ", text)
            assert len(text) == width


async def test_a_person_chooses_columns_and_finds_them_again(history):
    """m shows and hides metrics and parameters; they are drawn where there is room, and remembered."""
    async with history.run_test(size=(120, 36)) as pilot:
        rows = await at_history(pilot)
        await settle(pilot, lambda: any(row.metrics for row in rows.entries))
        await pilot.press("m")
        await settle(pilot, lambda: isinstance(history.screen, QuestionDialog))
        texts = [choice.text for choice in history.screen.choices.choices]
        assert texts[:4] == ["Done", "Show accuracy", "Show loss", "Show batch_size"]
        await pilot.press("down", "down", "enter")
        await settle(pilot, lambda: "loss" in text_of(rows).splitlines()[0])
        await settle(pilot, lambda: "0.120" in text_of(rows).splitlines()[1])
        await settle(pilot, lambda: history.screen.choices.choices[2].text == "Hide loss")
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(history.screen, HistoryScreen))
        assert recall(HISTORY).columns == ("loss",)
        await pilot.press("m")
        await settle(pilot, lambda: isinstance(history.screen, QuestionDialog))
        await pilot.press("down", "enter")
        await settle(pilot, lambda: "loss" not in text_of(rows).splitlines()[0])
        assert recall(HISTORY).columns == ()


def test_columns_of_a_persons_choice_keep_their_width(history):
    """Any name and any value, also a wide one, leaves the line as wide as it may be, and the plan readable."""
    row = RowReader(history.sessions).take()[0]
    chosen = ("loss", "a/long/metric/name/of/many/letters", "batch_size", "損失")
    metrics = {"loss": 0.123456, chosen[1]: 1e-30, "損失": float("nan")}
    for width in range(48, 200, 3):
        line = session_row_line(SessionRow(row.id, row.listed, metrics=metrics), width, chosen)[0]
        assert width_of(line) <= width
        assert width_of(session_row_head(width, chosen)) <= width
        assert str(row.fields["plan"]) in "".join(part for part, _ in line)
