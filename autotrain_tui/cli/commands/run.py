"""`run`: start a session of a plan or of one command, and show it with the screen, as text, or not at all."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from autotrain_tui.cli.commands.plan import run as show_plan
from autotrain_tui.cli.commands.run_output import Showing, add_showing, announce, say_without_screen, show, shows, watch
from autotrain_tui.cli.context import here
from autotrain_tui.cli.follow import PendingSignals
from autotrain_tui.cli.options import add_overrides, add_quietness, whole
from autotrain_tui.cli.plan_args import chosen_plan, other_project
from autotrain_tui.session.launch import prepare as launch
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """PLAN, or -- COMMAND, and how to show the session."""
    parser.usage = "autotrain-tui run [PLAN] [flags]\n       autotrain-tui run [flags] -- COMMAND [ARGUMENT …]"
    parser.add_argument(
        "plan",
        nargs="?",
        metavar="PLAN",
        help="a file, or a name in stages/ (default: the plan marked default, else the only one)",
    )
    parser.add_argument("--test-config", action="store_true", help="show the plan and exit (same as the verb plan)")
    add_showing(parser)
    add_quietness(parser)
    add_overrides(parser)
    _add_search(parser)


def _add_search(parser: argparse.ArgumentParser) -> None:
    """The flags that make a search of a command."""
    group = parser.add_argument_group("search over a command: run --sweep … -- COMMAND with {NAME} in it")
    group.add_argument(
        "--sweep",
        action="append",
        default=[],
        dest="sweeps",
        metavar="NAME=VALUES",
        help="A,B,C or MIN..MAX with :log, :int or :step=S (repeatable)",
    )
    group.add_argument("--trials", type=whole, metavar="N", help="how many settings to try")
    group.add_argument("--method", choices=("grid", "random", "halving", "tpe"), help="(default: halving)")
    group.add_argument("--seed", type=int, metavar="N", help="another seed tries other settings (default: 0)")


def run(options: argparse.Namespace) -> int:
    """Start it and show it; the exit status of the session's run."""
    if options.test_config:
        return show_plan(options)
    showing = shows(options)
    working = here(options)
    plan_to_run, wanted, place = chosen_plan(options, working)
    prepared = launch.prepare(plan_to_run, wanted, root=place.root, sessions=place.sessions)
    say_without_screen(showing, options)
    with PendingSignals().taken() as signals:  # from here on Ctrl-C stops the session, not this program
        folder = launch.create(
            prepared, root=place.root, sessions=place.sessions, command_line=sys.argv, command=options.command or ()
        )
        if not options.quiet:
            if elsewhere := other_project(working, place):
                announce(elsewhere)
            for warning in (*prepared.warnings, *_logout_warning()):
                announce(f"warning: {warning}")
        spawn_runner(folder)
        if showing is Showing.TEXT:
            return watch(folder, options, signals, since=0)
    if came := signals.take():  # until the handlers were given back: this program ends as if it had come after that
        return _left(folder, showing, options, came[0])
    return show(folder, showing, options)


def _left(folder: SessionFolder, showing: Showing, options: argparse.Namespace, number: int) -> int:
    """A signal came while the session was being started: say that it runs; the exit status."""
    if showing is Showing.NOTHING:
        show(folder, showing, options)
    announce(
        f"{signal.Signals(number).name}: session {folder.id} has started and continues; "
        "open it with: autotrain-tui attach; stop it with: autotrain-tui stop"
    )
    return 128 + number


def _logout_warning() -> tuple[str, ...]:
    from autotrain_tui.cli.logout_check import logout_ends_training  # reads a few system files

    words = logout_ends_training(os.environ)
    return (words,) if words else ()
