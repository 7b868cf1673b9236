"""What an accepted command has done, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.session.history.effects import effect_text
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.verbs import REQUESTS
from tests.tui.sessions import make_session


@pytest.mark.parametrize(
    ("state", "verb", "words"),
    [
        ("frozen", "freeze", "refinement is frozen; its memory stays taken, GPU memory too"),
        ("frozen", "pause", "refinement is frozen; its memory stays taken, GPU memory too"),
        ("pausing", "pause", "refinement is pausing: it saves a checkpoint and ends, then its GPU is free"),
        ("paused", "pause", "refinement is paused; its GPU is free"),
        ("running", "resume", "refinement runs again"),
        ("held", "hold", "refinement is held until it is released"),
        ("retry", "retry", "refinement is tried again: attempt 2"),
        ("failed", "retry", "refinement is tried again: attempt 2"),
    ],
)
def test_the_sentence_names_the_stage_and_its_state(tmp_path: Path, state: str, verb: str, words: str) -> None:
    """A pause of a stage that is not resumable freezes it, and says so."""
    assert effect_text(verb, load_view(make_session(tmp_path / "sessions", state)), "refinement") == words


def test_every_request_has_a_sentence(tmp_path: Path) -> None:
    """No answer is only the name of its command."""
    view = load_view(make_session(tmp_path / "sessions", "running"))
    for verb, entry in REQUESTS.items():
        stage = "refinement" if entry.target == "stage" else None
        assert not effect_text(verb, view, stage).startswith(f"{verb}:")
