"""The project, the sessions and the session that a command line selects."""

from __future__ import annotations

from autotrain_tui.cli.fast_imports import import_msgspec
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.session.launch.project_paths import ProjectPaths, find_paths

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    import argparse

    from autotrain_tui.session.history.store import Store
    from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["here", "session_of", "store_of"]


def here(options: argparse.Namespace) -> ProjectPaths:
    """Where the command works."""
    return find_paths(options.project, options.sessions_dir)


def store_of(options: argparse.Namespace) -> Store:
    """All sessions."""
    import_msgspec()
    from autotrain_tui.session.history.store import Store  # the index answers `ls` and `show` without it

    with ReadWatch.of(options):
        return Store(here(options).sessions)


def session_of(options: argparse.Namespace) -> SessionFolder:
    """The session that SESSION names, or without it the only live one, else the latest. Raises RefusedError."""
    store = store_of(options)
    with ReadWatch(str(store.path)):
        return store.find(options.session)
