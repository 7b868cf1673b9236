"""`attach`, and the program without a verb: open the screen."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys

from autotrain_tui.cli.context import here, store_of
from autotrain_tui.cli.options import add_session
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.errors import UsageError

TYPE_CHECKING = False  # all of these take time, and the first picture comes before them
if TYPE_CHECKING:
    from autotrain_tui.session.history.store import Store
    from autotrain_tui.tui.opening.handover import Opening

__all__ = ["add_options", "open_screen", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION and --read-only."""
    add_session(parser)
    parser.add_argument("--read-only", action="store_true", help="show everything, and offer nothing that changes it")


def run(options: argparse.Namespace) -> int:
    """Open the screen on the session; without a word on the only live one, else at home."""
    terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    if not terminal and not _in_browser():
        raise UsageError(
            "the screen needs a terminal on stdin and stdout; without one: autotrain-tui run --no-ui, show, logs -f"
        )
    opening = _opening(options) if terminal else None
    with opening or contextlib.nullcontext():
        store = store_of(options)
        with ReadWatch(str(store.path)):
            session = store.find(options.session).id if options.session is not None else _only_live(store)
        return open_screen(options, session, opening)


def _opening(options: argparse.Namespace) -> Opening | None:
    """The first picture of the live session, while everything else is imported."""
    if os.environ.get("TERM", "") in ("", "dumb"):
        return None
    from autotrain_tui.tui.opening.handover import open_on  # drawn before all other imports

    return open_on(str(here(options).sessions), options.session)


def _only_live(store: Store) -> str | None:
    live = store.live()
    return live[0].id if len(live) == 1 else None


def open_screen(options: argparse.Namespace, session: str | None, opening: Opening | None = None) -> int:
    """The screen, at a session or at home; its exit status, for a session that of the session's run.

    The one place where it is opened.
    """
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise UsageError("this terminal (TERM=dumb) cannot show the screen; use: autotrain-tui run --no-ui")
    from autotrain_tui.tui.app import run_app  # textual is imported only to draw

    place = here(options)
    if opening is not None and os.path.basename(opening.folder) != session:
        opening.leave()
    read_only = getattr(options, "read_only", False)  # of `attach` alone
    status, seen = run_app(place.project, place.sessions, session, opening, read_only=read_only)
    if session is None or status or _in_browser():
        return status
    from autotrain_tui.cli.after_screen import after_screen  # loaded with the screen
    from autotrain_tui.session.records.folder import SessionFolder

    return after_screen(SessionFolder(place.sessions / session), seen, temporary=options.temporary)


def _in_browser() -> bool:
    """Whether `serve --terminal` has started this process: the streams are pipes then, and Textual speaks with them."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")
