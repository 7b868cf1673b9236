"""Removes what a demo leaves, when the demo is gone: `python -m autotrain_tui.cli.demo_cleanup FOLDER`.

A process of its own: a demo that is killed, or whose terminal is closed, is cleaned up too. It waits for the end of its
stdin, which the demo holds open; then it kills the sessions that still run, and removes the folder.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from autotrain_tui.errors import AutotrainError, MachineError
from autotrain_tui.session.records.command_file import drop, new_command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import LockOwner, owner_alive, read_owner, signal_owner

__all__ = ["PREFIX", "main"]

PREFIX = "autotrain-tui-demo-"
"""How a demo's folder is called: nothing else is removed."""

_SECONDS = 60.0
_PAUSE = 0.05


def main(folder: Path) -> int:
    """Wait for the demo's end, then clean up; 1 if something is left."""
    sys.stdin.buffer.read()
    if not folder.name.startswith(PREFIX):
        return 1
    deadline = time.monotonic() + _SECONDS
    for path in sorted((folder / "sessions").glob("*/")):
        _end(SessionFolder(path), deadline)
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)  # a process that is still ending may write once more
        if folder.exists():
            time.sleep(_PAUSE)
    return int(folder.exists())


def _end(session: SessionFolder, deadline: float) -> None:
    """Kill a session, and wait until its runner is gone."""
    asked = False
    while time.monotonic() < deadline:
        owner = read_owner(session)
        if not isinstance(owner, LockOwner) or not owner_alive(owner):
            return
        if not asked:
            asked = True
            try:
                drop(session, new_command("kill", session, reason="the demo is over"))
            except MachineError:
                signal_owner(session, "kill")
        time.sleep(_PAUSE)


if __name__ == "__main__":
    try:
        os._exit(main(Path(sys.argv[1])))
    except (AutotrainError, OSError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
