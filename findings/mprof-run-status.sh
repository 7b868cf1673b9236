#!/usr/bin/env bash
# memory_profiler 0.61.0: `mprof run` has exit status 0 whatever became of the program, and ends without it.
#
# Expected: the program's exit status, as `time`, `memray run` and `viztracer` give it; an end by a signal as a failure;
# a SIGTERM that reaches the program.
# Seen: 0 after exit status 3 and after a SIGKILL, which is how a program ends that needs too much memory, the reason to
# run it under mprof. At SIGTERM mprof ends, and the program that it measured runs on.
#
# Output seen:
#   exit 3: mprof run gives 0
#   SIGKILL: mprof run gives 0
#   2 s after SIGTERM: mprof lives: no, the program lives: yes
set -euo pipefail
folder=$(mktemp -d)
program=
finish() {
  if [ -n "$program" ]; then kill -KILL "$program" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q memory_profiler==0.61.0 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
measure() { exec "$folder/venv/bin/mprof" run -o measured.dat sh -c "$1"; }
seen=
for words in "exit 3:exit 3" 'SIGKILL:kill -KILL $$'; do
  given=0
  (measure "${words#*:}") >log 2>&1 || given=$?
  echo "${words%%:*}: mprof run gives $given"
  seen="$seen $given"
done
(measure 'echo $$ >pid.new; mv pid.new pid; exec sleep 60') >log 2>&1 &
measuring=$!
for _ in $(seq 300); do if [ -e pid ]; then break; fi; sleep 0.1; done
program=$(cat pid)
lives() { if kill -0 "$1" 2>/dev/null && [ "$(ps -o stat= -p "$1" | cut -c1)" != Z ]; then echo yes; else echo no; fi; }
kill -TERM "$measuring"
sleep 2
state="$(lives "$measuring") $(lives "$program")"
echo "2 s after SIGTERM: mprof lives: ${state% *}, the program lives: ${state#* }"
[ "$seen $state" = " 0 0 no yes" ] || { echo "that is not what was seen before"; exit 1; }
