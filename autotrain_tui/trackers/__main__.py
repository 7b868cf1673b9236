"""`python -P -m autotrain_tui.trackers FOLDER TARGET`: send a session to one target of its plan's `[track]`.

Started by `session/launch/start_followers.py`. Its messages go to stderr, which is `track/TARGET.log`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from autotrain_tui.errors import AutotrainError
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.session.records.folder import open_session_folder
from autotrain_tui.trackers.known_targets import open_target
from autotrain_tui.trackers.place import follower_lock, place_of, state_path
from autotrain_tui.trackers.track_follower import Follower

NICE = 10
WAIT_SECONDS = 15.0
"""For a follower of the session's former runner, which may be about to leave."""


def main(folder_name: str, name: str) -> int:
    """Follow it to its end; the exit status."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    try:
        folder = open_session_folder(Path(folder_name))
        settings = load_plan(folder.plan).track[name]
        path = state_path(folder, name, settings, settings)
        with follower_lock(path, WAIT_SECONDS):
            Follower(folder, name, open_target(name, place_of(folder, settings)), path).follow()
    except AutotrainError as error:
        print(error, file=sys.stderr, flush=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
