"""`SessionManager` alone: results, time, and the session log."""

from __future__ import annotations

import json
import logging
import os
import stat
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from autotrain_tui import ProgressiveConfigManager, SessionManager, SessionSummary, StageConfig, StageResult
from autotrain_tui.classic import session_log

pytestmark = pytest.mark.usefixtures("nowhere")


def result(stage: int, value: float | None = None, *, error: str | None = None, minutes: float = 1.0) -> StageResult:
    config = ProgressiveConfigManager().get_stage_config(stage)
    return StageResult(
        stage, config, error is None, minutes, 8.0, value, error, "output", f"2026-01-0{stage}T00:00:00Z"
    )


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(session_log, "time", made)
    return made


def test_the_records_have_the_classic_fields_in_order() -> None:
    """Old programs build them by position."""
    assert [each.name for each in fields(StageConfig)] == [
        "dataset_limit",
        "epochs",
        "batch_size",
        "description",
        "stage",
    ]
    assert [each.name for each in fields(StageResult)] == [
        "stage",
        "config",
        "success",
        "actual_time_minutes",
        "estimated_time_minutes",
        "final_similarity",
        "error",
        "stdout",
        "timestamp",
    ]
    assert [each.name for each in fields(SessionSummary)] == [
        "total_stages",
        "total_time_minutes",
        "best_similarity",
        "avg_similarity",
        "similarity_trend",
    ]


def test_the_summary_counts_successful_stages_only() -> None:
    """The trend is the last three of them; a stage without a metric counts with its time."""
    manager = SessionManager()
    assert manager.get_session_summary() == SessionSummary(0, 0.0, None, None, [])
    for each in (
        result(1, 0.1),
        result(2, 0.9, error="exit code 1"),
        result(3, 0.5),
        result(4),
        result(5, 0.4),
        result(6, 0.2),
    ):
        manager.add_stage_result(each)
    summary = manager.get_session_summary()
    assert (summary.total_stages, summary.total_time_minutes, summary.best_similarity) == (5, 5.0, 0.5)
    assert summary.avg_similarity == pytest.approx(0.3)
    assert summary.similarity_trend == [0.5, 0.4, 0.2]


def test_fewer_than_three_values_are_all_of_the_trend() -> None:
    """Two stages give a trend of two."""
    manager = SessionManager()
    manager.add_stage_result(result(1, 0.1))
    manager.add_stage_result(result(2, 0.2))
    assert manager.get_session_summary().similarity_trend == [0.1, 0.2]


def test_the_log_has_the_classic_form(nowhere: Path) -> None:
    """Its keys are those of the old system; the output is not in it; only its owner can read it."""
    manager = SessionManager("research", 1.5, 2.0)
    assert not manager.session_log.exists()
    manager.add_stage_result(result(1, 0.8))
    manager.add_stage_result(result(2, error="exit code 3"))
    assert Path(manager.session_log).parent == nowhere / "sessions"
    assert stat.S_IMODE(os.stat(manager.session_log).st_mode) == 0o600
    written = json.loads(manager.session_log.read_text())
    assert list(written) == [
        "mode",
        "scale",
        "max_total_time_hours",
        "start_time",
        "current_time",
        "elapsed_hours",
        "training_history",
        "summary",
    ]
    assert (written["mode"], written["scale"], written["max_total_time_hours"]) == ("research", 1.5, 2.0)
    first, second = written["training_history"]
    assert list(first) == [
        "stage",
        "config",
        "success",
        "actual_time_minutes",
        "estimated_time_minutes",
        "final_similarity",
        "error",
        "timestamp",
    ]
    assert first["config"] == {
        "dataset_limit": 2000,
        "epochs": 20,
        "batch_size": 32,
        "stage": 1,
        "description": "Foundation Learning (small data, many epochs)",
    }
    assert (second["success"], second["error"], second["final_similarity"]) == (False, "exit code 3", None)
    assert written["summary"] == {
        "total_stages": 1,
        "total_time_minutes": 1.0,
        "best_similarity": 0.8,
        "avg_similarity": 0.8,
        "similarity_trend": [0.8],
    }


