"""`wait`: until a session ends; exits as its run would."""

from __future__ import annotations

import argparse
import time

from autotrain_tui.cli.context import session_of
from autotrain_tui.cli.follow import LOOK_SECONDS, exit_status
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json, add_session, number
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.errors import RefusedError
from autotrain_tui.session.journal.session_view import SessionFollower
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.launch.send_command import check_not_imported
from autotrain_tui.session.launch.start_runner import START_SECONDS

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION, --timeout and --json."""
    add_session(parser)
    parser.add_argument("--timeout", type=number, metavar="SECONDS", help="give up after SECONDS (exit status 3)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Wait; the session's exit status. Raises RefusedError when the session has no runner, or at the timeout.

    Ctrl-C ends the waiting, not the session.
    """
    watch = ReadWatch.of(options)
    with watch:
        folder = session_of(options)
    follower = SessionFollower(folder)
    began = time.monotonic()
    deadline = None if options.timeout is None else began + options.timeout
    while True:
        with watch:
            view, _ = follower.poll()
            if not view.finished and view.alive is False:
                view, _ = follower.poll()  # its last words may have come between the two readings
        if view.finished:
            break
        new = view.session.state is SessionState.CREATED and time.monotonic() - began < START_SECONDS
        if view.alive is False and not new:
            _print_end(options, view.folder.id, "interrupted", 1)
            raise InterruptedSessionError(
                f"session {folder.id} has no active runner; start one with: autotrain-tui resume {folder.id}"
            )
        if deadline is not None and time.monotonic() > deadline:
            raise RefusedError(f"session {folder.id} has not ended after {options.timeout:g} s")
        time.sleep(LOOK_SECONDS)
    if view.session.source is not None:  # it never ran, so there is no status of a run
        _print_end(options, folder.id, "imported", RefusedError.exit_code)
        check_not_imported(view)
    status = exit_status(view)
    _print_end(options, folder.id, str(view.session.outcome), status)
    return status


def _print_end(options: argparse.Namespace, session: str, outcome: str, status: int) -> None:
    """The end as a line or a document."""
    if options.json:
        print_json({"version": 1, "session": session, "outcome": outcome, "exit_status": status})
    else:
        print(f"{session}: {outcome}")


class InterruptedSessionError(RefusedError):
    """The session is not finished and has no runner."""

    exit_code = 1
