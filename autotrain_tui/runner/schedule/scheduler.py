"""What follows the strategy: its decisions are journaled and started, its estimates learn from what the session did."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.change import changed_parameters
from autotrain_tui.plan.strategy import Run
from autotrain_tui.runner.attempt.attempt_supervisor import Carry
from autotrain_tui.runner.core.stage_environment import changed_stage
from autotrain_tui.runner.schedule.headline_series import headline_series
from autotrain_tui.runner.schedule.planner import Next, Planner
from autotrain_tui.runner.schedule.start_attempt import launch
from autotrain_tui.session.history.observations import observations
from autotrain_tui.session.journal.events import Decision, Estimated, StageAdded
from autotrain_tui.session.journal.state import Held, Pending, Session, Stage
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.launch.start_runner import stage_info

if TYPE_CHECKING:
    from autotrain_tui.runner.runner import Runner

__all__ = ["Steering", "differs"]

ESTIMATED_AHEAD = 50
"""Waiting stages whose estimates follow what the session learns; those further off follow when they come nearer."""


def differs(now: float | None, before: float | None) -> bool:
    """Whether an estimate has changed by more than a person would shrug at: a twentieth."""
    if now is None or before is None:
        return now is not before
    return abs(now - before) > 0.05 * max(now, before)


class Steering:
    """Asks the planner what is next for a runner's session, and carries the answer out."""

    def __init__(self, runner: Runner) -> None:
        """The runner's plan, book and folder must be there already."""
        self._runner, self._plan, self._book = runner, runner.plan, runner.book
        self._decided_last = ""
        self._planner = Planner(runner.plan, observations(runner.folder.path.parent, runner.plan), self._series)

    def _series(self, _session: Session, stage: Stage) -> list[float]:
        return headline_series(self._runner.folder, stage, self._plan.metric)

    def next(self) -> Next:
        """What is to happen now."""
        return self._planner.next(self._book.session, time.monotonic())

    async def follow(self, following: Next) -> list[float] | None:
        """Start what is to start; seconds after which to look again, or None to look at once."""
        waits = [following.wake_in] if following.wake_in is not None else []
        names = list(following.again)
        if following.run is not None:
            names = [await self._decided(following.run)]
        for name in names:
            carry, wait = await launch(self._runner, name)
            if carry is not None:
                self._runner.take_up(carry)
                await self._stop_if_stopping(carry)
            if wait is not None:
                waits.append(wait)
        return waits if waits or not names else None

    async def _decided(self, run: Run) -> str:
        """Journal a strategy's decision with what it changes; the stage's name."""
        name = run.stage.name
        if self._book.session.stage(name) is None:
            estimate = self._planner.budget(self._book.session, time.monotonic()).estimate(run.stage)
            await self._book.write(StageAdded(info=stage_info(run.stage, estimate), reason=run.reason))
        stage = self._book.session.stage(name)
        assert stage is not None
        as_it_is = changed_stage(self._runner.stage(name), stage.changes)
        changes = {key: new for key, (_, new) in changed_parameters(as_it_is, run.stage).items()}
        # a stage that waits for a GPU or for room is decided on at every look: that is no news
        news = name != self._decided_last and (self._plan.strategy != "ladder" or self._plan.after_last == "repeat")
        self._decided_last = name
        if changes or news:
            await self._book.write(
                Decision(strategy=self._plan.strategy, stage=name, reason=run.reason, changes=changes)
            )
        if changes:
            await self._estimate([name])
        return name

    async def _stop_if_stopping(self, carry: Carry) -> None:
        """A stop may have come while the attempt was being started."""
        session = self._book.session
        if session.state is SessionState.STOPPING:
            with contextlib.suppress(RefusedError):
                await carry.ask_to_end("kill" if session.stop_intent == "kill" else "stop", session.reason, "runner")

    async def estimate_again(self) -> None:
        """Journal the estimates of waiting stages that this session's own times have changed."""
        waiting = [
            stage.name
            for stage in self._book.session.stages
            if isinstance(stage.status, Pending | Held) and not stage.attempts
        ]
        await self._estimate(waiting[:ESTIMATED_AHEAD])

    async def _estimate(self, names: list[str]) -> None:
        """Journal the estimates of stages as they are to run now, where they differ from what was said."""
        estimate = self._planner.budget(self._book.session, time.monotonic()).estimate
        for name in names:
            stage = self._book.session.stage(name)
            assert stage is not None
            now = estimate(changed_stage(self._runner.stage(name), stage.changes))
            if differs(now.seconds, stage.info.estimate_seconds):
                await self._book.write(
                    Estimated(
                        stage=name, estimate_seconds=now.seconds, estimate_source=now.source, estimate_spread=now.spread
                    )
                )
