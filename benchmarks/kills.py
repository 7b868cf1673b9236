"""Kills survived: SIGKILL for a random one of watcher, runner, launch server and shims, or several, at random moments.

Real sessions of short real stages are started by `run` and, whenever their runner is gone, gone on with by `resume`; the
watcher is the screen on a terminal of its own in every fourth session (`--screens`), else `--no-ui`. At the end of each session its ledger, which the stages wrote themselves, is held against its records: every
exit code right, no line missing or doubled in any log, no metric read twice, no stage run twice at once or without
need, the journal whole, no process left. Prints `kills survived / kills`.

    python benchmarks/kills.py [--kills 200] [--each 5] [--seed N] [--keep]
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.faults.killing import Shooting, survived, tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--each", type=int, default=5, help="kills in one session")
    parser.add_argument("--screens", type=int, default=4, help="a screen in every n-th session; 0: never")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", action="store_true", help="keep the folders of sessions with a fault")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    chance = random.Random(seed)
    root = Path(tempfile.mkdtemp(prefix="autotrain-kills-"))
    began, sessions = time.monotonic(), []
    while survived(sessions)[1] < options.kills:
        place = root / str(len(sessions))
        left = options.kills - survived(sessions)[1]
        screen = bool(options.screens) and len(sessions) % options.screens == options.screens - 1
        session = Shooting(place, chance=chance, screen=screen).run(min(options.each, left))
        sessions.append(session)
        for fault in session.faults:
            print(f"session {len(sessions) - 1}: {fault}", flush=True)
        if session.faults:
            print("   after", ", ".join(f"{blow.who} at {blow.seconds:.2f} s" for blow in session.blows), flush=True)
        if not session.faults or not options.keep:
            shutil.rmtree(place)
    good, all_kills = survived(sessions)
    print(
        f"seed {seed}: {len(sessions)} sessions, {sum(session.resumes for session in sessions)} resumes, "
        f"{time.monotonic() - began:.0f} s"
    )
    print("hit:", ", ".join(f"{who} {count}" for who, count in sorted(tally(sessions).items())))
    print(f"kills survived / kills: {good} / {all_kills}")
    if any(root.iterdir()):
        print(f"kept: {root}")
    else:
        root.rmdir()
    return 0 if good == all_kills else 1


if __name__ == "__main__":
    sys.exit(main())
