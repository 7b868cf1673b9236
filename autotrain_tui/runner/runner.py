"""The runner: runs one session. asyncio, the only writer of the journal.

It holds the session's lock, finds out what became of attempts that a former runner left, then starts what the schedule
says, supervises each attempt to its end, takes commands, and leaves when the session is over. Killed at any moment, it
leaves files from which the next one goes on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from autotrain_tui import __version__
from autotrain_tui.plan.model import Plan
from autotrain_tui.runner.context.loop_signal import LoopSignal
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.context.session_end import finish_session
from autotrain_tui.runner.context.summary_writer import SummaryWriter
from autotrain_tui.runner.context.supervisors import Supervisors
from autotrain_tui.runner.control.handlers import CommandHandler
from autotrain_tui.runner.control.inbox import CommandInbox, EarlierFiles
from autotrain_tui.runner.control.lost_commands import execute_again, lost_commands
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.gpus.allocator import GpuAllocator
from autotrain_tui.runner.launchers import Launcher
from autotrain_tui.runner.launchers.ask_again import ask_again
from autotrain_tui.runner.recovery import Recovery, visit_attempts
from autotrain_tui.runner.schedule.alert_journal import AlertJournal
from autotrain_tui.runner.schedule.scheduler import Scheduler
from autotrain_tui.runner.services.alert_hook import AlertHook
from autotrain_tui.runner.services.disk_monitor import DiskMonitor
from autotrain_tui.runner.services.gauge_recorder import GaugeRecorder
from autotrain_tui.runner.services.heartbeat_writer import HeartbeatWriter
from autotrain_tui.runner.services.notifier import Notifier
from autotrain_tui.runner.services.suspend_watch import SuspendWatch
from autotrain_tui.session.journal.events import Alert, Event, RunnerStarted
from autotrain_tui.session.journal.transitions import Outcome
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["Runner"]


class Runner:
    """One session's runner. `run()` returns the outcome; raises AutotrainError when it can't go on."""

    def __init__(
        self,
        folder: SessionFolder,
        plan: Plan,
        state: JournaledState,
        launchers: Mapping[str, Launcher],
        earlier: EarlierFiles,
    ) -> None:
        """`earlier`: command files that were there before this runner had the lock."""
        self.recovered = asyncio.Event()
        """Set when what a former runner left is taken over: from then on the session may be ended."""
        loop, gpus = LoopSignal(), GpuAllocator(folder.id)
        summary = SummaryWriter(folder, state)
        self.context = RunnerContext(folder, plan, state, launchers, gpus, Supervisors(gpus, loop), loop, summary)
        self._alerts = AlertJournal(self.context)
        self._scheduler = Scheduler(self.context, self._alerts)
        self._handler = CommandHandler(self.context)
        self._inbox = CommandInbox(
            folder, earlier, self._handler.execute, self._handler.refuse, lambda: state.failing_seconds
        )
        self._heartbeat = HeartbeatWriter(folder, self.context.supervisors.live, lambda: state.unrecorded)
        self._gauges = GaugeRecorder(folder, self.context.supervisors, self._alerts.add)
        self._disk = DiskMonitor(folder, state, gpus, self._alerts.add)
        self._suspends = SuspendWatch(self._alerts.add)
        self._alert_hook = AlertHook(plan.on_alert, folder, state.session.project or "/")
        self._notifier = Notifier(plan)
        state.changed = self._changed
        state.on_trouble = lambda text: self._alert_hook.on_event(Alert(kind="unrecorded", text=text))
        state.on_recovery = lambda text: self._alerts.add(Alert(kind="unrecorded", text=text))

    def _changed(self, event: Event) -> None:
        self.context.loop.wake()
        self._alert_hook.on_event(event)
        self._notifier.on_event(event, self.context.state.session)

    async def run(self, *, force: bool = False, then: Command | None = None) -> Outcome:
        """Run the session to its end; `then` is a command to execute first."""
        await self._recover(force=force, then=then)
        services = [
            asyncio.create_task(service.run())
            for service in (self._inbox, self._heartbeat, self._disk, self._gauges, self._suspends)
        ]
        for service in services:
            service.add_done_callback(self._service_ended)
        try:
            return await self._loop()
        finally:
            self._heartbeat.beat()
            for service in services:
                service.cancel()
            await asyncio.gather(*services, return_exceptions=True)
            self._disk.close()
            self.context.gpus.close()
            await self._alert_hook.finish()

    async def _recover(self, *, force: bool, then: Command | None) -> None:
        """Take over what a former runner left, and execute the command that this one was started for."""
        lost = await ask_again(lambda: lost_commands(self.context.folder))
        await self.context.state.repaired()
        recovery = Recovery(self.context, self._scheduler, await visit_attempts(self.context, force=force))
        await self.context.state.write(
            RunnerStarted(
                pid=os.getpid(),
                start_time=identity.start_time(os.getpid()),
                boot_id=identity.boot_id() or "",
                host=identity.host(),
                version=__version__,
                project=self.context.state.session.project,
            )
        )
        await recovery.settle()
        await execute_again(self.context, self._handler, lost)
        # a retry that is refused starts nothing: neither the stage meant nor the others
        if then is None or await self._handler.execute(then) or then.verb != "retry":
            await recovery.resume()
        self.recovered.set()

    async def _loop(self) -> Outcome:
        """Start what the scheduler decides, until the session is over and nothing runs any more."""
        while True:
            self.context.loop.clear()
            if self.context.loop.ending and not self.context.stopping:
                await self.context.loop.wait(None)  # the end is not journaled yet: nothing is decided before it
                continue
            self._disk.check()  # before anything is started or ended: another runner may have taken the session
            decision = self._scheduler.decide()
            if decision.outcome is not None and not self.context.supervisors:
                settled = (launcher.settle() for launcher in self.context.launchers.values())
                await asyncio.gather(self._inbox.answered(), *settled)
                decision = self._scheduler.decide()  # time has passed: a person may have asked for more
            if decision.outcome is not None and not self.context.supervisors:
                await finish_session(self.context, decision.outcome, decision.reason)
                return decision.outcome
            waits = await self._scheduler.act(decision)
            if waits is None:
                continue  # something was started: decide at once what else may start
            await self.context.loop.wait(min(waits, default=None))

    def _service_ended(self, task: asyncio.Task[None]) -> None:
        """A service never ends by itself: if one raises an error, the runner ends with it."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.context.loop.fail(error)
