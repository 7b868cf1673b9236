"""`resume`: undo a pause or a freeze; for a session without a runner, start one."""

from __future__ import annotations

import argparse
import os

from autotrain_tui.cli.commands.act import add_words, answered, print_refusal
from autotrain_tui.cli.commands.run_output import Showing, announce, say_without_screen, show, shows, watch
from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.follow import PendingSignals
from autotrain_tui.cli.options import add_quietness
from autotrain_tui.cli.targets import select, stage_for
from autotrain_tui.errors import PlanError, RefusedError, UsageError
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.notify_settings import missing_targets
from autotrain_tui.session.journal.session_view import View, settled
from autotrain_tui.session.journal.transitions import Outcome, StageState
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.command_file import Command, new_command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.durations import amount_in

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:
    """The arguments of a control verb, and how to show a session that gets a new runner."""
    add_words(parser, verb)
    parser.add_argument("--no-ui", action="store_true", help="new runner: without a screen, in the foreground")
    parser.add_argument("--detach", action="store_true", help="new runner: in the background; prints the session's id")
    parser.add_argument("--budget", metavar="AMOUNT", help="new runner: change the time limit first, such as +2h")
    parser.add_argument(
        "--force",
        action="store_true",
        help="start a runner even if the old one may be alive on another host or before a reboot",
    )
    add_quietness(parser)


def run(options: argparse.Namespace) -> int:
    """Ask the runner, or start one and show the session; the exit status."""
    folder: SessionFolder | None = None
    stage: str | None = None
    try:
        folder, view, stage = select(store_of(options), list(options.words), "resume")
        view = settled(view)
        if view.alive is not False and not options.force:
            stage = _paused(view, stage)
            answer = send_command(folder, "resume", stage=stage, reason=options.reason)
    except RefusedError as error:
        if options.json:
            print_refusal(folder, "resume", stage, error)
        raise
    if view.alive is False or options.force:
        return _start(folder, view, stage, options)
    return answered(folder, stage, answer, options)


def _paused(view: View, word: str | None) -> str | None:
    """The stage to resume. Raises RefusedError, with --force where it is unknown whether the runner is alive."""
    try:
        return stage_for("resume", view, word)
    except RefusedError as error:
        if view.alive is not None or view.owner is None:
            raise
        raise RefusedError(
            f"{error}; whether its runner on {view.owner.host or 'another host'} is alive is unknown here; "
            "--force starts a new one"
        ) from None


def _start(folder: SessionFolder, view: View, word: str | None, options: argparse.Namespace) -> int:
    if word is not None:
        raise UsageError(
            f"session {folder.id} has no active runner; resume starts one at its first unfinished stage; "
            f"to start one stage: autotrain-tui retry {folder.id} {word}"
        )
    if view.session.outcome is Outcome.SUCCEEDED:
        raise RefusedError(f"session {folder.id} has succeeded; nothing to resume")
    then = _more_time(folder, options)
    showing = shows(options)
    say_without_screen(showing, options)
    for warning in (*view.problems, *_missing_targets(folder)):
        announce(f"warning: {warning}")
    _announce_held(view)
    if showing is Showing.TEXT:
        with PendingSignals().taken() as signals:
            spawn_runner(folder, then=then, force=options.force)
            return watch(folder, options, signals, since=view.session.seq)
    spawn_runner(folder, then=then, force=options.force)
    return show(folder, showing, options)


def _missing_targets(folder: SessionFolder) -> list[str]:
    """The receivers of `[notify]` that this environment does not name: the new runner inherits it."""
    try:
        return missing_targets(load_plan(folder.plan), os.environ)
    except PlanError:
        return []  # the runner reports a plan that can't be read


def _announce_held(view: View) -> None:
    """A hold outlives a stop; without a message the session would seem to hang."""
    held = [stage.name for stage in view.session.stages if stage.state is StageState.HELD]
    if held:
        more = f" and {len(held) - 5} more" if len(held) > 5 else ""
        announce(
            f"still held: {', '.join(held[:5])}{more}; release with: autotrain-tui release {view.folder.id} {held[0]}"
        )


def _more_time(folder: SessionFolder, options: argparse.Namespace) -> Command | None:
    if options.budget is None:
        return None
    _, args = amount_in([options.budget])
    return new_command("budget", folder, reason=options.reason, args=args)
