"""A search on the page: one stage with its trials, drawn on the server and kept up to date by the script."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from autotrain_tui.session.journal.events import SweepEnded
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.web.reading.session_stream import StateVersions, news_since, present_cursor
from autotrain_tui.web.reading.session_texts import session_texts
from tests.tui.search_sessions import make_search
from tests.tui.sessions import append


async def test_a_search_is_one_stage_with_its_trials(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """The page has a row for each trial, the best first: its values, its last and best, and what it does."""
    folder = make_search(tmp_path / "sessions")
    view = load_view(folder)
    shown = session_texts(view)["stages"]["search"]
    assert list(session_texts(view)["stages"]) == ["search", "final"]
    assert (shown["percent"], shown["facts"]) == (81, "13 of 16 · 3 running · best 0.746")
    assert session_texts(view)["progress"] == 40, "13 of 16 trials of the first of two stages"
    rows = shown["trials"]["rows"]
    assert sorted(int(row["number"]) for row in rows) == list(range(1, 17))
    assert [row["best"] for row in rows] == sorted((row["best"] for row in rows), reverse=True)
    assert sum(row["word"] == "running" for row in rows) == 3
    assert rows[-1]["facts"].startswith("failed: exit code 1")
    text = (await reader.get(f"/s/{folder.id}")).text
    assert text.count("<tr") == 17
    assert rows[0]["params"] in text
    assert '<details class="trials" open>' in text


async def test_a_decided_search_names_its_winner(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    """The winner stands first with its sign, and the stage's line has its values; the rows are folded."""
    folder = make_search(tmp_path / "sessions", decided=True)
    shown = session_texts(load_view(folder))["stages"]["search"]
    first, *others = shown["trials"]["rows"]
    assert (first["sign"], first["facts"].split(" · ")[0]) == ("★", "winner")
    assert not any(row["sign"] == "★" for row in others)
    assert f"winner {first['number']}: lr " in shown["facts"]
    assert '<details class="trials">' in (await reader.get(f"/s/{folder.id}")).text


def test_of_many_trials_those_that_run_and_the_best_are_shown(tmp_path: Path) -> None:
    """The page stays small: what runs and the best, and a sentence on how the others are listed."""
    folder = make_search(tmp_path / "sessions", trials=60)
    trials = session_texts(load_view(folder))["stages"]["search"]["trials"]
    assert len(trials["rows"]) == 24
    assert sum(row["word"] == "running" for row in trials["rows"]) == 3
    assert trials["more"] == f"36 more: autotrain-tui trials {folder.id} search"


def test_the_stream_says_when_a_search_is_decided(tmp_path: Path) -> None:
    """Who listens gets the winner's row as a patch of the state."""
    folder = make_search(tmp_path / "sessions")
    versions = StateVersions()
    view = load_view(folder)
    _, cursor = news_since(view, present_cursor(view), versions)
    best = session_texts(view)["stages"]["search"]["trials"]["rows"][0]["number"]
    name = f"search.{int(best):02d}"
    append(folder, SweepEnded(stage="search", state="succeeded", winners=[name], reason="the best"))
    data, _ = news_since(load_view(folder), cursor, versions)
    patch = json.loads(next(line for line in data.decode().splitlines() if line.startswith("data: {"))[6:])
    trial = patch["stages"]["search"]["trials"][name]
    assert trial["winner"] is True
    assert "params" not in trial
    assert "★" in data.decode()
    assert f'"winner":"{name}"' in data.decode()
