"""The classic records: a stage's configuration, its result, and the session's summary.

Unlike the engine's own records they are not frozen: programs written for the old system change them in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from autotrain_tui.session.records.clock import now_iso

__all__ = ["SessionSummary", "StageConfig", "StageResult"]


@dataclass(slots=True)
class StageConfig:
    """What one stage is given: examples, passes over them, examples per step, words for people, number from 1."""

    dataset_limit: int
    epochs: int
    batch_size: int
    description: str
    stage: int


@dataclass(slots=True)
class StageResult:
    """What came of a stage.

    `actual_time_minutes` is running time, pauses left out. `final_similarity` is the last value of the plan's headline
    metric, whatever its name; None when none was read. `error` is None exactly when the stage succeeded. `stdout` is
    the end of what it printed (stdout and stderr, at most 64 KiB): the whole log is a file of the session.
    `timestamp` is the end, ISO 8601 UTC.
    """

    stage: int
    config: StageConfig
    success: bool
    actual_time_minutes: float
    estimated_time_minutes: float
    final_similarity: float | None = None
    error: str | None = None
    stdout: str = ""
    timestamp: str = field(default_factory=now_iso)


@dataclass(slots=True)
class SessionSummary:
    """The successful stages together; `similarity_trend` holds the last three final similarities, oldest first."""

    total_stages: int
    total_time_minutes: float
    best_similarity: float | None
    avg_similarity: float | None
    similarity_trend: list[float]
