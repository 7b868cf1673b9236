#!/usr/bin/env bash
# tensorboardX 2.6.5: two writers of one folder that begin within the same second share a file name, and the second one
# truncates the first one's file. All points of the first are gone, although it was closed; nothing is printed.
# The name has the second and the host, but no process and no counter, unlike that of tensorboard's own writer.
# It happens to programs that make a SummaryWriter for each phase, and to ranks that start together.
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tensorboardX==2.6.5 tensorboard==2.21.0 2>"$folder/pip.log"
cd "$folder"
cat >two_phases.py <<'PY'
import glob
import time

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import SummaryWriter

time.sleep(1 - time.time() % 1)  # at the start of a second
for phase, steps in (("warm-up", range(100)), ("training", range(100, 105))):
    with SummaryWriter("run") as writer:
        for step in steps:
            writer.add_scalar("loss", 1 / (1 + step), step)
events = EventAccumulator("run").Reload()
print("files", len(glob.glob("run/*")), "points", len(events.Scalars("loss")), "first step", events.Scalars("loss")[0].step)
PY
seen=$("$folder/venv/bin/python" two_phases.py 2>&1 | tail -1)
echo "seen: $seen"
[ "$seen" = "files 1 points 5 first step 100" ] || { echo "expected: files 1 points 5 first step 100"; exit 1; }
