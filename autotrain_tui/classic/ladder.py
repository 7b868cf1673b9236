"""The classic ladder: five stages, from little data and many epochs to much data and few, and their fixed estimates."""

from __future__ import annotations

import logging
from typing import TypedDict

from autotrain_tui.classic.checks import checked_config, checked_size, checked_stage
from autotrain_tui.classic.records import StageConfig
from autotrain_tui.plan.estimate import classic_minutes

__all__ = ["ProgressiveConfigManager", "StageInfo"]

log = logging.getLogger("autotrain_tui.classic")

_LADDER = (
    (2000, 20, 32, "Foundation Learning (small data, many epochs)"),
    (5000, 15, 64, "Consolidation (medium data, medium epochs)"),
    (10000, 12, 64, "Refinement (large data, fewer epochs)"),
    (20000, 8, 128, "Mastery (very large data, few epochs)"),
    (50000, 5, 128, "Perfection (massive data, minimal epochs)"),
)


class StageInfo(TypedDict):
    """One stage of `ProgressiveConfigManager.get_all_stages_info()`."""

    config: StageConfig
    estimated_time_minutes: float
    summary: str


class ProgressiveConfigManager:
    """The stages and what they are expected to take. Needs no project and starts nothing."""

    def __init__(self, dataset_limit_override: int | None = None, batch_size_override: int | None = None) -> None:
        """An override replaces that figure in every stage, and its description says so.

        Raises ValueError for an override that is no positive whole number (of at most 10^12 examples, 10^9 a batch).
        """
        self.dataset_limit_override = _size("dataset_limit_override", dataset_limit_override)
        self.batch_size_override = _size("batch_size_override", batch_size_override)

    def get_stage_config(self, stage: int) -> StageConfig:
        """The configuration of a stage, counted from 1; beyond 5 the fifth, under its own number.

        Raises ValueError for what is no positive whole number.
        """
        number = checked_stage(stage)
        limit, epochs, batch, words = _LADDER[min(number, len(_LADDER)) - 1]
        if self.dataset_limit_override is not None:
            limit = self.dataset_limit_override
            words += f" (dataset: {limit})"
        if self.batch_size_override is not None:
            batch = self.batch_size_override
            words += f" (batch: {batch})"
        return StageConfig(limit, epochs, batch, words, number)

    def get_all_stages_info(self, mode: str = "development") -> dict[int, StageInfo]:
        """The five stages by number, each with its estimate in minutes for the mode."""
        found: dict[int, StageInfo] = {}
        for number in range(1, len(_LADDER) + 1):
            config = self.get_stage_config(number)
            minutes = self.estimate_stage_time(config, mode)
            summary = f"Stage {number}: {config.description}"
            found[number] = {"config": config, "estimated_time_minutes": minutes, "summary": summary}
        return found

    def estimate_stage_time(self, config: StageConfig, mode: str = "development") -> float:
        """The classic guess in minutes: it knows no machine and no program (`autotrain-tui plan` learns from both).

        1000 examples and 10 epochs take 2 minutes in development, 5 in research, 10 in any other mode; half of that
        from batch size 128, 0.7 of it from 64; at least 8 minutes (12 up to 100 examples, 10 up to 1000). Raises
        ValueError for a configuration that `validate_stage_config` refuses.
        """
        checked = checked_config(config)
        if not isinstance(mode, str):
            raise ValueError(f"mode: expected a string, found {type(mode).__name__}")  # noqa: TRY004  one kind of error
        return classic_minutes(checked.dataset_limit, checked.epochs, checked.batch_size, mode)

    def validate_stage_config(self, config: StageConfig) -> bool:
        """Whether a stage can be run with it: positive whole numbers and a description; why not is logged."""
        try:
            checked_config(config)
        except ValueError as error:
            log.error("invalid stage configuration: %s", error)  # noqa: TRY400  the sentence says it all
            return False
        return True


def _size(parameter: str, value: int | None) -> int | None:
    return None if value is None else checked_size(parameter, value)