def test_the_log_is_replaced_whole(nowhere: Path) -> None:
    """A reader that has the old one open keeps it whole, and no other file is left behind."""
    manager = SessionManager()
    manager.add_stage_result(result(1, 0.1))
    with open(manager.session_log) as before:
        manager.add_stage_result(result(2, 0.2))
        assert len(json.load(before)["training_history"]) == 1
    assert len(json.loads(manager.session_log.read_text())["training_history"]) == 2
    assert os.listdir(nowhere / "sessions") == [manager.session_log.name]


def test_numbers_that_json_has_not_are_null() -> None:
    """The file stays JSON that anybody reads."""
    manager = SessionManager()
    manager.add_stage_result(result(1, float("nan")))
    assert (
        json.loads(manager.session_log.read_text(), parse_constant=pytest.fail)["training_history"][0][
            "final_similarity"
        ]
        is None
    )


def test_two_managers_of_one_second_have_two_logs() -> None:
    """Neither writes over the other's results."""
    assert len({SessionManager().session_log for _ in range(20)}) == 20


def test_history_is_really_restored() -> None:
    """All but the output comes back, and with it the summary; what is added then is written with it."""
    old, new = SessionManager(), SessionManager()
    for each in (result(1, 0.1), result(2, error="exit code 3"), result(3, 0.5)):
        old.add_stage_result(each)
    new.add_stage_result(result(9, 0.9))
    assert new.load_session_history(str(old.session_log)) is True
    assert new.get_session_summary() == old.get_session_summary()
    for restored, original in zip(new.training_history, old.training_history, strict=True):
        original.stdout = ""
        assert restored == original
    new.add_stage_result(result(4, 0.6))
    assert [entry["stage"] for entry in json.loads(new.session_log.read_text())["training_history"]] == [1, 2, 3, 4]


BROKEN = [
    "",
    "[]",
    "{}",
    '{"training_history": 3}',
    '{"training_history": [3]}',
    '{"training_history": [{}]}',
    "\0",
    "[" * 100_000,
    '{"training_history": [{"config": {}}]}',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_is_no_session_log_changes_nothing(
    text: str, nowhere: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """False, with the reason logged and the history as it was."""
    (nowhere / "log.json").write_text(text)
    manager = SessionManager()
    manager.add_stage_result(result(1, 0.1))
    assert manager.load_session_history(nowhere / "log.json") is False
    assert "cannot read a session history" in caplog.text
    assert len(manager.training_history) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stage", "1"),
        ("stage", None),
        ("success", 1),
        ("actual_time_minutes", "2"),
        ("estimated_time_minutes", None),
        ("final_similarity", "high"),
        ("error", 3),
        ("timestamp", 0),
        ("config", None),
    ],
)
def test_an_entry_of_the_wrong_type_is_not_taken(key: str, value: object, nowhere: Path) -> None:
    """A log that somebody wrote wrong is refused as a whole."""
    manager = SessionManager()
    manager.add_stage_result(result(1, 0.1))
    document = json.loads(manager.session_log.read_text())
    document["training_history"][0][key] = value
    (nowhere / "log.json").write_text(json.dumps(document))
    assert manager.load_session_history(nowhere / "log.json") is False


def test_a_missing_file_is_false(nowhere: Path) -> None:
    """And so is a folder, a pipe that nobody writes to, and what is no path."""
    assert SessionManager().load_session_history(nowhere / "none.json") is False
    assert SessionManager().load_session_history(nowhere) is False
    os.mkfifo(nowhere / "pipe")
    assert SessionManager().load_session_history(nowhere / "pipe") is False
    no_path: Any = None
    assert SessionManager().load_session_history(no_path) is False


