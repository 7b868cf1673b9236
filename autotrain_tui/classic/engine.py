"""One session of the engine, begun and watched to its end by a caller who waits: what the classic classes run on.

The runner is a process of its own. Should it die, it is started again and adopts what runs; should the caller be
interrupted, the session is stopped cleanly first (Ctrl-C again kills it), so that nothing trains on unseen.
"""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from autotrain_tui.classic.plan import Step, classic_plan, default_plan, takes_parameters
from autotrain_tui.classic.records import StageResult
from autotrain_tui.cli.follow_lines import StageLogs
from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.history import narration as story
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.journal.state import Session, Stage
from autotrain_tui.session.journal.transitions import SATISFIED, StageState
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.project_paths import find_paths
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.command_file import drop, new_command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import signal_owner

__all__ = ["TAIL_BYTES", "ClassicSession", "Terms", "begin"]

log = logging.getLogger("autotrain_tui.classic")

TAIL_BYTES = 64 * 1024
"""What a result keeps of a stage's output; the rest stays in the log."""

LOOK_SECONDS = 0.1
_REVIVALS = 3
_LEVELS = {"warning": logging.WARNING, "error": logging.WARNING}
"""A stage's failure is logged as an error once, where its result is taken."""
_LEAVING_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Terms:
    """How stages are run, whichever they are. `verbose`: what they print is logged as well."""

    mode: str
    scale: float | None
    timeout_multiplier: float
    verbose: bool


def begin(
    steps: Sequence[Step], terms: Terms, *, max_hours: float | None = None, repeat: bool = False
) -> ClassicSession:
    """Make the session of these stages in the project's folder of sessions; `run` starts it.

    Raises UsageError where there is no default plan or it can't be run so, MachineError when nothing can be
    written.
    """
    here = find_paths()
    base = default_plan(here)
    if not takes_parameters(base):
        log.warning(
            "the command of plan %s names none of {dataset_limit}, {epochs} and {batch_size}: "
            "every stage runs the same",
            base.name,
        )
    plan = classic_plan(base, steps, max_hours=max_hours, repeat=repeat)
    wanted = Overrides(mode=terms.mode, scale=terms.scale, timeout_multiplier=terms.timeout_multiplier)
    prepared = prepare(plan, wanted, root=here.root, sessions=here.sessions)
    for warning in prepared.warnings:
        log.warning("%s", warning)
    folder = create(prepared, root=here.root, sessions=here.sessions)
    return ClassicSession(folder, steps, verbose=terms.verbose)


