"""The project and the sessions folder that a command line refers to."""

from __future__ import annotations

import os
from pathlib import Path

from autotrain_tui.plan.project import find_project, project_at, sessions_folder

__all__ = ["ProjectPaths", "find_paths", "paths_of_plan"]


class ProjectPaths:
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


def find_paths(project: str | None = None, sessions_dir: str | None = None) -> ProjectPaths:
    """The paths that `--project` and `--sessions-dir` name, else those of the working directory.

    Raises UsageError when `project` is given and is none.
    """
    cwd = _cwd()
    root = project_at(project) if project is not None else find_project(cwd)
    return ProjectPaths(root, sessions_folder(root, sessions_dir, os.environ, cwd), cwd)


def paths_of_plan(file: Path | None, here: ProjectPaths, project: str | None, sessions_dir: str | None) -> ProjectPaths:
    """The paths for a plan: those of its own project if it was named from another one, else `here`.

    `project` and `sessions_dir` are the options of the command line, which win.
    """
    if file is None or project is not None:
        return here
    own = find_project(file.parent)
    if own is None or (here.project is not None and _same(own, here.project)):
        return here
    return ProjectPaths(own, sessions_folder(own, sessions_dir, os.environ, here.cwd), here.cwd)


def _same(first: Path, second: Path) -> bool:
    try:
        return os.path.samefile(first, second)
    except OSError:
        return first == second


def _cwd() -> Path:
    """The working directory as the shell names it ($PWD), so that links in it are not resolved."""
    real = os.getcwd()
    named = os.environ.get("PWD", "")
    try:
        if os.path.isabs(named) and os.path.samefile(named, real):
            return Path(os.path.normpath(named))
    except OSError:
        pass
    return Path(real)
