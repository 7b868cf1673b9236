"""The logs of a session's attempts, and what they are called."""

from __future__ import annotations

from pathlib import Path

import msgspec

from autotrain_tui.session.journal.session_view import View, log_of
from autotrain_tui.text.sanitize import sanitize

__all__ = ["AttemptLog", "attempt_logs"]


class AttemptLog(msgspec.Struct, frozen=True):
    """A log that can be explained, and whose it is."""

    title: str
    path: Path


def attempt_logs(view: View) -> list[AttemptLog]:
    """The logs of every attempt of a session, in the order the attempts were started."""
    attempts = [(stage, attempt) for stage in view.session.stages for attempt in stage.attempts]
    return [
        AttemptLog(f"{stage.info.index} {sanitize(stage.name)}, attempt {attempt.number}", log_of(view.folder, attempt))
        for stage, attempt in sorted(attempts, key=lambda pair: pair[1].started)
    ]
