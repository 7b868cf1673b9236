#!/usr/bin/env bash
# accelerate 1.15.0: `accelerate launch` of one process hands on neither a SIGTERM nor the exit status.
#
# Expected: what torchrun does: SIGTERM is passed on to the training, which can save, and the launcher waits for it; a
# status other than 0 can be told apart.
# Seen: the launcher ends at SIGTERM at once, and the training runs on with nobody above it, on its GPU. A scheduler, a
# container's stop or `kill` sees an ended job; what starts next trains beside the first, and both write one folder of
# checkpoints. Every failure has exit status 1: one for memory (137) and one that saved and wants to be started again
# (143, or 75 of sysexits) look like a mistake in the program.
#
# Output seen:
#   exit 75: accelerate launch gives 1
#   SIGKILL: accelerate launch gives 1
#   2 s after SIGTERM: the launcher lives: no, the training lives: yes
# With torch 2.13.0; the wheel for CPUs does, if pip is given one.
set -euo pipefail
folder=$(mktemp -d)
training=
finish() {
  if [ -n "$training" ]; then kill -KILL "$training" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q accelerate==1.15.0 torch==2.13.0 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
export HOME="$folder"
cat >train.py <<'P'
import os
import signal
import sys
import time

if sys.argv[1] == "exit":
    sys.exit(75)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
with open("pid.new", "w") as file:
    file.write(str(os.getpid()))
os.rename("pid.new", "pid")
time.sleep(60)
P
launch() { exec "$folder/venv/bin/accelerate" launch --cpu --num_processes 1 --num_machines 1 train.py "$1"; }
seen=
for end in exit kill; do
  given=0
  (launch "$end") >log 2>&1 || given=$?
  name="exit 75"
  if [ "$end" = kill ]; then name=SIGKILL; fi
  echo "$name: accelerate launch gives $given"
  seen="$seen $given"
done
(launch wait) >log 2>&1 &
launcher=$!
for _ in $(seq 600); do if [ -e pid ]; then break; fi; sleep 0.1; done
training=$(cat pid)
lives() { if kill -0 "$1" 2>/dev/null && [ "$(ps -o stat= -p "$1" | cut -c1)" != Z ]; then echo yes; else echo no; fi; }
kill -TERM "$launcher"
sleep 2
state="$(lives "$launcher") $(lives "$training")"
echo "2 s after SIGTERM: the launcher lives: ${state% *}, the training lives: ${state#* }"
[ "$seen $state" = " 1 1 no yes" ] || { echo "that is not what was seen before"; exit 1; }