class ClassicSession:
    """A session and the steps it was made of; the last step stands for what the ladder repeats."""

    def __init__(self, folder: SessionFolder, steps: Sequence[Step], *, verbose: bool) -> None:
        self.folder = folder
        self._steps = list(steps)
        self._follower = SessionFollower(folder)
        self._logs = StageLogs(folder) if verbose else None
        self._runners: list[subprocess.Popen[bytes]] = []
        self._reported: set[str] = set()

    def run(self, tell: Callable[[StageResult], None]) -> View:
        """Start it and wait for its end; `tell` gets each stage's result once it is certain. The session at its end.

        Raises MachineError when the runner can't be started, RecordsError when the records can't be read.
        Whatever is raised, by `tell` too, the session has been asked to stop before.
        """
        try:
            self._runners.append(spawn_runner(self.folder))
            view = self._look(tell)
            while not view.finished:
                if view.alive is False:
                    view = self._look(tell)  # its last words may have come between the two readings
                    if not view.finished:
                        self._revive()
                time.sleep(LOOK_SECONDS)
                view = self._look(tell)
            return view
        except BaseException as error:
            self._abandon(type(error).__name__)
            raise
        finally:
            self._reap()

    def _look(self, tell: Callable[[StageResult], None]) -> View:
        view, events = self._follower.poll()
        self._pass_on(view.session, events)
        for stage in view.session.stages:
            if stage.name not in self._reported and _certain(stage, view):
                self._reported.add(stage.name)
                tell(self._result(view.session, stage))
        return view

    def _pass_on(self, session: Session, events: Sequence[Event]) -> None:
        """Log what happens, and what the stages print where that was asked for."""
        for event in events:
            if self._logs is not None:
                self._print(self._logs.read(event))
                self._logs.follow(event)
            sentence = story.narrate(event, session)
            if sentence is not None:
                whose = f"{sentence.stage}: " if sentence.stage else ""
                log.log(_LEVELS.get(sentence.level, logging.INFO), "%s%s", whose, sentence.text)
        if self._logs is not None:
            self._print(self._logs.read())

    @staticmethod
    def _print(lines: Sequence[str]) -> None:
        for line in lines:
            log.info("%s", line)

    def _result(self, session: Session, stage: Stage) -> StageResult:
        step = self._step(stage.info.index)
        attempt = stage.attempts[-1]
        success = stage.state is StageState.SUCCEEDED
        return StageResult(
            stage=step.config.stage,
            config=step.config,
            success=success,
            actual_time_minutes=stage.elapsed(session.mono) / 60,
            estimated_time_minutes=step.minutes,
            final_similarity=attempt.metrics.get(session.metric_name or "final_similarity"),
            error=None if success else _why(stage),
            stdout=_tail(self.folder, attempt.folder),
            timestamp=attempt.end.time if attempt.end is not None else now_iso(),
        )

    def _step(self, index: int) -> Step:
        """The step of the session's stage with that number; beyond the last the last, counted on."""
        if index <= len(self._steps):
            return self._steps[index - 1]
        last = self._steps[-1]
        number = last.config.stage + index - len(self._steps)
        return Step(replace(last.config, stage=number), last.minutes)

    def _revive(self) -> None:
        """The runner is gone and its session is not over: another one takes it up where it stands."""
        if len(self._runners) > _REVIVALS:
            raise MachineError(f"the runner of {self.folder.id} died repeatedly; see {self.folder.runner_log}")
        log.warning("the runner of session %s has died; starting a new one", self.folder.id)
        try:
            self._runners.append(spawn_runner(self.folder))
        except RefusedError as error:
            log.warning("%s", error)  # another process was faster: this one keeps watching

    def _abandon(self, why: str) -> None:
        """Ask the session to stop, at the next interrupt to die, and wait for that; at a third leave it to itself."""
        for verb in ("stop", "kill"):
            try:
                view, _ = self._follower.poll()
                if view.finished or not view.alive:
                    return
                self._send(verb, f"{why} in the program that ran it")
                log.warning("%s: session %s: %s requested", why, self.folder.id, verb)
                while not view.finished and view.alive:
                    time.sleep(LOOK_SECONDS)
                    view, _ = self._follower.poll()
                return
            except KeyboardInterrupt:
                continue
            except Exception:
                log.exception("session %s could not be stopped", self.folder.id)
                return

    def _send(self, verb: str, reason: str) -> None:
        """Drop the command; where the disk doesn't take it, the runner understands a signal. MachineError."""
        try:
            drop(self.folder, new_command(verb, self.folder, reason=reason))
        except MachineError:
            if not signal_owner(self.folder, verb):
                raise

    def _reap(self) -> None:
        for runner in self._runners:
            try:
                runner.wait(_LEAVING_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("the runner of session %s is still running (process %d)", self.folder.id, runner.pid)


def _certain(stage: Stage, view: View) -> bool:
    """A success stays one; anything else may still be retried by a rule of the plan until the session has ended."""
    return bool(stage.attempts) and (stage.state in SATISFIED or view.finished)


def _why(stage: Stage) -> str:
    """Why the stage did not succeed, with the last thing it said."""
    reason = stage.reason or str(stage.state)
    end = stage.attempts[-1].end
    if end is not None and end.failure == "timeout":
        reason = f"timeout: {reason}"
    failed = stage.state in (StageState.FAILED, StageState.LOST)
    return f"{reason}; last line: {end.lines[-1]}" if failed and end is not None and end.lines else reason


def _tail(folder: SessionFolder, attempt: str) -> str:
    """The last TAIL_BYTES of the attempt's log, from a line's start on where it was longer."""
    try:
        descriptor = os.open(folder.at(attempt).log, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        start = max(0, os.fstat(descriptor).st_size - TAIL_BYTES)
        data = os.pread(descriptor, TAIL_BYTES, start)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    if start:
        data = data[data.find(b"\n") + 1 :]
    return data.decode(errors="replace")
