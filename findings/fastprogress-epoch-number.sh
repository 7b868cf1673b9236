#!/usr/bin/env bash
# fastprogress 1.1.6, fastai's bars: in epochs shorter than a bar's update interval, bars of several epochs name the first.
#
# Expected: the bar of epoch 7 says `Epoch 7/40`, as the row that is written below it is of epoch 7.
# Seen: the number is that of the outer bar's last redraw, which after the first few comes five times a second. Of 40
# quick epochs most are never named, and the last bar names an epoch before the last. The rows are of the right epochs.
#
# Output seen:
#   40 epochs, 40 rows; epochs that bars named: 1 2 3 4 5 6 38
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q fastprogress==1.1.6 2>"$folder/pip.log"
"$folder/venv/bin/python" - >"$folder/text" <<'PY'
import time

from fastprogress.fastprogress import master_bar, progress_bar

outer = master_bar(range(40))
for epoch in outer:
    for _ in progress_bar(range(5), parent=outer):
        time.sleep(0.001)
    outer.write(f"row {epoch + 1}")
PY
"$folder/venv/bin/python" - "$folder/text" <<'PY'
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
named = sorted({int(number) for number in re.findall(r"Epoch (\d+)/40", text)})
rows = [int(number) for number in re.findall(r"row (\d+)", text)]
print(f"40 epochs, {len(rows)} rows; epochs that bars named:", *named)
sys.exit(not (rows == list(range(1, 41)) and len(named) < 40 and named[-1] < 40))
PY
