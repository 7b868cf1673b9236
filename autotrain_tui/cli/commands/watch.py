"""`watch`: a run that something else started, as a read-only session: curves, remaining time, alerts, its log."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autotrain_tui.cli.commands.attach import open_screen
from autotrain_tui.cli.commands.run_output import no_terminal, outlet_of
from autotrain_tui.cli.options import add_quietness
from autotrain_tui.errors import AutotrainError, MachineError, RefusedError, UsageError
from autotrain_tui.session.journal.session_view import SessionFollower
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["add_options", "run"]

_LOOK_SECONDS = 0.2
_LAST_SECONDS = 5.0
_ERRORS: dict[int, type[AutotrainError]] = {2: UsageError, 3: RefusedError, 4: MachineError}


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """LOG or DIR, --pid, --no-ui and --json."""
    parser.add_argument(
        "source",
        metavar="LOG|DIR",
        help="a log that grows, or a folder of TensorBoard, Lightning or Ultralytics; it is only read",
    )
    parser.add_argument(
        "--pid", type=int, metavar="N", help="the process that writes it: when it ends, so does the run"
    )
    parser.add_argument("--no-ui", action="store_true", help="print what happens, without a screen")
    parser.add_argument("--json", action="store_true", help="without a screen: print the journal's events, one a line")
    add_quietness(parser)


def run(options: argparse.Namespace) -> int:
    """Show it until it is left, or until its process ends; 1 then, because how it ended is unknown."""
    if options.pid is not None and options.pid <= 1:
        raise UsageError(f"--pid: expected the number of a process, got {options.pid}")
    text = options.no_ui or options.json or bool(no_terminal())
    with _watcher(options) as (folder, child):
        if text:
            return _print_until_end(options, folder, child)
        options.sessions_dir, options.temporary = str(folder.path.parent), True
        open_screen(options, folder.id)
        return 0


@contextmanager
def _watcher(options: argparse.Namespace) -> Iterator[tuple[SessionFolder, subprocess.Popen[bytes]]]:
    """The process that reads, and its session in a temporary folder; both end with this."""
    try:
        root = Path(tempfile.mkdtemp(prefix="autotrain-watch-"))
    except OSError as error:
        raise MachineError(f"{tempfile.gettempdir()}: {error.strerror}") from error
    command = [os.path.abspath(sys.executable), "-P", "-m", "autotrain_tui.runner.watch"]
    command += [str(root), os.path.abspath(options.source), "--remove"]
    if options.pid is not None:
        command += ["--pid", str(options.pid)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us; it ends when its input does
        cwd="/",
    ) as child:
        try:
            status, _, said = (child.stdout.readline() if child.stdout else b"").decode().strip().partition(" ")
            if status != "0":
                raise _ERRORS.get(int(status or 4), MachineError)(said or "the watching process could not be started")
            yield SessionFolder(root / said), child
        finally:
            if child.stdin is not None:
                child.stdin.close()


def _print_until_end(options: argparse.Namespace, folder: SessionFolder, child: subprocess.Popen[bytes]) -> int:
    """Print events and progress; 0 if a person ends it."""
    follower, outlet = SessionFollower(folder), outlet_of(folder, options, 0)
    interrupted, deadline = False, float("inf")
    try:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                view, events = follower.poll()
                if events:
                    outlet.events(view, events)
                outlet.tick(view)
                if view.finished or child.poll() is not None or time.monotonic() > deadline:
                    return 0 if interrupted else 1
                time.sleep(_LOOK_SECONDS)
                continue
            interrupted, deadline = True, time.monotonic() + _LAST_SECONDS
            child.terminate()
    finally:
        outlet.close()
