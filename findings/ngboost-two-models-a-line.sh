#!/usr/bin/env bash
# NGBoost 0.6.0: loss and val_loss of one line are of two models.
#
# Expected: `[iter 3] loss=... val_loss=...` tells both of the model after iteration 3.
# Seen: loss is of the model before the iteration's tree was added, val_loss of the model after it. With the training
# data as the validation data, each val_loss is the loss of the next line; the last tree's loss is never printed.
#
# Output seen:
#   [iter 0] loss=1.3883 val_loss=1.3714 scale=1.0000 norm=0.9786
#   [iter 1] loss=1.3714 val_loss=1.3553 scale=1.0000 norm=0.9638
#   [iter 2] loss=1.3553 val_loss=1.3403 scale=1.0000 norm=0.9502
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ngboost==0.6.0 numpy==2.4.6 scikit-learn==1.6.1 2>"$folder/pip.log"
"$folder/venv/bin/python" -W ignore - <<'PY'
import contextlib
import io
import re
import sys

import numpy as np
from ngboost import NGBRegressor

chance = np.random.default_rng(0)
x = chance.normal(size=(200, 4))
y = x[:, 0] + chance.normal(size=200) * 0.1
text = io.StringIO()
with contextlib.redirect_stdout(text):
    NGBRegressor(n_estimators=6, verbose=True, verbose_eval=1, random_state=1).fit(x, y, X_val=x, Y_val=y)
print(text.getvalue(), end="")
lines = re.findall(r" loss=(\S+) val_loss=(\S+)", text.getvalue())
losses, of_validation = zip(*lines)
print("the same data: loss == val_loss", losses == of_validation, "val_loss == next loss", losses[1:] == of_validation[:-1])
sys.exit(not (len(lines) == 6 and losses[1:] == of_validation[:-1] and losses != of_validation))
PY
