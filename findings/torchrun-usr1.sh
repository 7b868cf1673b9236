#!/usr/bin/env bash
# torchrun of torch 2.13.0 (2026-11): SIGUSR1 to torchrun, as `#SBATCH --signal=USR1@60` of Slurm sends it.
#
# Guessed before: torchrun passes the signal on to its ranks, or ends them as it does after SIGTERM.
# Expected: after torchrun has ended, none of its ranks runs.
# Seen: torchrun ends at once (status 138, by the signal), no rank has heard of it, and each runs on in a session of its
# own, with its GPU. A program that is to save on USR1 has to be sent it by something else than torchrun.
#
# Output seen:
#   torchrun ended with status 138
#   ranks that have got the signal: 0
#   ranks that run 5 s later: 2
set -euo pipefail
folder=$(mktemp -d)
finish() {
  for file in "$folder"/pid-*; do
    if [ -e "$file" ]; then kill -9 "$(cat "$file")" 2>/dev/null || true; fi
  done
  rm -rf "$folder"
}
trap finish EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "torch==2.13.0" 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cat >"$folder/rank.py" <<'P'
import os
import pathlib
import signal
import time

rank, folder = os.environ["RANK"], pathlib.Path(__file__).parent
signal.signal(signal.SIGUSR1, lambda *_: (folder / f"got-{rank}").touch())
(folder / f"new-{rank}").write_text(str(os.getpid()))
(folder / f"new-{rank}").rename(folder / f"pid-{rank}")
time.sleep(120)
P
OMP_NUM_THREADS=1 "$folder/venv/bin/torchrun" --standalone --nproc-per-node 2 "$folder/rank.py" >"$folder/out" 2>&1 &
agent=$!
for _ in $(seq 600); do
  if [ -e "$folder/pid-0" ] && [ -e "$folder/pid-1" ]; then break; fi
  sleep 0.2
done
kill -USR1 "$agent"
status=0
wait "$agent" 2>/dev/null || status=$?
echo "torchrun ended with status $status"
sleep 5
got=0 alive=0
for rank in 0 1; do
  if [ -e "$folder/got-$rank" ]; then got=$((got + 1)); fi
  if kill -0 "$(cat "$folder/pid-$rank")" 2>/dev/null; then alive=$((alive + 1)); fi
done
echo "ranks that have got the signal: $got"
echo "ranks that run 5 s later: $alive"
[ "$status" = 138 ] && [ "$got" = 0 ] && [ "$alive" = 2 ]
