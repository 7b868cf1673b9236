"""Where a project and its sessions are. Apart from `find.py` because every command asks this, and few need a plan."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.errors import UsageError

__all__ = ["find_project", "project_at", "sessions_folder"]


def find_project(start: str | os.PathLike[str]) -> Path | None:
    """The nearest folder from `start` upwards that is a project, or None. Links in `start` are not followed."""
    here = Path(os.path.abspath(start))
    return next((folder for folder in (here, *here.parents) if _is_project(folder)), None)


def _is_project(folder: Path) -> bool:
    # A session's folder holds stages/ as well; its journal tells it apart.
    return os.path.isdir(folder / "stages") and not os.path.lexists(folder / "journal.jsonl")


def project_at(folder: str | os.PathLike[str]) -> Path:
    """The project that `--project DIR` names. Raises UsageError when that folder is none."""
    path = Path(os.path.abspath(folder))
    if not _is_project(path):
        raise UsageError(f"--project {os.fspath(folder)!r}: expected a project folder, which contains stages/")
    return path


def sessions_folder(
    project: Path | None, option: str | None, environ: Mapping[str, str], cwd: str | os.PathLike[str]
) -> Path:
    """Where sessions are: `--sessions-dir`, else AUTOTRAIN_SESSIONS_DIR, else the project's, else that of `cwd`."""
    named = option or environ.get("AUTOTRAIN_SESSIONS_DIR")
    if named:
        return Path(os.path.abspath(os.path.join(cwd, os.path.expanduser(named))))
    return (project or Path(os.path.abspath(cwd))) / "sessions"
