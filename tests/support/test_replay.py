"""The replay: a copy that grows as the recorded session did, faster."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.transitions import SessionState, StageState
from autotrain_tui.session.records.folder import SessionFolder
from tests.support import replay
from tests.support.recording import Recording
from tests.tui.sessions import make_session


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> SessionFolder:
    """A finished session of five stages, 180 s each."""
    return make_session(tmp_path_factory.mktemp("recorded"), "finished")


@pytest.fixture
def player(recorded: SessionFolder, tmp_path: Path):
    """A replay of it, ten times as fast."""
    made = replay.Replay(Recording(recorded), tmp_path / "sessions", 10)
    yield made
    made.close()


def events(folder: SessionFolder) -> list[dict]:
    return [msgspec.json.decode(line) for line in folder.journal.read_bytes().splitlines()]


def test_half_way_it_is_a_living_session(recorded: SessionFolder, player: replay.Replay) -> None:
    """In the middle of the third stage two have succeeded, and its log and readings are the first half of theirs."""
    player.until(451.0)
    player.beat()
    view = load_view(player.folder)
    assert (view.state, view.alive) == (SessionState.RUNNING, True)
    states = [stage.state for stage in view.session.stages]
    assert states == [StageState.SUCCEEDED] * 2 + [StageState.RUNNING] + [StageState.PENDING] * 2
    whole, part = (folder.attempt(3, "refinement", 1) for folder in (recorded, player.folder))
    assert whole.log.read_bytes().startswith(part.log.read_bytes())
    assert part.log.read_bytes().endswith(b"\n")
    assert 0.4 < len(part.log.read_bytes()) / len(whole.log.read_bytes()) < 0.6
    names = len(part.readings.read_bytes().splitlines()) / len(whole.readings.read_bytes().splitlines())
    assert 0.4 < names < 0.6
    live = view.live["refinement"]
    assert set(live.metrics) == {"accuracy", "loss", "lr"}
    assert 0.4 < live.progress.fraction < 0.6
    assert 8 < live.eta_seconds < 10
    assert live.log_bytes == len(part.log.read_bytes())


def test_in_small_steps_and_at_once_it_is_the_same_in_the_end(recorded: SessionFolder, player: replay.Replay) -> None:
    """Every event, every byte of the logs and every reading arrives once, however the time is cut."""
    for tenth in range(0, 9200, 37):
        player.until(tenth / 10)
    assert player.ended
    ours, theirs = load_view(player.folder).session, load_view(recorded).session
    assert [(stage.name, stage.state) for stage in ours.stages] == [
        (stage.name, stage.state) for stage in theirs.stages
    ]
    assert ours.outcome == theirs.outcome
    for log in recorded.path.glob("stages/*/attempt-*/log"):
        copy = player.folder.path / log.relative_to(recorded.path)
        assert copy.read_bytes() == log.read_bytes()
        lines = copy.with_name("readings.jsonl").read_bytes().splitlines()
        before = [msgspec.json.decode(line) for line in log.with_name("readings.jsonl").read_bytes().splitlines()]
        assert [msgspec.json.decode(line)[1:] for line in lines] == [line[1:] for line in before]
        assert [msgspec.json.decode(line)[0] for line in lines] == [round(line[0] / 10, 3) for line in before]


def test_time_runs_ten_times_as_fast(recorded: SessionFolder, player: replay.Replay) -> None:
    """Gaps between events, estimates and the budget are a tenth; the numbers of the events stay."""
    player.until(10_000.0)
    before, after = events(recorded), events(player.folder)
    assert [event["seq"] for event in after] == [event["seq"] for event in before]
    gaps = [[b["mono"] - a["mono"] for a, b in pairwise(each)] for each in (before, after)]
    assert gaps[1] == pytest.approx([gap / 10 for gap in gaps[0]], abs=1e-4)
    assert after[0]["budget_seconds"] == before[0]["budget_seconds"] / 10
    assert after[0]["stages"][0]["estimate_seconds"] == before[0]["stages"][0]["estimate_seconds"] / 10


def test_played_by_the_clock(recorded: SessionFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command plays to the end on its own, and prints how to watch it; the copy is finished then."""
    assert replay.main([str(recorded.path), "--speed", "2000", "--to", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"autotrain-tui attach {recorded.id} --sessions-dir {tmp_path}\n"
    view = load_view(SessionFolder(tmp_path / recorded.id))
    assert view.finished
    assert 0.4 < view.elapsed_seconds < 0.6


def test_a_speed_must_be_above_zero(recorded: SessionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong speed is told with what was expected."""
    with pytest.raises(SystemExit) as ended:
        replay.main([str(recorded.path), "--speed", "0"])
    assert ended.value.code == 2
    assert "expected a speed above 0, got 0.0" in capsys.readouterr().err
