"""Injects one read error into the runner of each of many real sessions, and compares the outcome with a ledger.

    python benchmarks/read_errors.py [COUNT] [SEED]

Every session has two short real stages. One open(2) of its runner, at random among all that it makes, fails with ESTALE,
EIO or EMFILE (strace, children left alone). Nothing may be lost, doubled or misjudged. Needs strace. Exit status 1 if
anything was.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.transitions import StageState
from tests.faults.ledger import find_faults, plan_of, processes_of
from tests.faults.syscalls import END_SECONDS, STAGES, _to_the_end
from tests.runner.rig import Rig

ERRORS = ("ESTALE", "EIO", "EMFILE")


def run_once(root: Path, rule: list[str]) -> list[str]:
    """One session whose first runner runs under strace with this rule; what is wrong afterwards."""
    root.mkdir(parents=True)
    rig = Rig(root, plan_of(STAGES))
    faults: list[str] = []
    command = ["strace", "-D", "-qq", *rule, sys.executable, "-P", "-m", "autotrain_tui.runner", str(rig.folder.path)]
    try:
        with open(rig.folder.runner_log, "ab") as log:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                timeout=END_SECONDS,
                check=False,
            )
        _to_the_end(rig.folder)
        faults += find_faults(rig.folder, STAGES, set())
        for stage in load_view(rig.folder).session.stages:
            if len(stage.attempts) != 1 or stage.attempts[0].state is StageState.LOST:
                faults.append(f"stage {stage.name}: {[str(attempt.state) for attempt in stage.attempts]}")
    except (AssertionError, AutotrainError, subprocess.TimeoutExpired) as error:
        faults.append(f"{type(error).__name__}: {error}")
    finally:
        for pid in processes_of(rig.folder):
            os.kill(pid, signal.SIGKILL)
        rig.close()
    if not faults:
        shutil.rmtree(root)
    return faults


def main() -> int:
    """Inject and tell; 1 if a session did not survive."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 10)
    root = Path(tempfile.mkdtemp(prefix="autotrain-read-errors-"))
    trace = root / "trace"
    assert not run_once(root / "count", ["-e", "trace=openat", "-o", str(trace)])
    opens = len(trace.read_text().splitlines())
    survived = 0
    for number in range(count):
        error, when = chance.choice(ERRORS), chance.randint(1, opens)
        faults = run_once(root / str(number), ["-o", "/dev/null", "-e", f"inject=openat:error={error}:when={when}"])
        survived += not faults
        for fault in faults:
            print(f"{error} at open {when} of {opens}: {fault} ({root / str(number)})", flush=True)
    print(f"sessions survived / read errors: {survived} / {count} (of {opens} opens)")
    return 0 if survived == count else 1


if __name__ == "__main__":
    sys.exit(main())
