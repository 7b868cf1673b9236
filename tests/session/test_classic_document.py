"""`session.json` is written in pieces: the same document, in memory that does not grow with the session."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.session.history.classic_document import AT_ONCE, classic_pieces
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.fold import Fold
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.records.folder import replace_file
from tests.session.test_fold import RUNNER, numbered


def session_of(count: int, *, finished: bool = False) -> Session:
    """A session whose stages have ended, every third one with exit status 1."""
    stages = [ev.StageDefinition(f"stage{number}", number, description='é "[]"') for number in range(count)]
    created = ev.SessionCreated(plan="p", id="s", boot_id="b", metric_name="loss", stages=stages)
    fold = Fold()
    ends = [event for number in range(count) for event in (
        ev.AttemptStarting(stage=f"stage{number}", attempt=1, folder=f"stages/{number}/attempt-1", command=["c"]),
        ev.AttemptEnded(stage=f"stage{number}", attempt=1, state="succeeded" if number % 3 else "failed",
                        exit_code=0 if number % 3 else 1, metrics={"loss": number / 7}),
    )]  # fmt: skip
    last = [ev.SessionFinished(outcome="failed")] if finished else []
    for event in numbered(created, RUNNER, *ends, *last):
        fold.feed(event)
    assert fold.session is not None
    return fold.session


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_the_pieces_are_one_indented_document(count: int, finished: bool) -> None:
    """However many pieces: valid JSON, indented throughout by two spaces, each stage once and in order, with its sums."""
    text = b"".join(classic_pieces(session_of(count, finished=finished), 1.0, 10))
    document = json.loads(text)
    assert text == msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    assert [entry["stage"] for entry in document["training_history"]] == list(range(count))
    good = [number / 7 for number in range(count) if number % 3]
    assert document["summary"]["total_stages"] == len(good)
    assert document["summary"]["similarity_trend"] == good[-3:]
    assert document["summary"]["avg_similarity"] == (sum(good) / len(good) if good else None)
    assert document["summary"]["best_similarity"] == max(good, default=None)
    assert ("row" in document) is finished


def test_a_long_session_s_summary_takes_no_more_memory_than_a_short_one_s(tmp_path: Path) -> None:
    """Writing that of ten times as many stages takes some bytes more a stage, not its entry."""
    small, large = (peak(session_of(count), tmp_path / "session.json") for count in (300, 3000))
    assert (large - small) / 2700 < 64


def peak(session: Session, path: Path) -> int:
    """Bytes of Python's memory that writing the summary takes at most."""
    replace_file(path, classic_pieces(session, 1.0, 10))
    tracemalloc.start()
    try:
        replace_file(path, classic_pieces(session, 1.0, 10))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_piece_that_cannot_be_made_leaves_the_old_file(tmp_path: Path) -> None:
    """Neither a part of the new content nor a temporary file stays."""
    path = tmp_path / "session.json"
    replace_file(path, b"old")

    def pieces() -> Iterator[bytes]:
        yield b"new"
        assert path.read_bytes() == b"old"
        raise ValueError

    with pytest.raises(ValueError):
        replace_file(path, pieces())
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"old", ["session.json"])
