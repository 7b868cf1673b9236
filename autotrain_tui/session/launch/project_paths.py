"""The project and the sessions' folder that a command line means."""

from __future__ import annotations

import os
from pathlib import Path

from autotrain_tui.plan.project import find_project, project_at, sessions_folder

__all__ = ["Place", "place"]


class Place:
    """Where a command works: the project's root, or None outside of any, and the folder of all sessions.

    No dataclass: that module alone would take a plain command half as long as Python's own start.
    """

    __slots__ = ("cwd", "project", "sessions")

    def __init__(self, project: Path | None, sessions: Path, cwd: Path) -> None:
        self.project = project
        self.sessions = sessions
        self.cwd = cwd

    @property
    def root(self) -> Path:
        """The folder that stages run in: the project's, else the working directory (`run -- COMMAND`)."""
        return self.project if self.project is not None else self.cwd


def place(project: str | None = None, sessions_dir: str | None = None) -> Place:
    """The place that `--project` and `--sessions-dir` name, else the one of the working directory.

    Raises UsageError when `project` is given and is none.
    """
    cwd = _cwd()
    root = project_at(project) if project is not None else find_project(cwd)
    return Place(root, sessions_folder(root, sessions_dir, os.environ, cwd), cwd)


def _cwd() -> Path:
    """The working directory under the name the person came by ($PWD), so that links in it are not resolved."""
    real = os.getcwd()
    named = os.environ.get("PWD", "")
    try:
        if os.path.isabs(named) and os.path.samefile(named, real):
            return Path(os.path.normpath(named))
    except OSError:
        pass
    return Path(real)
