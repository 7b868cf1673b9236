"""`metrics FILE`: a log or a metric file that belongs to no session."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autotrain_tui.cli.main import main

RECORDINGS = Path(__file__).parents[1] / "metrics" / "recordings"


def run(*words: str) -> int:
    return main(["metrics", *words])


def test_a_log_is_read_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Every series with its best place, and what the curves say; --json has every point."""
    log = str(RECORDINGS / "xgboost_past_best.log")
    assert run(log) == 0
    text = capsys.readouterr().out
    assert "valid-logloss" in text
    assert "at step 3" in text
    assert "has risen by 43 % since" in text
    assert run(log, "--json", "--name", "valid-auc") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["session"], document["file"], document["read_as"]) == (None, log, "log")
    assert [len(series["points"]) for series in document["series"]] == [50]
    assert document["past_best"].startswith("valid-logloss was best at step 3 of 49")


def test_a_csv_file_is_read_with_its_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The columns that count are the axis of the others; one without metrics says what to do."""
    table = tmp_path / "metrics.csv"
    table.write_text("epoch,step,val_loss\n0,9,0.9\n1,19,0.7\n2,29,0.8\n")
    assert run(str(table), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["read_as"], document["series"][0]["points"][1]) == ("csv", [19.0, 0.7, None])
    empty = tmp_path / "empty.log"
    empty.write_text("nothing here\n")
    assert run(str(empty)) == 0
    assert "metrics --explain" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "words"), [("a.bin", b"\x7fELF\0\0", "is no text"), ("missing.log", None, "found nothing")]
)
def test_what_is_no_log_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes | None, words: str
) -> None:
    """One sentence and status 2."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert run(str(path)) == 2
    assert words in capsys.readouterr().err
