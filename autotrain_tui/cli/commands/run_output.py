"""How `run` and `resume` show what they started: the screen, text in the foreground, or nothing."""

from __future__ import annotations

import argparse
import os
import sys
from enum import Enum

from autotrain_tui.cli.commands.attach import open_screen
from autotrain_tui.cli.follow import Outlet, PendingSignals, SessionWatch
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.errors import UsageError
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["Showing", "add_showing", "announce", "outlet_of", "say_without_screen", "show", "shows", "watch"]


class Showing(Enum):
    """Where a started session is shown."""

    SCREEN = "screen"
    TEXT = "text"
    NOTHING = "nothing"


def add_showing(parser: argparse.ArgumentParser) -> None:
    """--no-ui, --detach and --json."""
    parser.add_argument("--no-ui", action="store_true", help="run without a screen, in the foreground")
    parser.add_argument("--detach", action="store_true", help="run in the background; prints the session's id")
    parser.add_argument("--json", action="store_true", help="without a screen: print the journal's events, one a line")


def shows(options: argparse.Namespace) -> Showing:
    """What the flags ask for, and whether there is a terminal for a screen."""
    if options.detach:
        if options.no_ui:
            raise UsageError("--no-ui runs in the foreground, --detach in the background: choose one")
        return Showing.NOTHING
    return Showing.TEXT if options.no_ui or options.json or no_terminal() else Showing.SCREEN


def say_without_screen(showing: Showing, options: argparse.Namespace) -> None:
    """Say on stderr that there is no screen because there is no terminal, once all else is known to be right."""
    if showing is Showing.TEXT and not (options.no_ui or options.json or options.quiet):
        announce(f"{no_terminal()} is not a terminal: running as with --no-ui")


def no_terminal() -> str:
    """Which of stdout and stdin is no terminal, so that there can be no screen; empty when both are."""
    for name in ("stdout", "stdin"):
        stream = getattr(sys, name)
        if stream is None or not stream.isatty():
            return name
    return ""


def announce(text: str) -> None:
    """Print a message to stderr; a closed stderr is no error."""
    from autotrain_tui.text.sanitize import sanitize

    try:
        print(f"autotrain-tui: {sanitize(text)}", file=sys.stderr, flush=True)
    except OSError:
        pass


def show(folder: SessionFolder, showing: Showing, options: argparse.Namespace) -> int:
    """Show a session that has a runner, or leave it to the background with its id printed; the exit status."""
    if showing is Showing.SCREEN:
        return open_screen(options, folder.id)
    _print_id(folder, options)
    return 0


def watch(folder: SessionFolder, options: argparse.Namespace, signals: PendingSignals, *, since: int) -> int:
    """Show a session that has a runner as text, to its end; the exit status.

    `since`: the number of the last event that was there before.
    """
    return SessionWatch(folder, outlet_of(folder, options, since), signals, since=since).run()


def _print_id(folder: SessionFolder, options: argparse.Namespace) -> None:
    if options.json:
        print_json({"version": 1, "id": folder.id, "path": str(folder.path)})
    else:
        print(folder.id)


def outlet_of(folder: SessionFolder, options: argparse.Namespace, since: int) -> Outlet:
    """How a session is shown as text; `since` as for `watch`."""
    from autotrain_tui.cli.follow_lines import ErrorsOnly, JournalLines, Lines

    if options.json:
        return JournalLines(folder, since)
    if options.quiet:
        return ErrorsOnly()
    terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    if terminal:
        from autotrain_tui.cli.follow_bars import LiveBars  # rich is imported only to draw

        return LiveBars(folder, verbose=options.verbose)
    return Lines(folder, verbose=options.verbose)
