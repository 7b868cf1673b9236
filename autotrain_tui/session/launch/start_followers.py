"""Starts the processes that send a session's numbers to the targets of its plan's `[track]`.

One for each target, leader of its own session. Nobody waits for them, the runner does not know them, and nothing that
happens to them or here reaches the training. One that still runs is not disturbed: the new one finds its lock and ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from autotrain_tui.errors import AutotrainError
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.read_file import read_small

__all__ = ["start_followers"]


def start_followers(folder: SessionFolder) -> None:
    """Start them. Raises nothing: what fails is left to `show`, which says that no process sends the numbers."""
    if b"track" not in (read_small(folder.plan) or b""):
        return
    try:
        for name in load_plan(folder.plan).track:
            _start(folder, name)
    except (AutotrainError, OSError):
        return


def _start(folder: SessionFolder, name: str) -> None:
    folder.track.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    log = os.open(folder.track / f"{name}.log", flags, 0o600)
    try:
        process = subprocess.Popen(
            [os.path.abspath(sys.executable), "-P", "-m", "autotrain_tui.trackers", str(folder.path.absolute()), name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )
    finally:
        os.close(log)
    # only so that no zombie stays; a daemon does not keep the process alive
    threading.Thread(target=process.wait, name="track", daemon=True).start()
