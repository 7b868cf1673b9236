#!/usr/bin/env bash
# Ray 2.60.0 (2026-11): a job that is stopped while it is pending.
#
# Expected: the answer {"stopped": true} means that the job's command never runs, and its status becomes STOPPED.
# Seen: the job stays PENDING; when its resources are free its command is started all the same, and only then stopped.
# A short command runs to its end; the job is then FAILED, with psutil's NoSuchProcess as its message.
#
# Output seen:
#   before the stop: PENDING
#   answer to the stop: {'stopped': True}
#   5 s later: PENDING
#   at the end: FAILED, its command ran: True
set -euo pipefail
folder=$(mktemp -d)
head=
finish() {
  if [ -n "$head" ]; then kill "$head" 2>/dev/null || true; wait "$head" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "ray[default]==2.60.0" 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
read -r gcs dashboard client < <(python3 - <<'P'
import socket
found = [socket.socket() for _ in range(3)]
for each in found:
    each.bind(("127.0.0.1", 0))
print(*(each.getsockname()[1] for each in found))
P
)
RAY_raylet_start_wait_time_s=240 "$folder/venv/bin/ray" start --head --block --port="$gcs" \
  --dashboard-host=127.0.0.1 --dashboard-port="$dashboard" --ray-client-server-port="$client" --min-worker-port=0 \
  --max-worker-port=0 --num-cpus=1 --object-store-memory=100000000 --temp-dir="$folder/t" --disable-usage-stats \
  >"$folder/ray.log" 2>&1 &
head=$!
python3 - "http://127.0.0.1:$dashboard" "$folder/ran" <<'P'
import json
import os
import sys
import time
import urllib.request

address, ran = sys.argv[1:]


def ask(method, path, body=None):
    data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
    request = urllib.request.Request(address + path, data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def status(job):
    return ask("GET", f"/api/jobs/{job}")["status"]


def wait(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.5)
    sys.exit("Ray did not come that far")


def submit(job, command):
    ask("POST", "/api/jobs/", {"submission_id": job, "entrypoint": command, "entrypoint_num_cpus": 1})


wait(lambda: ask("GET", "/api/version"))
wait(lambda: submit("first", "sleep 600") or True)
wait(lambda: status("first") == "RUNNING")
submit("second", f"echo ran > {ran}")
wait(lambda: status("second") == "PENDING")
time.sleep(3)
print("before the stop:", status("second"))
print("answer to the stop:", answer := ask("POST", "/api/jobs/second/stop"))
time.sleep(5)
print("5 s later:", later := status("second"))
ask("POST", "/api/jobs/first/stop")
wait(lambda: status("second") not in ("PENDING", "RUNNING"), 120)
end = status("second")
print(f"at the end: {end}, its command ran: {os.path.exists(ran)}")
sys.exit(not (answer == {"stopped": True} and later == "PENDING" and os.path.exists(ran)))
P
