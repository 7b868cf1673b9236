#!/usr/bin/env bash
# comet_ml 3.58.8: an OfflineExperiment that is killed leaves an empty archive where its numbers should be.
#
# Expected: the folder that offline_directory names holds the experiment as it grows, so that one that was killed can be
# uploaded as far as it went, as with the offline runs of W&B and ClearML.
# Seen: that folder gets an empty archive (22 bytes, without members) at the start. The numbers grow in a folder
# /tmp/tmpXXXXXXXX of the machine, and are put into the archive by end(), or at the program's exit. After a SIGTERM,
# which Python does not survive by itself, or a SIGKILL, the archive stays empty, also when the last number was logged
# seconds before. On a node with its own /tmp, all numbers of the job are lost, although the folder was on a shared disk.
#
# Output seen:
#   SIGTERM: archives 1, members in them 0, points left in the folder for temporary files 500
#   SIGKILL: archives 1, members in them 0, points left in the folder for temporary files 500
#   exit: archives 1, members in them 2, points left in the folder for temporary files 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q comet_ml==3.58.8 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
export HOME="$folder" COMET_LOGGING_CONSOLE=critical
cat >train.py <<'P'
import os
import signal
import sys
import time

import comet_ml

experiment = comet_ml.OfflineExperiment(
    project_name="p", workspace="w", offline_directory=sys.argv[1], log_code=False, auto_output_logging=False
)
for step in range(500):
    experiment.log_metric("loss", 1 / (1 + step), step=step)
if sys.argv[1] != "exit":
    time.sleep(5)
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
P
cat >look.py <<'P'
import glob
import sys
import zipfile

seen = []
for end in ("SIGTERM", "SIGKILL", "exit"):
    archives = glob.glob(f"{end}/*.zip")
    members = sum(len(zipfile.ZipFile(path).namelist()) for path in archives)
    left = [line for path in glob.glob(f"tmp-{end}/*/messages.json") for line in open(path) if '"loss"' in line]
    points = sum('"metric_msg"' in line for line in left)
    print(f"{end}: archives {len(archives)}, members in them {members}, "
          f"points left in the folder for temporary files {points}")
    seen.append((len(archives), members > 0, points > 0))
sys.exit(seen != [(1, False, True), (1, False, True), (1, True, False)])
P
for end in SIGTERM SIGKILL exit; do
  mkdir "$end" "tmp-$end"
  TMPDIR="$folder/tmp-$end" "$folder/venv/bin/python" train.py "$end" >"$end.log" 2>&1 || true
done 2>/dev/null
"$folder/venv/bin/python" look.py
