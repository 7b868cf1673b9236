"""`python -P -m autotrain_tui.runner FOLDER [--force] [--then COMMAND]`: run the session in FOLDER.

Started by `session/launch/start_runner.py`, never by a person. Exit status as DESIGN section 8; the last line on
stderr (which is `runner.log`) says why it isn't 0.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import time
from pathlib import Path

import msgspec
from msgspec.structs import replace

import autotrain_tui.session.records.tracker_state  # the summary loads it at first use: now, before an upgrade can
import autotrain_tui.text.command_words  # a fold loads it at first use: now, before an upgrade can
import autotrain_tui.text.escape_filter  # noqa: F401  sanitize loads it at first use: now, before an upgrade can
from autotrain_tui import __version__
from autotrain_tui.errors import AutotrainError, MachineError, RecordsError, RefusedError, UnreadableError
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.model import Plan
from autotrain_tui.runner.context.session_end import stop_session
from autotrain_tui.runner.control.inbox import EarlierFiles, files_present
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.launchers import Launcher
from autotrain_tui.runner.launchers.ask_again import ask_again
from autotrain_tui.runner.launchers.local import LocalLauncher
from autotrain_tui.runner.runner import Runner
from autotrain_tui.runner.slurm.slurm_launcher import SlurmLauncher
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.transitions import Outcome
from autotrain_tui.session.launch.moved_project import locate_project, moved_plan
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.session.records.folder import SessionFolder, open_session_folder
from autotrain_tui.session.records.lock import RunnerLock, UnreadableOwner, owner_alive, read_owner

log = logging.getLogger("autotrain_tui.runner")

_ENDING = (signal.SIGTERM, signal.SIGINT)

EXIT = {Outcome.SUCCEEDED: 0, Outcome.BUDGET: 0, Outcome.FAILED: 1, Outcome.STOPPED: 5}


def main(arguments: list[str] | None = None) -> int:
    """The runner's exit status."""
    parser = argparse.ArgumentParser(prog="autotrain_tui.runner")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--then", type=lambda text: msgspec.json.decode(text, type=Command))
    options = parser.parse_args(arguments)
    logging.Formatter.converter = time.gmtime
    logging.raiseExceptions = False  # if runner.log is on a full disk, nothing more is printed about it
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        folder = open_session_folder(options.folder)
        if not options.force:
            _refuse_elsewhere(folder)
        earlier = files_present(folder)
        lock = RunnerLock(folder)
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # a signal sent after the lock is read waits for its handler
        lock.take(__version__)
        return asyncio.run(_run(folder, earlier, force=options.force, then=options.then))
    except AutotrainError as error:
        with contextlib.suppress(OSError):  # runner.log may be the file that can't be written
            print(error, file=sys.stderr, flush=True)
        return error.exit_code


def _refuse_elsewhere(folder: SessionFolder) -> None:
    """If locks don't reach other hosts, two hosts could run one session: the host that ran it last keeps it."""
    owner = read_owner(folder)
    if isinstance(owner, UnreadableOwner):
        raise UnreadableError(f"{owner.reason}; whether another host runs the session is unknown; ask again")
    if owner is not None and owner_alive(owner) is None and not load_view(folder).finished:
        raise RefusedError(
            f"session {folder.id} already has a runner: process {owner.pid} on {owner.host} since "
            f"{owner.since}; if that one is gone, --force takes the session over"
        )


async def _run(folder: SessionFolder, earlier: EarlierFiles, *, force: bool, then: Command | None) -> int:
    local = LocalLauncher(server=True)  # its server starts while records and plan are read
    view = await ask_again(lambda: load_view(folder))
    for problem in view.problems:
        log.warning("%s", problem)
    try:
        plan = load_plan(folder.plan)
    except AutotrainError as error:
        raise RecordsError(f"{folder.plan}: can't be read: {error}") from error
    project = locate_project(view.session, folder)
    if project != view.session.project:
        log.info("the project moved from %s to %s", view.session.project, project)
    plan = moved_plan(plan, view.session.project, project)
    try:
        writer = JournalWriter(folder.journal, last_seq=view.session.seq)
    except OSError as error:
        raise MachineError(f"{folder.journal}: can't be written: {error.strerror}") from error
    state = JournaledState(writer, replace(view.session, project=project))
    del view  # its stages as they were at the start: the fold has others for each that changes
    runner = Runner(folder, plan, state, _launchers(plan, local), earlier)
    _take_signals(runner)
    gc.freeze()  # objects made at start-up stay: the garbage collector need not visit them
    outcome = await runner.run(force=force, then=then)
    log.info("session %s: %s", folder.id, outcome)
    return EXIT[outcome]


def _launchers(plan: Plan, local: LocalLauncher) -> dict[str, Launcher]:
    """By the names that a plan gives them."""
    slurm = SlurmLauncher()
    found: dict[str, Launcher] = {"local": local, "slurm": slurm}
    if any(stage.launcher == "slurm" for stage in plan.stages):
        slurm.ask_ahead()
    if any(stage.launcher == "ray" for stage in plan.stages):
        # start-up: the modules of HTTP and TLS are 25 ms and 5 MB that no other session needs
        from autotrain_tui.runner.ray.ray_launcher import from_environment

        found["ray"] = from_environment()
    return found


def _take_signals(runner: Runner) -> None:
    """SIGTERM and SIGINT stop the session cleanly. SIGINT kills it if either signal came before; a second SIGTERM
    repeats the first. SIGHUP is ignored: the runner has no terminal.
    """
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()
    came: set[int] = set()

    async def end(intent: str, name: str) -> None:
        await runner.recovered.wait()  # until then this runner has not adopted the former one's attempts
        if intent == "kill" or not runner.context.stopping:
            await stop_session(runner.context, intent, f"the runner got {name}", "signal")

    def take(number: int) -> None:
        intent = "kill" if came and signal.SIGINT in {*came, number} else "stop"  # in any order
        came.add(number)
        tasks.add(loop.create_task(end(intent, signal.Signals(number).name)))

    for number in _ENDING:
        loop.add_signal_handler(number, take, number)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


if __name__ == "__main__":
    status = main()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(status)  # all files are closed; unwritten text of stderr must not change the status
