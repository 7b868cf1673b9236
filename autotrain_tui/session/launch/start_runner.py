"""Makes a session and starts its runner.

The runner is a program of its own (`python -m autotrain_tui.runner FOLDER`), leader of its own session, with its output
in `runner.log`: nothing that happens to the terminal or to the caller reaches it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec.structs import replace as replace_fields

from autotrain_tui import __version__
from autotrain_tui.errors import AutotrainError, MachineError, RecordsError, RefusedError
from autotrain_tui.plan.command import interpreter
from autotrain_tui.plan.dump import dump_plan
from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.sweep.draw import trial_count
from autotrain_tui.plan.sweep.halving import rungs_of
from autotrain_tui.session.journal.events import (
    RunnerStarted,
    SearchDefinition,
    SessionCreated,
    StageDefinition,
    StageSkipped,
)
from autotrain_tui.session.journal.journal_file import JournalReader, JournalWriter
from autotrain_tui.session.launch.moved_project import place_in_project
from autotrain_tui.session.launch.start_followers import start_followers
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.session.records.folder import SessionFolder, create_session_folder, write_new
from autotrain_tui.session.records.lock import LockOwner, read_owner

__all__ = ["create_session", "spawn_runner", "stage_info"]

START_SECONDS = 60.0
"""A runner that has not taken its session by then is reported as not starting; a network disk takes long at first."""


def stage_info(stage: PlanStage, estimate: Estimate) -> StageDefinition:
    """What the journal keeps of a stage that is to run."""
    return StageDefinition(
        name=stage.name,
        index=stage.index,
        description=stage.description,
        params=dict(stage.parameters),
        needs=list(stage.needs),
        estimate_seconds=estimate.seconds,
        estimate_source=estimate.source,
        estimate_spread=estimate.spread,
        resumable=stage.resumable,
        checkpoint=stage.checkpoint_signal is not None,
        epochs=stage.epochs,
        search=_search_info(stage),
    )


def _search_info(stage: PlanStage) -> SearchDefinition | None:
    settings = stage.sweep
    if settings is None:
        return None
    rungs = list(rungs_of(stage).positions)
    return SearchDefinition(settings.method, trial_count(settings), keep=settings.keep, rungs=rungs)


def create_session(
    plan: Plan,
    *,
    sessions: Path,
    project: Path,
    estimates: Sequence[Estimate],
    skipped: Mapping[str, str] | None = None,
    command_line: Sequence[str] = (),
    command: Sequence[str] = (),
) -> SessionFolder:
    """A new session's folder with its plan and the journal's first events; no runner yet.

    `plan` is resolved; `estimates` go with its stages in order; `skipped` maps stages that are not to run to reasons;
    `command` has the words of `run -- COMMAND`. Raises MachineError when the folder can't be written.
    """
    # a session keeps its interpreter, whatever environment is active where it is resumed
    plan = replace(
        plan,
        stages=tuple(
            replace(stage, python=interpreter(stage, os.environ, os.path.abspath(sys.executable)))
            for stage in plan.stages
        ),
    )
    _check_text(sessions, project, plan)
    text = dump_plan(plan).encode()
    folder = create_session_folder(sessions, plan.name)
    try:
        write_new(folder.plan, text)
        writer = JournalWriter(folder.journal)
        try:
            writer.append(
                writer.stamp(
                    replace_fields(
                        _created(plan, text, folder, project, estimates=estimates),
                        command_line=list(command_line),
                        command=list(command),
                    )
                )
            )
            for name, reason in (skipped or {}).items():
                writer.append(writer.stamp(StageSkipped(stage=name, reason=reason)))
        finally:
            writer.close()
    except OSError as error:
        raise MachineError(f"{folder.path}: can't be written: {error.strerror}") from error
    return folder


def _check_text(sessions: Path, project: Path, plan: Plan) -> None:
    """Raise MachineError for a path that is no UTF-8 text: no record could hold it."""
    pythons = {stage.python for stage in plan.stages if stage.python is not None}
    for path in (sessions, project, plan.path or "", *sorted(pythons)):
        try:
            os.fspath(path).encode()
        except UnicodeEncodeError:
            raise MachineError(f"{path}: its name is not UTF-8 text; records hold only UTF-8") from None


def _created(
    plan: Plan, text: bytes, folder: SessionFolder, project: Path, *, estimates: Sequence[Estimate]
) -> SessionCreated:
    commit, dirty = _git(project)
    return SessionCreated(
        id=folder.id,
        plan=plan.name,
        description=plan.description,
        plan_hash=hashlib.sha256(text).hexdigest(),
        plan_file=str(plan.path.absolute()) if plan.path is not None else None,
        mode=plan.mode,
        scale=plan.scale,
        budget_seconds=plan.budget_seconds,
        metric_name=plan.metric.name if plan.metric is not None else None,
        metric_goal=plan.metric.goal if plan.metric is not None else "max",
        jobs=plan.jobs,
        strategy=plan.strategy,
        stages=[stage_info(stage, estimate) for stage, estimate in zip(plan.stages, estimates, strict=True)],
        project=str(project),
        place_in_project=place_in_project(folder.path, project),
        host=identity.host(),
        boot_id=identity.boot_id() or "",
        git_commit=commit,
        git_dirty=dirty,
        versions={"autotrain-tui": __version__, "python": platform.python_version(), "system": platform.platform()},
    )


def _git(project: Path) -> tuple[str | None, bool | None]:
    """The project's commit and whether files that git knows differ from it; None where there is no git or no commit."""
    try:
        commit = subprocess.run(
            ["git", "-C", str(project), "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=2
        ).stdout.strip()
        dirty = subprocess.run(
            ["git", "-C", str(project), "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None, None
    return commit, bool(dirty)


def spawn_runner(folder: SessionFolder, *, then: Command | None = None, force: bool = False) -> subprocess.Popen[bytes]:
    """Start a runner for the session and return when it has taken it (its lock names it and its event is journaled).

    `then` is a command it executes first (a retry of a stage in a finished session). Raises what the runner says:
    RefusedError when the session has a runner, RecordsError when its records can't be read, MachineError.
    """
    seen = JournalReader(folder.journal)
    first = next(iter(seen.poll().events), None)
    if isinstance(first, SessionCreated) and first.source is not None:
        raise RefusedError(f"session {folder.id} was imported: it is read-only, and nothing of it can run")
    # a relative entry of PATH makes it relative, and the runner starts in another folder
    arguments = [os.path.abspath(sys.executable), "-P", "-m", "autotrain_tui.runner", str(folder.path.absolute())]
    if force:
        arguments.append("--force")
    if then is not None:
        arguments += ["--then", msgspec.json.encode(then).decode()]
    log = _open_log(folder.runner_log)
    try:
        before = os.fstat(log).st_size
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )
    except OSError as error:
        raise MachineError(f"the runner can't be started: {error.strerror}") from error
    finally:
        os.close(log)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        owner = read_owner(folder)
        if (
            isinstance(owner, LockOwner)
            and owner.pid == process.pid
            and any(isinstance(event, RunnerStarted) and event.pid == process.pid for event in seen.poll().events)
        ):
            start_followers(folder)
            return process
        if process.poll() is not None:
            raise _refusal(folder, process.returncode, before)
        time.sleep(0.005)
    raise MachineError(f"the runner of {folder.id} has not begun after {START_SECONDS:.0f} s: see {folder.runner_log}")


def _open_log(path: Path) -> int:
    """The runner's log for appending. Raises MachineError if it is no regular file: a FIFO would block the runner."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        log = os.open(path, flags, 0o600)
    except OSError as error:
        raise MachineError(f"{path}: can't be written: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(log).st_mode):
        os.close(log)
        raise MachineError(f"{path}: is not a regular file")
    return log


_ERRORS: dict[int, type[AutotrainError]] = {3: RefusedError, 4: MachineError}


def _refusal(folder: SessionFolder, code: int, offset: int) -> AutotrainError:
    """The last line of runner.log as the error that the exit status stands for."""
    try:
        with open(folder.runner_log, "rb") as log:
            log.seek(offset)
            words = log.read(1 << 16).decode(errors="replace").strip().splitlines()
    except OSError:
        words = []
    text = words[-1] if words else f"the runner ended at once with exit status {code}"
    if code == 3 and "can't be read" in text:
        return RecordsError(text)
    return _ERRORS.get(code, MachineError)(text)
