#!/usr/bin/env bash
# PyMC 5.28.5: SIGINT ends a chain, not the program: it goes on with fewer samples and has exit status 0.
#
# Expected: KeyboardInterrupt out of `pm.sample`, and exit status 130, as of any other Python program at Ctrl-C.
# Seen: `pm.sample` returns what there is, the lines below it run (and save it), and the exit status is 0. With cores=1
# only the chain at work ends, and the next one is sampled in full: two chains of 500 draws become one, whose traces are
# those that have most draws together. Who stops a job with SIGINT finds it complete.
#
# Output seen:
#   cores=1, SIGINT at draw 20 of 500 of the first of 2 chains: status 0, chains 1, draws 500
#   cores=2, SIGINT at draw 20 of 500 of the first of 2 chains: status 0, chains 1, draws 21
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pymc==5.28.5 pytensor==2.38.3 arviz==0.23.4 2>"$folder/pip.log" ||
  { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >sample.py <<'PY'
import os
import signal
import sys

import pymc


def stop(trace, draw):
    if not draw.tuning and draw.chain == 0 and draw.draw_idx == 120:  # of them 100 to tune
        os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    with pymc.Model():
        pymc.Normal("m", 0, 10)
        trace = pymc.sample(
            500, tune=100, chains=2, cores=int(sys.argv[1]), random_seed=1, progressbar=False, callback=stop
        )
    print("chains {chain}, draws {draw}".format(**trace.posterior.sizes))
PY
failed=0
for cores in 1 2; do
  status=0
  PYTENSOR_FLAGS="base_compiledir=$folder/compiled" "$folder/venv/bin/python" -W ignore sample.py $cores >log 2>err || status=$?
  told=$(tail -1 log)
  echo "cores=$cores, SIGINT at draw 20 of 500 of the first of 2 chains: status $status, $told"
  case "$status $told" in
    "0 chains 2, draws 500") failed=1 ;;
    "0 chains "*) ;;
    *) failed=1 ;;
  esac
done
exit $failed
