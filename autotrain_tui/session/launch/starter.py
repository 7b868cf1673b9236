"""Files that `init` adds to a project, without overwriting one: first of all the starter that ships with us."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.errors import MachineError, RefusedError

__all__ = ["add_files", "add_starter", "starter"]


def add_starter(root: Path) -> tuple[list[str], list[str]]:
    """Add what isn't there yet; the files added, and those that were there, by their paths from `root`.

    Raises RefusedError in a session's folder, MachineError when it can't be written.
    """
    source = starter()
    return add_files(root, {f"stages/{path.relative_to(source)}": path.read_bytes() for path in _files(source)})


def add_files(root: Path, files: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """Add the files that aren't there yet, by their paths from `root`; those added, and those that were there.

    Raises RefusedError in a session's folder, MachineError when it can't be written.
    """
    if os.path.lexists(root / "journal.jsonl"):
        raise RefusedError(f"{root} is a session's folder; choose another folder for a project")
    added: list[str] = []
    kept: list[str] = []
    try:
        for name, content in files.items():
            (added if _write(root / name, content) else kept).append(name)
    except OSError as error:
        raise MachineError(f"{error.filename or root}: {error.strerror}") from error
    return added, kept


def starter() -> Path:
    """Where the starter lies: beside us in a wheel, the repository's own stages/ in a source checkout.

    Raises MachineError when neither is there.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "starter", package.parent / "stages"):
        if folder.is_dir():
            return folder
    raise MachineError(f"{package}: this installation has no example plans (starter/); reinstall autotrain-tui")


def _files(source: Path) -> list[Path]:
    """The starter's files, in order; nothing that only a run left there."""
    return sorted(
        path
        for path in source.rglob("*")
        if path.is_file() and not path.name.startswith(".") and "__pycache__" not in path.parts
    )


def _write(target: Path, content: bytes) -> bool:
    """Write the file unless something is there; whether it was written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        return False
    with open(descriptor, "wb") as file:
        file.write(content)
    return True
