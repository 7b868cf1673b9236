#!/usr/bin/env bash
# tqdm 4.70.1: values set with set_postfix() in `for x in bar:` stand beside the count of an earlier step.
#
# Expected: the count beside a value is that of the step that set it, as the bar is drawn anew for each value.
# Seen: while it iterates, the bar keeps its count to itself and writes it down only at its own redraws, ten a second.
# set_postfix() draws at once, with the count of the last of those: of a loop of 20 quick steps, all say 0/20.
# A loop that calls update() itself has the right counts.
#
# Output seen:
#   for x in bar: 0/20 beside the values of steps 1 to 20, then 20/20
#   update(): the count beside each value is its step: True
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tqdm==4.70.1 2>"$folder/pip.log"
"$folder/venv/bin/python" - <<'PY'
import io
import re
import sys

from tqdm import tqdm

DRAWN = re.compile(r"(\d+)/20 [^\r]*?value=(\d+)")

text = io.StringIO()
bar = tqdm(range(20), file=text, ascii=True, mininterval=5)
for i in bar:
    bar.set_postfix(value=i + 1)
iterated = [(int(count), int(value)) for count, value in DRAWN.findall(text.getvalue())]

text = io.StringIO()
with tqdm(total=20, file=text, ascii=True, mininterval=5) as bar:
    for i in range(20):
        bar.update()
        bar.set_postfix(value=i + 1)
updated = [(int(count), int(value)) for count, value in DRAWN.findall(text.getvalue())]

late = [(0, i + 1) for i in range(20)]
print("for x in bar:", *(f"{count}/20 beside {value}," for count, value in iterated))
in_step = all(count == value for count, value in updated)
print("update(): the count beside each value is its step:", in_step)
sys.exit(not (iterated[:20] == late and in_step))
PY