def test_a_number_is_no_path(nowhere: Path) -> None:
    """It is not taken for an open file of the caller's, which would be closed by it."""
    descriptor: Any = os.open(nowhere, os.O_RDONLY)
    assert SessionManager().load_session_history(descriptor) is False
    os.close(descriptor)


def test_time_is_counted_by_the_monotonic_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the wall clock does, hours are hours; at the limit there is no more to go on with."""
    manager = SessionManager(max_total_time_hours=2.0)
    assert (manager.get_elapsed_time_hours(), manager.get_remaining_time_hours()) == (0.0, 2.0)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    clock.now += 3600
    assert (manager.get_elapsed_time_hours(), manager.get_remaining_time_hours()) == (1.0, 1.0)
    assert manager.should_continue_session() is True
    clock.now += 3600
    assert manager.should_continue_session() is False
    clock.now += 3600
    assert (manager.get_elapsed_time_hours(), manager.get_remaining_time_hours()) == (3.0, 0.0)


def test_hours_count_anew_from_the_logged_start(clock: Clock) -> None:
    """A trainer that was made long before it is run has its whole time."""
    manager = SessionManager(max_total_time_hours=2.0)
    clock.now += 7200
    manager.log_session_start()
    assert manager.get_remaining_time_hours() == 2.0


def test_what_is_logged_goes_through_logging(caplog: pytest.LogCaptureFixture) -> None:
    """Start, each stage and the end, a failed stage as an error."""
    manager = SessionManager()
    with caplog.at_level(logging.INFO, "autotrain_tui.classic"):
        manager.log_session_start()
        manager.log_stage_start(1)
        manager.add_stage_result(result(1, 0.75))
        manager.log_stage_completion(result(1, 0.75), 1.5)
        manager.log_stage_completion(result(2, error="exit code 3"), 0.5)
        manager.log_final_summary()
    texts = [record.getMessage() for record in caplog.records]
    assert texts[0] == "automated training: mode development, at most 8 hours"
    assert texts.pop(1) == "stage 1 starts; 0:00 of 8:00:00 used"
    assert texts[1].startswith("stage 1 done after 1.5 min (estimate 8.0), metric 0.75; 0:00 of 8:00:00 used")
    assert "stage 2 failed (exit code 3) after 0.5 min" in texts[2]
    assert caplog.records[3].levelno == logging.ERROR
    assert texts[3].startswith("1 stage succeeded, 1.0 min of training, best metric 0.75")


def test_a_log_that_cannot_be_written_costs_no_result(nowhere: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The result stays, and the error is logged."""
    (nowhere / "sessions").write_text("in the way")
    manager = SessionManager()
    manager.add_stage_result(result(1, 0.1))
    assert len(manager.training_history) == 1
    assert "cannot write the session log" in caplog.text


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf"), 1e9, "8", None, True])
def test_a_time_limit_is_a_positive_number_of_hours(hours: object) -> None:
    """Up to 10000; anything else is a ValueError."""
    with pytest.raises(ValueError, match="max_total_time_hours: expected a number above 0 and up to 10000"):
        SessionManager(max_total_time_hours=hours)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "scale", "words"),
    [
        ("", None, "mode: "),
        ("a b", None, "mode: "),
        (None, None, "mode: expected a string"),
        (3, None, "mode: "),
        ("development", 0, "scale: "),
        ("development", -1.0, "scale: "),
        ("development", float("nan"), "scale: "),
        ("development", "big", "scale: "),
        ("development", True, "scale: "),
    ],
)
def test_mode_and_scale_are_checked(mode: object, scale: object, words: str) -> None:
    """A ValueError names the parameter."""
    with pytest.raises(ValueError, match=words):
        SessionManager(mode, scale)  # type: ignore[arg-type]


def test_only_results_are_results() -> None:
    """Anything else is a ValueError, and nothing is added."""
    manager = SessionManager()
    with pytest.raises(ValueError, match="expected a StageResult, found dict"):
        manager.add_stage_result({"stage": 1})  # type: ignore[arg-type]
    assert manager.training_history == []
