"""`AutomatedTrainer`: the ladder from its first stage on, until time or a failure ends it."""

from __future__ import annotations

import itertools
import logging
import time

from autotrain_tui.classic.checks import MOST_MINUTES, checked_config, checked_hours
from autotrain_tui.classic.engine import begin
from autotrain_tui.classic.ladder import ProgressiveConfigManager, StageInfo
from autotrain_tui.classic.plan import Step
from autotrain_tui.classic.records import StageConfig, StageResult
from autotrain_tui.classic.session_log import SessionManager
from autotrain_tui.classic.stage_runner import TrainingStageRunner

__all__ = ["AutomatedTrainer"]

log = logging.getLogger("autotrain_tui.classic")

_RUN_STAGE = TrainingStageRunner.run_stage


class AutomatedTrainer:
    """Brings the three parts together. Each may be replaced before the run by one that behaves like it."""

    def __init__(  # noqa: PLR0917  the old signature
        self,
        mode: str = "development",
        scale: float | None = None,
        max_total_time_hours: float = 8.0,
        dataset_limit_override: int | None = None,
        batch_size_override: int | None = None,
        timeout_multiplier: float = 2.0,
        verbose: bool = False,
    ) -> None:
        """See the parts for what each means. Raises ValueError for a mode that there is not, numbers out of range."""
        self.config_manager = ProgressiveConfigManager(dataset_limit_override, batch_size_override)
        self.stage_runner = TrainingStageRunner(mode, scale, timeout_multiplier, verbose)
        self.session_manager = SessionManager(mode, scale, max_total_time_hours)
        self.mode = self.stage_runner.mode
        self.scale = self.stage_runner.scale
        self.max_total_time_hours = self.session_manager.max_total_time_hours

    def run_automated_training(self) -> None:
        """Stage after stage, beyond 5 the fifth again, until the next estimate no longer fits the time that is left, or
        a stage fails. Results are in `session_manager`.

        It is one session of the project, to be watched, paused and looked up like any other; a stage starts from what
        the one before it saved. Where `stage_runner` or its `run_stage` was replaced, that is asked for each stage
        instead. Raises UsageError where there is no default plan or it can't be run, MachineError when the
        machine fails; when interrupted, the session is stopped before KeyboardInterrupt propagates.
        """
        self.session_manager.log_session_start()
        if self._is_ours():
            self._run_session()
        else:
            self._run_stage_by_stage()
        self.session_manager.log_final_summary()

    def get_stages_preview(self) -> dict[int, StageInfo]:
        """The five stages by number, with configuration, estimate in minutes for the mode, and summary."""
        return self.config_manager.get_all_stages_info(self.mode)

    def estimate_total_time(self) -> float:
        """Hours that the five stages are expected to take."""
        return sum(info["estimated_time_minutes"] for info in self.get_stages_preview().values()) / 60

    def can_fit_in_time_limit(self) -> bool:
        """Whether the five stages fit the limit."""
        return self.estimate_total_time() <= checked_hours(self.max_total_time_hours)

    def _is_ours(self) -> bool:
        """Whether stages are run the way this package does, so that all of them can be one session."""
        runner = self.stage_runner
        return getattr(type(runner), "run_stage", None) is _RUN_STAGE and "run_stage" not in vars(runner)

    def _run_session(self) -> None:
        """The ladder as one session: the runner decides stage by stage, by the same estimates."""
        steps = [self._step(number) for number in sorted(self.get_stages_preview())]
        if not self._fits(steps[0].config, steps[0].minutes):
            return
        hours = checked_hours(self.max_total_time_hours)
        capped = [Step(step.config, min(step.minutes, MOST_MINUTES)) for step in steps]
        session = begin(capped, self.stage_runner.terms(), max_hours=hours, repeat=True)
        log.info("session %s", session.folder.id)
        ended = time.monotonic()

        def take(result: StageResult) -> None:
            nonlocal ended
            began, ended = ended, time.monotonic()
            self._take(result, (ended - began) / 60)

        session.run(take)

    def _run_stage_by_stage(self) -> None:
        for number in itertools.count(1):
            step = self._step(number)
            if not self._fits(step.config, step.minutes):
                return
            began = time.monotonic()
            result = self.stage_runner.run_stage(step.config, step.minutes)
            if result is None:
                log.error("stage %d failed to run", number)
                return
            self._take(result, (time.monotonic() - began) / 60)
            if not result.success:
                return

    def _step(self, number: int) -> Step:
        config = self.config_manager.get_stage_config(number)
        return Step(checked_config(config), self.config_manager.estimate_stage_time(config, self.mode))

    def _fits(self, config: StageConfig, minutes: float) -> bool:
        """Whether a stage may start; why not is logged."""
        left = self.session_manager.get_remaining_time_hours() * 60
        if self.session_manager.should_continue_session() and minutes <= left:
            return True
        log.warning(
            "no time for stage %d: it is expected to take %.1f min, %.1f min are left", config.stage, minutes, left
        )
        return False

    def _take(self, result: StageResult, minutes: float) -> None:
        self.session_manager.add_stage_result(result)
        self.session_manager.log_stage_completion(result, minutes)
