#!/usr/bin/env bash
# Keras 3.15.1: CSVLogger(append=True) writes the values of other metrics under the headings that are there.
#
# Expected of a training that is resumed with append=True after its metrics were changed: a new heading, a further
# column, or an error.
# Seen: the heading that is there is not read. Each row has the new run's values, sorted by the new run's names. With
# mean absolute error before and an accuracy after, the accuracy stands in the column `loss` and the loss in `mae`; with
# one metric more, a row has more cells than there are headings. Nothing is printed, and the file shows no sign of it.
#
# Output seen:
#   epoch,loss,mae,val_loss,val_mae
#   row 0: loss is the loss, mae is the mae
#   row 1: loss is the accuracy, mae is the loss
#   row 2: loss is the accuracy, mae is the loss, 7 cells under 5 headings
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 jax==0.9.0 jaxlib==0.9.0 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >resumed.py <<'P'
import csv
import sys

import keras
import numpy

x = numpy.random.default_rng(0).random((64, 4), "float32")
y = (x.sum(1) > 2).astype("float32")
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
histories = []
for epoch, metrics in enumerate((["mae"], ["accuracy"], ["accuracy", "mae"])):
    model.compile("sgd", "mse", metrics=metrics)
    log = keras.callbacks.CSVLogger("log.csv", append=epoch > 0)
    fitted = model.fit(x, y, epochs=epoch + 1, initial_epoch=epoch, validation_data=(x, y), verbose=0, callbacks=[log])
    histories.append({name: values[0] for name, values in fitted.history.items()})
head, *rows = csv.reader(open("log.csv"))
print(*head, sep=",")
lines = []
for number, (row, history) in enumerate(zip(rows, histories, strict=True)):
    found = [next(name for name, value in history.items() if float(row[head.index(at)]) == value) for at in head[1:3]]
    lines.append(f"row {number}: loss is the {found[0]}, mae is the {found[1]}")
    if len(row) != len(head):
        lines[-1] += f", {len(row)} cells under {len(head)} headings"
print(*lines, sep="\n")
sys.exit(
    lines
    != [
        "row 0: loss is the loss, mae is the mae",
        "row 1: loss is the accuracy, mae is the loss",
        "row 2: loss is the accuracy, mae is the loss, 7 cells under 5 headings",
    ]
)
P
KERAS_BACKEND=jax "$folder/venv/bin/python" resumed.py
