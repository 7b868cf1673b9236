"""Which log of the selected stage a person has stepped to: an attempt's, and of a distributed one a rank's."""

from __future__ import annotations

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.tui.log.tiles import LogEntry
from autotrain_tui.tui.model.rank_choices import first_log, rank_logs
from autotrain_tui.tui.screens.run.log_entries import log_entries, wanted_attempt

__all__ = ["LogChoice"]


class LogChoice:
    """The attempt and the rank; at first the latest attempt, and the rank that failed first, else rank 0."""

    def __init__(self) -> None:
        self._attempt: int | None = None
        self._rank: str | None = None

    def reset(self) -> None:
        """Another stage is selected."""
        self._attempt = self._rank = None

    def entries(self, view: View, stage: Stage) -> list[LogEntry]:
        """The chosen log, then the others."""
        return log_entries(view, stage, self._attempt, self._rank)

    def step_attempt(self, stage: Stage, by: int) -> None:
        """Choose an attempt after or before; the first and the last one hold."""
        numbers = [attempt.number for attempt in stage.attempts]
        if numbers:
            now = numbers.index(self._attempt) if self._attempt in numbers else len(numbers) - 1
            self._attempt, self._rank = numbers[max(0, min(now + by, len(numbers) - 1))], None

    def step_rank(self, view: View, stage: Stage, by: int) -> None:
        """Choose a rank after or before; before rank 0 is what the engine printed."""
        attempt = wanted_attempt(stage, self._attempt)
        logs = rank_logs(view, attempt) if attempt is not None else []
        if attempt is not None and logs:
            now = logs.index(first_log(view, attempt, logs, self._rank))
            self._rank = logs[max(0, min(now + by, len(logs) - 1))].choice

    def has_ranks(self, view: View, stage: Stage) -> bool:
        """Are there logs of ranks to step through?"""
        attempt = wanted_attempt(stage, self._attempt)
        return attempt is not None and bool(rank_logs(view, attempt))
