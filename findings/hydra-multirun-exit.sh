#!/usr/bin/env bash
# hydra-core 1.3.8: in a multirun, a job that ends with sys.exit(0) ends the sweep, with exit status 0.
#
# Expected: it ends its own job, as a return does; or at least the sweep has failed, since jobs were not started. A job
# that raises an exception lets the others run, and the sweep's exit status is 1.
# Seen: jobs run in Hydra's own process, and SystemExit is caught by nobody: the jobs behind are never started, there is
# no folder for them, and no line says so. With sys.exit(3) it is the same with exit status 3. A training that stops
# early, or was ended by a signal handler that saves and exits, often says so by sys.exit(0): its sweep looks complete.
#
# Output seen (of the jobs 0, 1 and 2, the second one ends in that way):
#   return: jobs that ran 0 1 2, folders of jobs 3, exit status 0
#   raise: jobs that ran 0 1 2, folders of jobs 3, exit status 1
#   sys.exit(0): jobs that ran 0 1, folders of jobs 2, exit status 0, lines that tell of job 2: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q hydra-core==1.3.8 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >train.py <<'P'
import os
import sys

import hydra


@hydra.main(version_base=None, config_path=None)
def main(settings):
    with open(os.environ["RAN"], "a") as file:
        file.write(f" {settings.job}")
    if settings.job == 1 and settings.end == "raise":
        raise RuntimeError("diverged")
    if settings.job == 1 and settings.end == "exit":
        sys.exit(0)
    return 0.5


main()
P
sweep() {
  status=0
  RAN="$folder/$1.ran" "$folder/venv/bin/python" train.py --multirun +job=0,1,2 "+end=$1" "hydra.sweep.dir=$1" \
    >"$1.log" 2>&1 || status=$?
  seen="jobs that ran$(cat "$1.ran"), folders of jobs $(find "$1" -mindepth 1 -maxdepth 1 -type d | wc -l), exit status $status"
}
sweep return
returned=$seen
sweep raise
raised=$seen
sweep exit
exited="$seen, lines that tell of job 2: $(grep -c 'job=2' exit.log || true)"
printf '%s\n' "return: $returned" "raise: $raised" "sys.exit(0): $exited"
[ "$returned" = "jobs that ran 0 1 2, folders of jobs 3, exit status 0" ] &&
  [ "$raised" = "jobs that ran 0 1 2, folders of jobs 3, exit status 1" ] &&
  [ "$exited" = "jobs that ran 0 1, folders of jobs 2, exit status 0, lines that tell of job 2: 0" ] || {
  echo "that is not what was seen before"
  exit 1
}
