#!/usr/bin/env bash
# torchrun of torch 2.13.0 (2026-11): `--tee 3` and a line that a rank prints in two pieces.
#
# Guessed before: a launcher that puts a prefix before each line passes on whole lines.
# Expected: `[default0]:the first half and the second` and `[default1]:a line of rank 1`, in any order.
# Seen: the first piece is passed on with a prefix as soon as it is in the rank's file, the other rank's line is put
# behind it on the same line, and the second piece gets a prefix of its own. A line that is longer than a write, or a
# rank that is interrupted in the middle of one, is enough: of two million lines that two ranks printed at full speed,
# some tens were torn in this way.
#
# Output seen:
#   [default0]:the first half[default1]:a line of rank 1
#   [default0]: and the second
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "torch==2.13.0" 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cat >"$folder/half.py" <<'P'
import os
import sys
import time

if os.environ["RANK"] == "0":
    sys.stdout.write("the first half")
    sys.stdout.flush()
    time.sleep(4)
    sys.stdout.write(" and the second\n")
else:
    time.sleep(2)
    print("a line of rank 1", flush=True)
    time.sleep(4)
P
OMP_NUM_THREADS=1 "$folder/venv/bin/torchrun" --standalone --nproc-per-node 2 --tee 3 --log-dir "$folder/logs" \
  "$folder/half.py" >"$folder/out" 2>"$folder/err"
cat "$folder/out"
grep -qxF '[default0]:the first half[default1]:a line of rank 1' "$folder/out"
grep -qxF '[default0]: and the second' "$folder/out"
