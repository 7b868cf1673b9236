#!/usr/bin/env bash
# SMAC 2.4.1: a search that is started again with another number of trials asks a question on stdin.
#
# Expected: 12 instead of 8 trials in the same output folder go on from the 8, as they do without a change.
# Seen: `input()` asks whether to overwrite or to rename the old run; there is no answer that goes on with it. With
# nothing on stdin (cron, Slurm, nohup) that is an EOFError. The reason is any difference of the scenario, also one that
# SMAC makes itself of the number of trials (`initial_design.n_configs`).
#
# Output seen:
#   8 trials: status 0
#   8 trials once more: status 0
#   12 trials, stdin from /dev/null: status 1, EOFError: EOF when reading a line
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q smac==2.4.1 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >search.py <<'PY'
import sys

from ConfigSpace import ConfigurationSpace, Float
from smac import HyperparameterOptimizationFacade, Scenario

if __name__ == "__main__":
    space = ConfigurationSpace(seed=1)
    space.add(Float("x", (-5, 5)))
    scenario = Scenario(space, n_trials=int(sys.argv[1]), deterministic=True, seed=1, name="s", output_directory="out")
    HyperparameterOptimizationFacade(scenario, lambda config, seed=0: (config["x"] - 1) ** 2).optimize()
PY
search() { "$folder/venv/bin/python" -W ignore search.py "$1" >log 2>err; }
seen=
for words in "8 trials" "8 trials once more"; do
  status=0
  search 8 </dev/null || status=$?
  echo "$words: status $status"
  seen="$seen $status"
done
status=0
search 12 </dev/null || status=$?
last=$(tail -1 err)
echo "12 trials, stdin from /dev/null: status $status, $last"
[ "$seen" = " 0 0" ] && [ "$status" = 1 ] && [ "${last%%:*}" = EOFError ]
