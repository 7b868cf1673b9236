#!/usr/bin/env bash
# MLflow 3.17.2: a run that logs with synchronous=False and ends with its program loses its last points, and is FINISHED.
#
# Expected: a run that is not ended by a call is ended by MLflow at the exit of the program, as documented, with all
# that was logged: its queue has a handler of `atexit` that says that it waits until the queue is drained.
# Seen: Python stops its thread pools before it calls that handler, so that what still waits in the queue cannot be
# sent. MLflow prints an error for each of these points and ends the run as FINISHED; the program's exit status is 0.
# With `with mlflow.start_run():` or `mlflow.end_run()` all points are there. The points that are lost are the last
# ones: the best validation of a training, and what `metrics` of the run shows is an earlier value.
#
# Output seen (the first number differs from run to run: 119 to 199 of 200):
#   ended by the program's exit: exit status 0, FINISHED, 190 of 200 points
#   the same with MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS=5: exit status 0, FINISHED, 0 of 200 points
#   ended by end_run(): exit status 0, FINISHED, 200 of 200 points
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q mlflow==3.17.2 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
export MLFLOW_TRACKING_URI="sqlite:///$folder/mlflow.db" MLFLOW_DISABLE_TELEMETRY=true
cat >train.py <<'P'
import sys

import mlflow

run = mlflow.start_run()
open(sys.argv[1], "w").write(run.info.run_id)
for step in range(200):
    mlflow.log_metric("loss", 1 / (1 + step), step=step, synchronous=False)
if sys.argv[1] == "called":
    mlflow.end_run()
P
cat >read.py <<'P'
import sys

from mlflow.tracking import MlflowClient

client = MlflowClient()
found = {}
for name, words in (
    ("exit", "ended by the program's exit"),
    ("buffered", "the same with MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS=5"),
    ("called", "ended by end_run()"),
):
    run = client.get_run(open(name).read())
    points = len(client.get_metric_history(run.info.run_id, "loss"))
    status = open(f"{name}.status").read().strip()
    found[name] = f"{status} {run.info.status} {points}"
    print(f"{words}: exit status {status}, {run.info.status}, {points} of 200 points")
sys.exit((found["buffered"], found["called"]) != ("0 FINISHED 0", "0 FINISHED 200"))
P
"$folder/venv/bin/mlflow" db upgrade "$MLFLOW_TRACKING_URI" 2>/dev/null
for end in exit buffered called; do
  buffered=
  if [ "$end" = buffered ]; then buffered=5; fi
  status=0
  env ${buffered:+MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS=$buffered} "$folder/venv/bin/python" train.py "$end" \
    2>"$end.log" || status=$?
  echo "$status" >"$end.status"
done
"$folder/venv/bin/python" read.py 2>/dev/null
