"""`SessionManager`: the results of a session, the time that is left, and the session log."""

from __future__ import annotations

import logging
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from autotrain_tui.classic.checks import checked_hours, checked_name, checked_scale
from autotrain_tui.classic.records import SessionSummary, StageResult
from autotrain_tui.classic.session_file import read_history, summary_of, write_log
from autotrain_tui.session.launch.project_paths import find_paths
from autotrain_tui.session.records.clock import iso, now_iso
from autotrain_tui.text import format as fmt

__all__ = ["SessionManager"]

log = logging.getLogger("autotrain_tui.classic")


class SessionManager:
    """Keeps results and time. Starts nothing; usable alone, in a project or outside of any.

    Hours count by the monotonic clock, which no change of the wall clock moves: from construction, and from
    `log_session_start` once that is called.
    """

    def __init__(
        self, mode: str = "development", scale: float | None = None, max_total_time_hours: float = 8.0
    ) -> None:
        """Raises ValueError for numbers out of range and for a mode that is no name."""
        self.mode = checked_name(mode)
        self.scale = checked_scale(scale)
        self.max_total_time_hours = checked_hours(max_total_time_hours)
        self.training_history: list[StageResult] = []
        """Every result, in order, failed ones too."""
        self.session_log: Path = _free_path()
        """The JSON file in the classic form, in the folder of sessions; there from the first result on."""
        self._start_clock()

    def _start_clock(self) -> None:
        self.start_time = datetime.now(UTC)
        self._began = time.monotonic()

    def add_stage_result(self, result: StageResult) -> None:
        """Add a result and replace the session log atomically.

        A log that can't be written is logged as an error and costs no result. Raises ValueError for what is none.
        """
        if not isinstance(result, StageResult):
            raise ValueError(f"result: expected a StageResult, found {type(result).__name__}")  # noqa: TRY004  as all
        self.training_history.append(result)
        head = {
            "mode": self.mode,
            "scale": self.scale,
            "max_total_time_hours": self.max_total_time_hours,
            "start_time": iso(self.start_time.timestamp()),
            "current_time": now_iso(),
            "elapsed_hours": self.get_elapsed_time_hours(),
        }
        try:
            write_log(self.session_log, head, self.training_history)
        except OSError as error:
            log.error("%s: cannot write the session log: %s", self.session_log, error.strerror)  # noqa: TRY400

    def get_session_summary(self) -> SessionSummary:
        """The successful stages together; none of them: zeros, None and an empty trend."""
        return summary_of(self.training_history)

    def should_continue_session(self) -> bool:
        """Whether time is left."""
        return self.get_elapsed_time_hours() < self.max_total_time_hours

    def get_remaining_time_hours(self) -> float:
        """Hours left of the limit, never below 0."""
        return max(0.0, self.max_total_time_hours - self.get_elapsed_time_hours())

    def get_elapsed_time_hours(self) -> float:
        """Hours since the session's start."""
        return (time.monotonic() - self._began) / 3600

    def log_session_start(self) -> None:
        """Log the start; the hours count from here."""
        self._start_clock()
        scale = "" if self.scale is None else f", scale {self.scale:g}"
        log.info("automated training: mode %s%s, at most %g hours", self.mode, scale, self.max_total_time_hours)

    def log_stage_start(self, stage: int) -> None:
        """Log that a stage begins, by its number."""
        log.info(
            "stage %d starts; %s of %s used",
            stage,
            fmt.clock(self.get_elapsed_time_hours() * 3600),
            fmt.clock(self.max_total_time_hours * 3600),
        )

    def log_stage_completion(self, result: StageResult, stage_duration: float) -> None:
        """Log a stage's end; `stage_duration` is in minutes by the clock, pauses included."""
        words = "done" if result.success else f"failed ({result.error})"
        metric = "" if result.final_similarity is None else f", metric {result.final_similarity:.4g}"
        log.log(
            logging.INFO if result.success else logging.ERROR,
            "stage %d %s after %.1f min (estimate %.1f)%s; %s of %s used",
            result.stage,
            words,
            stage_duration,
            result.estimated_time_minutes,
            metric,
            fmt.clock(self.get_elapsed_time_hours() * 3600),
            fmt.clock(self.max_total_time_hours * 3600),
        )

    def log_final_summary(self) -> None:
        """Log the session's summary."""
        summary = self.get_session_summary()
        best = "" if summary.best_similarity is None else f", best metric {summary.best_similarity:.4g}"
        stages = "1 stage" if summary.total_stages == 1 else f"{summary.total_stages} stages"
        where = f"; session log: {self.session_log}" if self.training_history else ""
        log.info("%s succeeded, %.1f min of training%s%s", stages, summary.total_time_minutes, best, where)

    def load_session_history(self, path: str | os.PathLike[str]) -> bool:
        """Take over the results of a session log in place of those here; True when that was done.

        `stdout` is not in such a file and comes out empty; the time used so far does not change. A file that can't be
        read or holds something else leaves everything as it is: False, with the reason logged.
        """
        try:
            history = read_history(path)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            log.error("%s: cannot read a session history: %s", path, reason)  # noqa: TRY400
            return False
        self.training_history = history
        return True


def _free_path() -> Path:
    """A name that no other session log has, however many begin in this second."""
    stamp = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    return find_paths().sessions / f"automated_session_{stamp}_{secrets.token_hex(3)}.json"
