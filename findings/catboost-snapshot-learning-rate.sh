#!/usr/bin/env bash
# CatBoost 1.2.10: a snapshot is refused if depth or regularisation changed, but not if the learning rate did.
#
# Expected: what holds for `depth` and `l2_leaf_reg` ("Current training params differ from the params saved in
# snapshot") holds for `learning_rate` as well; else the new value is used, or a warning says that it is not.
# Seen: with another `learning_rate` the snapshot is continued without a word: a finished one gives the old model, whose
# `get_all_params()` now says the new rate; with more `iterations` the old trees stay and only those behind them have the
# new rate. Fewer `iterations` than the snapshot has are ignored too. Who tries rates under one `snapshot_file` compares
# one model with itself.
#
# Output seen:
#   depth=2: refused
#   l2_leaf_reg=50: refused
#   learning_rate=0.01: 20 trees, predicts as 0.5 does: True, says 0.01
#   iterations=5: 20 trees, predicts as 0.5 does: True, says 0.5
#   learning_rate=0.01, iterations=40: 40 trees, predicts as 0.5 does: False, the first 20 are the same: True, says 0.01
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q catboost==1.2.10 numpy==2.4.6 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import shutil
import sys

import numpy as np
from catboost import CatBoostError, CatBoostRegressor

chance = np.random.default_rng(1)
x = chance.normal(size=(300, 4))
y = 2 * x[:, 0] + chance.normal(size=300)
base = {"iterations": 20, "learning_rate": 0.5, "random_seed": 1, "thread_count": 1, "verbose": 0}
kept = {"save_snapshot": True, "snapshot_file": "s.bin", "snapshot_interval": 0, "train_dir": "kept"}
plain = CatBoostRegressor(**base, allow_writing_files=False).fit(x, y).predict(x)
changes = [{"depth": 2}, {"l2_leaf_reg": 50}, {"learning_rate": 0.01}, {"iterations": 5}]
seen = []
for change in [*changes, {"learning_rate": 0.01, "iterations": 40}]:
    shutil.rmtree("kept", ignore_errors=True)
    CatBoostRegressor(**base, **kept).fit(x, y)
    name = ", ".join(f"{key}={value}" for key, value in change.items())
    try:
        model = CatBoostRegressor(**base | kept | change).fit(x, y)
    except CatBoostError as error:
        seen.append("refused" if "params differ" in str(error) else str(error))
    else:
        trees = model.tree_count_
        told = f"{trees} trees, predicts as 0.5 does: {bool(np.allclose(model.predict(x), plain))}"
        if trees > 20:
            told += f", the first 20 are the same: {bool(np.allclose(model.predict(x, ntree_end=20), plain))}"
        seen.append(f"{told}, says {model.get_all_params()['learning_rate']:.3g}")
    print(f"{name}: {seen[-1]}")
wanted = ["refused", "refused", "20 trees, predicts as 0.5 does: True, says 0.01"]
wanted += ["20 trees, predicts as 0.5 does: True, says 0.5"]
wanted += ["40 trees, predicts as 0.5 does: False, the first 20 are the same: True, says 0.01"]
sys.exit(seen != wanted)
PY
