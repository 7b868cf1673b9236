"""Where a session's project is now: a project may be moved, renamed or mounted elsewhere between two runners.

A session that lies in its project is found from its own folder; records keep where the project was at the start.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path, PurePath

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.project import find_project
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["locate_project", "moved_plan", "place_in_project"]


def place_in_project(session: Path, project: Path) -> str:
    """A session's folder relative to its project; empty where it lies elsewhere (`--sessions-dir`)."""
    with contextlib.suppress(ValueError):
        return str(Path(os.path.abspath(session)).relative_to(os.path.abspath(project)))
    return ""


def locate_project(session: Session, folder: SessionFolder) -> str:
    """The project's folder as it is now. Raises RefusedError where it is gone and the session does not lie in it."""
    recorded = session.project
    if not recorded:
        return ""
    here = Path(os.path.abspath(folder.path))
    found: Path | None = None
    if session.place_in_project:
        found = _above(here, session.place_in_project)
    elif not os.path.isdir(recorded):  # journals of version 0.1 do not say where the session lay
        found = find_project(here.parent) or (here.parent.parent if here.parent.name == "sessions" else None)
    if found is not None and os.path.isdir(found):
        return recorded if _same(recorded, found) else str(found)
    if os.path.isdir(recorded):
        return recorded
    raise RefusedError(
        f"session {folder.id} belongs to the project {recorded}, which is not there; "
        f"move the project back, or move the session into its sessions folder"
    )


def _above(session: Path, place: str) -> Path | None:
    """The folder of which `place` leads to the session; None where the session lies otherwise now."""
    parts = PurePath(place).parts
    return Path(*session.parts[: -len(parts)]) if session.parts[-len(parts) :] == parts else None


def _same(first: str, second: Path) -> bool:
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


def moved_plan(plan: Plan, old: str, new: str) -> Plan:
    """The plan with what it names below the project's old folder (interpreters, working folders) below the new one."""
    if not old or old == new:
        return plan
    return replace(
        plan,
        stages=tuple(
            replace(stage, python=_moved(stage.python, old, new), cwd=_moved(stage.cwd, old, new))
            for stage in plan.stages
        ),
    )


def _moved(path: str | None, old: str, new: str) -> str | None:
    if path is None or not path.startswith(old.rstrip("/") + "/") or os.path.lexists(path):
        return path
    moved = new.rstrip("/") + path[len(old.rstrip("/")) :]
    return moved if os.path.lexists(moved) else path
