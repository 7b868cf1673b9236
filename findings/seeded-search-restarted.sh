#!/usr/bin/env bash
# Optuna 5.0.0 and hyperopt 0.3.0: a seeded search that is restarted on its storage tries the same points again.
#
# Expected: a study that is loaded from its storage goes on with new trials; that is what it was stored for.
# Seen: the state of the sampler is not stored, so that its seed begins anew: of a RandomSampler every trial after the
# restart is one that is there already, of a TPESampler those of its start. hyperopt's `trials_save_file` does the same.
# A script that seeds its sampler, is stopped and is started again spends the second half on the first half's points,
# and nothing says so.
#
# Output seen:
#   optuna RandomSampler: 6 of the 6 trials after the restart are repeated
#   optuna TPESampler: 4 of the 6 trials after the restart are repeated
#   hyperopt: 6 of the 6 trials after the restart are repeated
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q optuna==5.0.0 hyperopt==0.3.0 numpy==2.4.6 2>"$folder/pip.log" ||
  { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >search.py <<'PY'
import sys

sampler = sys.argv[1]
if sampler == "hyperopt":
    import numpy as np
    from hyperopt import fmin, hp, tpe

    def objective(x):
        print(x)
        return x

    fmin(objective, hp.uniform("x", 0, 1), algo=tpe.suggest, max_evals=int(sys.argv[2]), trials_save_file="trials",
         rstate=np.random.default_rng(1), show_progressbar=False)  # fmt: skip
else:
    import optuna

    optuna.logging.disable_default_handler()
    study = optuna.create_study(
        storage=f"sqlite:///{sampler}.db",
        study_name="s",
        load_if_exists=True,
        sampler=getattr(optuna.samplers, sampler)(seed=1),
    )
    study.optimize(lambda trial: print(trial.suggest_float("x", 0, 1)) or trial.params["x"], n_trials=6)
PY
seen=
for sampler in RandomSampler TPESampler hyperopt; do
  "$folder/venv/bin/python" -W ignore search.py "$sampler" 6 >first 2>err
  "$folder/venv/bin/python" -W ignore search.py "$sampler" 12 >second 2>err
  count=$(grep -c . second)
  same=$(grep -c -x -F -f first second || true)
  case $sampler in hyperopt) name=hyperopt ;; *) name="optuna $sampler" ;; esac
  echo "$name: $same of the $count trials after the restart are repeated"
  seen="$seen $same/$count"
done
[ "$seen" = " 6/6 4/6 6/6" ]
