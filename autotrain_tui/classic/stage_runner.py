"""`TrainingStageRunner`: one stage, run as a session of its own."""

from __future__ import annotations

import logging

from autotrain_tui.classic.checks import (
    checked_config,
    checked_flag,
    checked_minutes,
    checked_mode,
    checked_multiplier,
    checked_scale,
)
from autotrain_tui.classic.engine import Terms, begin
from autotrain_tui.classic.plan import Step
from autotrain_tui.classic.records import StageConfig, StageResult
from autotrain_tui.errors import AutotrainError

__all__ = ["TrainingStageRunner"]

log = logging.getLogger("autotrain_tui.classic")


class TrainingStageRunner:
    """Runs stages of the classic ladder by the command of the project's default plan, one session for each call.

    The project is the one of the working directory at the time of the call.
    """

    def __init__(
        self,
        mode: str = "development",
        scale: float | None = None,
        timeout_multiplier: float = 2.0,
        verbose: bool = False,
    ) -> None:
        """`scale` is passed to the program (None: the plan's own). A stage is ended when it runs longer than its
        estimate times `timeout_multiplier`. `verbose` logs what it prints.

        Raises ValueError for a mode that there is not and for numbers out of range.
        """
        self.mode = checked_mode(mode)
        self.scale = checked_scale(scale)
        self.timeout_multiplier = checked_multiplier(timeout_multiplier)
        self.verbose = checked_flag("verbose", verbose)

    def run_stage(self, stage_config: StageConfig, estimated_time: float) -> StageResult | None:
        """Run one stage and wait for its end. `estimated_time` is in minutes.

        A stage that fails, is stopped or runs too long is a result with its `error`. None when it could not run at
        all: no plan, a plan that can't be used, a machine that says no; the reason is logged as an error. Raises
        ValueError for an invalid configuration or estimate. When interrupted (Ctrl-C) the stage is
        stopped with its whole tree before KeyboardInterrupt propagates.
        """
        step = Step(checked_config(stage_config), checked_minutes(estimated_time))
        results: list[StageResult] = []
        try:
            begin([step], self.terms()).run(results.append)
        except AutotrainError as error:
            log.error("stage %d failed to run: %s", step.config.stage, error)  # noqa: TRY400  a sentence for a person
            return None
        if not results:
            log.error("stage %d did not start: the session was stopped first", step.config.stage)
            return None
        return results[0]

    def terms(self) -> Terms:
        """How this runner runs stages, as the engine takes it. Raises ValueError for attributes set out of range."""
        return Terms(
            checked_mode(self.mode),
            checked_scale(self.scale),
            checked_multiplier(self.timeout_multiplier),
            verbose=checked_flag("verbose", self.verbose),
        )
