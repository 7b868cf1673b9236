"""The line for across the room: the plan as one bar, its end by the clock, the headline against earlier sessions."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.plan.estimate_source import CLASSIC_GUESS
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.tui.model.earlier import Earlier, EarlierSession
from autotrain_tui.tui.model.earlier_sessions import read_earlier
from autotrain_tui.tui.model.plan_progress import plan_progress
from autotrain_tui.tui.model.remaining import guess_pace, rests_on_guess
from autotrain_tui.tui.model.schedule import of_session
from autotrain_tui.tui.model.terminal_progress import TerminalMeans, means_of, progress_sequence
from autotrain_tui.tui.panes.plan_bar import bar_cells, clock_time, plan_bar_line
from autotrain_tui.tui.widgets.line import width_of
from autotrain_tui.web.reading.session_texts import session_texts
from tests.tui.sessions import append, make_session, stage_infos

NOON = time.mktime((2026, 11, 24, 12, 0, 0, 0, 0, -1))


def view_of(tmp_path: Path, state: str, **how) -> View:
    return load_view(make_session(tmp_path / "sessions", state, **how))


def text(spans) -> str:
    return "".join(part for part, _ in spans)


def earlier(best: float) -> Earlier:
    one = EarlierSession("20261120-000000-digits", "", 100.0, best, "succeeded", 5, 5)
    return Earlier("accuracy", one, one)


def test_widths_follow_the_time_of_each_stage(tmp_path: Path) -> None:
    """Done stages are full, the running one is partly, those to come are empty and as wide as their estimates."""
    progress = plan_progress(view_of(tmp_path, "running"))
    done = [round(segment.done, 1) for segment in progress.segments]
    assert done[:2] == [1.0, 1.0]
    assert 0 < done[2] < 1
    assert done[3:] == [0.0, 0.0]
    cells = text(bar_cells(progress, 60))
    assert len(cells) == 60
    parts = cells.strip("▕▏").split(" ")
    assert len(parts) == len(progress.segments)
    for part, segment in zip(parts, progress.segments, strict=True):
        assert abs(len(part) - segment.seconds / progress.span * sum(map(len, parts))) <= 1
    assert set(parts[0]) == {"█"}
    assert set(parts[-1]) == {"░"}


@pytest.mark.parametrize("state", ["starting", "running", "failed", "finished", "many", "held", "frozen", "lost"])
def test_the_line_fits_every_width(tmp_path: Path, state: str) -> None:
    """It is never wider than the window, and its bar never narrower than eighteen cells."""
    view = view_of(tmp_path, state)
    for width in (40, 60, 80, 120, 200, 300):
        line = plan_bar_line(view, earlier(0.9), width, NOON)
        assert width_of(line) <= width
        assert text(line).index("▏", 16) - text(line).index("▕") >= 16


def test_the_work_of_a_failed_stage_is_not_done(tmp_path: Path) -> None:
    """A session that has failed is not at 100 %, on the screen and on the page."""
    view = load_view(make_session(tmp_path, "failed"))
    progress = plan_progress(view)
    done = sum(segment.seconds for segment in progress.segments if segment.style.word == "succeeded")
    whole = sum(segment.seconds for segment in progress.segments)
    assert progress.fraction == pytest.approx(done / whole)
    assert session_texts(view)["progress"] < 50


def test_it_says_when_the_plan_ends_and_what_the_headline_is(tmp_path: Path) -> None:
    """End by the clock, the best value, and its difference to the best earlier session."""
    view = view_of(tmp_path, "running")
    left = plan_progress(view).seconds_left
    assert left is not None
    words = text(plan_bar_line(view, earlier(0.9), 160, NOON))
    assert f"ends {clock_time(NOON + left, NOON)}" in words
    assert "accuracy 0.95" in words
    assert "better than the best before" in words
    assert "worse" in text(plan_bar_line(view, earlier(0.999), 120, NOON))
    assert "before" not in text(plan_bar_line(view, Earlier(), 160, NOON))


def test_another_day_is_named(tmp_path: Path) -> None:
    """Today is hours and minutes, this week has the day, later the date."""
    assert clock_time(NOON + 3600, NOON) == "13:00"
    assert clock_time(NOON + 86400, NOON) == time.strftime("%a 12:00", time.localtime(NOON + 86400))
    assert clock_time(NOON + 30 * 86400, NOON) == time.strftime("%d %b", time.localtime(NOON + 30 * 86400))


def test_alerts_stand_until_they_are_acknowledged(tmp_path: Path) -> None:
    """Their number stays on the line."""
    folder = make_session(tmp_path / "sessions", "running")
    append(folder, ev.Alert(kind="nan", stage="refinement", text="loss is nan"))
    view = load_view(folder)
    assert "! 1 alert" in text(plan_bar_line(view, Earlier(), 80, NOON))
    append(folder, ev.AlertAcknowledged(alerts=[view.session.alerts[0].seq], by="me"))
    assert "alert" not in text(plan_bar_line(load_view(folder), Earlier(), 80, NOON))


def test_the_budget_is_a_tick(tmp_path: Path) -> None:
    """A budget within the plan is marked on the bar; one far beyond it is not."""
    view = view_of(tmp_path, "running")
    assert "┊" not in text(bar_cells(plan_progress(view), 60))
    session = msgspec.structs.replace(view.session, budget_seconds=2400.0)
    cells = text(bar_cells(plan_progress(msgspec.structs.replace(view, session=session)), 60))
    assert 20 < cells.index("┊") < 40


def guessed(tmp_path: Path, state: str) -> View:
    """A session that nothing but the classic guess is known of."""
    infos = [msgspec.structs.replace(each, estimate_source=CLASSIC_GUESS) for each in stage_infos()]
    return view_of(tmp_path, state, stages=infos)


def test_a_guess_is_called_rough_until_the_first_minutes_correct_it(tmp_path: Path) -> None:
    """Nothing has run: the guess, never in green; what has run corrects what is still to come."""
    view = guessed(tmp_path / "a", "starting")
    session = msgspec.structs.replace(
        view.session, stages=tuple(msgspec.structs.replace(stage, attempts=()) for stage in view.session.stages)
    )
    fresh = msgspec.structs.replace(view, session=session)
    assert rests_on_guess(fresh)
    schedule = of_session(fresh)
    assert schedule.verdict.startswith("no history yet: classic guess ~")
    assert schedule.verdict.endswith("(rough)")
    assert schedule.colour == "muted"
    assert "rough guess" in text(plan_bar_line(fresh, Earlier(), 120, NOON))
    later = guessed(tmp_path / "b", "running")
    pace = guess_pace(later)
    assert pace is not None
    assert not rests_on_guess(later)
    last = plan_progress(later).segments[-1]
    assert last.seconds == pytest.approx(1500 * pace, rel=0.01)


def test_earlier_sessions_are_those_of_the_plan_before_this_one(tmp_path: Path, monkeypatch) -> None:
    """The last and the best; neither a later session nor another plan's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sessions = tmp_path / "sessions"
    for name, state, plan in (
        ("20260101-000000-digits", "finished", "digits"),
        ("20260102-000000-digits", "failed", "digits"),
        ("20260103-000000-speech", "finished", "speech"),
        ("20260109-000000-digits", "finished", "digits"),
    ):
        make_session(sessions, state, name=name, plan=plan)
    view = load_view(make_session(sessions, "running", name="20260105-000000-digits"))
    found = read_earlier(sessions, view.session)
    assert found.last is not None
    assert found.best is not None
    assert found.last.id == "20260102-000000-digits"
    assert found.best.id == "20260101-000000-digits"


