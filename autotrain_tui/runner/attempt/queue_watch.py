"""Journals why an attempt waits in a batch system's queue, and alerts of reasons that never end by themselves."""

from __future__ import annotations

import time

from autotrain_tui.runner.attempt.journaled_attempt import JournaledAttempt
from autotrain_tui.runner.launchers import LaunchedAttempt
from autotrain_tui.session.journal.events import StageWaiting
from autotrain_tui.session.journal.transitions import StageState

__all__ = ["watch_queue"]

ESTIMATE_SECONDS = 60.0
"""How often a new estimate of the start alone is journaled; the reason itself is at once."""


async def watch_queue(journaled: JournaledAttempt, launched: LaunchedAttempt) -> None:
    """Watch until the attempt has a process, or until cancelled."""
    told, said, when = "", journaled.stage.waiting, 0.0
    while waiting := launched.waiting:
        now = time.monotonic()
        new = waiting.partition(", about")[0] != said.partition(", about")[0]
        if waiting != said and (new or now >= when + ESTIMATE_SECONDS):
            if journaled.stage.state is StageState.STARTING:
                await journaled.write(StageWaiting(stage=journaled.name, reason=waiting))
            said, when = waiting, now
        if launched.never_starts and launched.never_starts != told:
            told = launched.never_starts
            journaled.alert("queue", told)
        if text := launched.unread.new_text():
            journaled.alert("records", text)
        await launched.looked()
