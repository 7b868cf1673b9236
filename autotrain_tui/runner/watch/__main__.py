"""`python -P -m autotrain_tui.runner.watch FOLDER SOURCE [PID START]`: watch a run until stdin is closed.

Started by `cli/commands/watch.py`, never by a person; with `--remove` the folder goes with the process, so that nothing
is left of a screen that was killed. One line on stdout says that the session is there, or why not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from autotrain_tui import __version__
from autotrain_tui.errors import AutotrainError, MachineError
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.watch.begin_session import begin_session
from autotrain_tui.runner.watch.run_watch import RunWatch
from autotrain_tui.runner.watch.watched_source import find_process, open_source
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import create_session_folder
from autotrain_tui.session.records.lock import RunnerLock


def main() -> int:
    """0 after the end; else the error's status, with the reason on stdout."""
    parser = argparse.ArgumentParser(prog="autotrain_tui.runner.watch")
    parser.add_argument("sessions", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--remove", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        return _watch(options)
    except AutotrainError as error:
        print(f"{error.exit_code} {error}", flush=True)
        return error.exit_code
    finally:
        if options.remove:
            shutil.rmtree(options.sessions, ignore_errors=True)


def _watch(options: argparse.Namespace) -> int:
    process = find_process(options.pid) if options.pid is not None else None
    source = open_source(options.source, process)
    folder = create_session_folder(options.sessions, "watch")
    try:
        RunnerLock(folder).take(__version__)
        writer = begin_session(folder, source, process, time.time())
    except OSError as error:
        raise MachineError(f"{error.filename or folder.path}: {error.strerror}") from error
    state = JournaledState(writer, load_view(folder).session)
    print(f"0 {folder.id}", flush=True)
    asyncio.run(_until_closed(RunWatch(folder, source, state, process)))
    return 0


async def _until_closed(watch: RunWatch) -> None:
    """Watch until the end or a signal, and stay until nobody looks at it any more."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            watch.ended.set()
            closed.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, watch.ended.set)
    with contextlib.suppress(OSError, ValueError):
        loop.add_reader(sys.stdin.fileno(), read)
    await watch.run()
    await closed.wait()


if __name__ == "__main__":
    sys.exit(main())