def test_title_and_taskbar_follow(tmp_path: Path) -> None:
    """The title has the share and the state; the taskbar a state of its own for a failure and a pause."""
    both = TerminalMeans(title=True, taskbar=True)
    sequence = progress_sequence(view_of(tmp_path / "a", "running"), both, NOON)
    assert sequence.startswith("\x1b]2;")
    assert "% ▶ running digits, ends " in sequence
    assert "\x1b]9;4;1;" in sequence
    assert "\x1b]9;4;2;" in progress_sequence(view_of(tmp_path / "b", "failed"), both, NOON)
    assert "\x1b]9;4;4;" in progress_sequence(view_of(tmp_path / "c", "frozen"), both, NOON)
    assert "\x1b]9;4;0;" in progress_sequence(view_of(tmp_path / "d", "finished"), both, NOON)


@pytest.mark.parametrize(
    ("environment", "title", "taskbar"),
    [
        ({"TERM": "xterm-256color"}, True, False),
        ({"TERM": "linux"}, False, False),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, True, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, True, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True, False),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "ghostty"}, True, False),
        ({"TERM": "xterm-256color", "AUTOTRAIN_TASKBAR": "on"}, True, True),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty", "AUTOTRAIN_TASKBAR": "off"}, True, False),
        ({"TERM": "xterm-256color", "AUTOTRAIN_TITLE": "off"}, False, False),
    ],
)
def test_only_terminals_that_know_it_get_it(environment: dict[str, str], title: bool, taskbar: bool) -> None:
    """OSC 9 is a message in some terminals: those never get a progress."""
    assert means_of(environment) == TerminalMeans(title, taskbar)
