"""trials and export --trials: the trials of a search, from files alone."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.session.records.folder import SessionFolder
from tests.cli.project import HAND, created, hand_made, runner_started
from tests.tui.search_sessions import drawn, make_search

BEST = "search.05"
"""The trial that wins in these sessions."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search that runs, one that is decided beside another one, and a session without any."""
    sessions = tmp_path_factory.mktemp("searches")
    make_search(sessions, name="20261122-150403-running")
    make_search(sessions, name="20261123-150403-decided", decided=True)
    make_search(sessions, name="20261124-150403-two", decided=True, second=True)
    return sessions


@pytest.fixture
def shown(places: Path, capsys: pytest.CaptureFixture[str]):
    """What a command line prints: its status, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main([*words, "--sessions-dir", str(places)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def test_table_has_winner_and_values(shown):
    """The table has one line a trial, the winner first, with its setting, rungs and values."""
    code, out, _ = shown("trials", "20261123")
    lines = out.splitlines()
    assert code == 0
    assert "16 of 16 trials · 0 running · best accuracy" in lines[0]
    assert lines[1].split() == ["TRIAL", "STATE", "lr", "batch_size", "optimizer", "RUNGS", "LAST", "BEST", "TIME"]
    assert lines[2].split()[:5] == [BEST, "succeeded", *map(str, drawn(5).values())]
    assert lines[2].endswith("winner")
    assert len(lines) == 18


def test_json_has_every_trial(shown):
    """The document has what the issue promises of each trial, running ones too."""
    code, out, _ = shown("trials", "20261122", "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["version"], document["session"], document["stage"]) == (1, "20261122-150403-running", "search")
    keys = {"name", "state", "params", "rungs", "last", "best", "elapsed_seconds", "winner"}
    assert all(keys <= set(row) for row in document["trials"])
    states = [row["state"] for row in document["trials"]]
    assert (len(states), states.count("running"), states.count("failed")) == (16, 3, 1)
    assert not any(row["winner"] for row in document["trials"])


@pytest.mark.parametrize(
    ("column", "key", "reverse"),
    [
        ("number", lambda row: row["number"], False),
        ("lr", lambda row: row["params"]["lr"], False),
        ("lr:desc", lambda row: row["params"]["lr"], True),
        ("best", lambda row: row["best"], True),
        ("best:asc", lambda row: row["best"], False),
        ("optimizer", lambda row: row["params"]["optimizer"], False),
        ("time:desc", lambda row: row["elapsed_seconds"], True),
        ("rungs", lambda row: len(row["rungs"]), False),
    ],
)
def test_sort_by_any_column(shown, column, key, reverse):
    """--sort orders by a column; last and best have the better first, and :asc and :desc say it."""
    rows = json.loads(shown("trials", "20261123", "--json", "--sort", column)[1])["trials"]
    values = [key(row) for row in rows]
    assert values == sorted(values, reverse=reverse)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("20261124",), "several searches; name one of: search, refine"),
        (("20261123", "final"), '"final" is no search; searches: search'),
        (("20261123", "--sort", "lrr"), 'no column "lrr"'),
        (("20261123", "none"), "has no stage"),
    ],
)
def test_what_cannot_be_meant_exits_2(shown, words, said):
    """No STAGE where several searches are, a stage that is none, and an unknown column are one sentence each."""
    code, out, err = shown("trials", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_session_without_search_exits_2(tmp_path, capsys):
    """A session without a search says so."""
    hand_made(tmp_path, [created("one"), runner_started()], HAND)
    assert cli.main(["trials", "latest", "--sessions-dir", str(tmp_path)]) == 2
    assert "has no search" in capsys.readouterr().err


def test_trial_means_its_search(shown):
    """A trial's name stands for its search."""
    assert shown("trials", "20261124", "search.03")[1].startswith("20261124-150403-two search:")


def test_search_that_has_not_begun(shown):
    """A search without trials says that none has started."""
    assert "no trial has started yet" in shown("trials", "20261124", "refine")[1]


def test_export_writes_the_table(shown, places):
    """export --trials writes a line a trial, the swept keys and the rungs as columns."""
    code, out, _ = shown("export", "20261123", "--trials")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, len(rows)) == (0, 16)
    best = next(row for row in rows if row["trial"] == BEST)
    assert {name: best[name] for name in drawn(5)} == {name: str(value) for name, value in drawn(5).items()}
    assert (best["search"], best["winner"], best["state"]) == ("search", "1", "succeeded")
    assert all(best[f"rung_{place}"] for place in (1, 2, 3))
    assert SessionFolder(places / best["session"]).path.is_dir()
    assert shown("export", "20261123", "--trials", "--format", "json")[0] == 2
