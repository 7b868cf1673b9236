#!/usr/bin/env bash
# XGBoost 3.2.0 and CatBoost 1.2.10 number the rounds of a continued training from 0 again; LightGBM 4.7.0 goes on.
#
# Expected: the round that a log prints is the model's.
# Seen: with `xgb_model=` and with CatBoost's `init_model=` the rounds begin at 0 again, while the model has all of
# them; with LightGBM's `init_model=` they go on. Of the same kind of restart, a curve of one is two runs over each other.
#
# Output seen:
#   xgboost: rounds 0 1 2, continued 0 1 2, the model has 6
#   catboost: rounds 0 1 2, continued 0 1 2, the model has 6
#   lightgbm: rounds 1 2 3, continued 4 5 6, the model has 6
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q xgboost==3.2.0 catboost==1.2.10 lightgbm==4.7.0 numpy==2.4.6 2>"$folder/pip.log" ||
  { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
"$folder/venv/bin/python" -W ignore - >log 2>&1 <<'PY'
import catboost
import lightgbm
import numpy as np
import xgboost

chance = np.random.default_rng(1)
x = chance.normal(size=(300, 4))
y = 2 * x[:, 0]
data = xgboost.DMatrix(x, y)
print("== xgboost", flush=True)
model = xgboost.train({}, data, 3, evals=[(data, "train")])
print("continued", flush=True)
print("total", xgboost.train({}, data, 3, evals=[(data, "train")], xgb_model=model).num_boosted_rounds(), flush=True)
print("== catboost", flush=True)
options = {"iterations": 3, "learning_rate": 0.3, "allow_writing_files": False}
model = catboost.CatBoostRegressor(**options).fit(x, y)
print("continued", flush=True)
print("total", catboost.CatBoostRegressor(**options).fit(x, y, init_model=model).tree_count_, flush=True)
print("== lightgbm", flush=True)
data = lightgbm.Dataset(x, y, free_raw_data=False)
told = {"valid_sets": [data], "callbacks": [lightgbm.log_evaluation(1)]}
model = lightgbm.train({"verbose": -1}, data, 3, **told)
print("continued", flush=True)
print("total", lightgbm.train({"verbose": -1}, data, 3, init_model=model, **told).current_iteration(), flush=True)
PY
awk '
  /^== / { if (name) print name ": rounds" rounds ", the model has " total; name = $2; rounds = ""; next }
  /^continued/ { rounds = rounds ", continued"; next }
  /^total/ { total = $2; next }
  match($0, /^(\[[0-9]+\]|[0-9]+:)/) { round = $1; gsub(/[^0-9]/, "", round); rounds = rounds " " round }
  END { print name ": rounds" rounds ", the model has " total }
' log >seen
cat seen
printf '%s\n' "xgboost: rounds 0 1 2, continued 0 1 2, the model has 6" \
  "catboost: rounds 0 1 2, continued 0 1 2, the model has 6" \
  "lightgbm: rounds 1 2 3, continued 4 5 6, the model has 6" | cmp -s - seen
