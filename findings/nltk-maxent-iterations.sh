#!/usr/bin/env bash
# NLTK 3.10.4: MaxentClassifier (GIS) prints of one iteration less than it announces, and max_iter=1 trains as 2 does.
#
# Expected: `Training (4 iterations)` is followed by the figures after iterations 1 to 4.
# Seen: row 1 has the figures of the untrained model, row i those after i-1 updates, and the row `Final` takes the
# place of the last; three updates were made. Of max_iter 1 and 2 the weights are the same, as both make one update.
#
# Output seen:
#   max_iter=1: rows 1 Final, max_iter=2: rows 1 Final, max_iter=4: rows 1 2 3 Final
#   row 1 is ln(1/2) of an untrained model: True
#   weights of max_iter 1 and 2 are the same: True, of 2 and 3: False
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q nltk==3.10.4 numpy==2.4.6 2>"$folder/pip.log"
"$folder/venv/bin/python" -W ignore - <<'PY'
import contextlib
import io
import random
import sys

from nltk.classify import MaxentClassifier

chance = random.Random(1)
data = [({"a": chance.choice("xyz"), "b": chance.choice("pq")}, chance.choice("uv")) for _ in range(80)]
rows, weights = {}, {}
for count in (1, 2, 3, 4):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model = MaxentClassifier.train(data, algorithm="gis", trace=3, max_iter=count)
    found = [line.split() for line in text.getvalue().splitlines()]
    rows[count] = [row for row in found if len(row) == 3 and row[0] not in {"Iteration", "==>"}]
    weights[count] = [round(float(weight), 6) for weight in model.weights()]
print(*(f"max_iter={count}: rows {' '.join(row[0] for row in rows[count])}" for count in (1, 2, 4)), sep=", ")
untrained = rows[4][0][1] == "-0.69315"
print("row 1 is ln(1/2) of an untrained model:", untrained)
same, others = weights[1] == weights[2], weights[2] == weights[3]
print(f"weights of max_iter 1 and 2 are the same: {same}, of 2 and 3: {others}")
names = [row[0] for row in rows[4]]
sys.exit(not (names == ["1", "2", "3", "Final"] and untrained and same and not others))
PY
