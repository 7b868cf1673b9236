"""A torchrun without torch: each rank in a session of its own, TERM passed on, KILL after 30 s, exit code 1, the table."""

import os
import signal
import subprocess
import sys
import time

options = {word.partition("=")[0]: word.partition("=")[2] for word in sys.argv[1:] if word.startswith("--")}
command = sys.argv[sys.argv.index("--no-python") + 1 :]
count, restarts = int(options["--nproc-per-node"]), int(options["--max-restarts"])
told = []
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda number, _: told.append(number))


def start(attempt):
    variables = {"WORLD_SIZE": str(count), "TORCHELASTIC_RESTART_COUNT": str(attempt)}
    return [
        subprocess.Popen(
            command,
            env=os.environ | variables | {"RANK": str(rank), "LOCAL_RANK": str(rank)} | error_file(attempt, rank),
            start_new_session=True,
        )
        for rank in range(count)
    ]


def error_file(attempt, rank):
    return {
        "TORCHELASTIC_ERROR_FILE": os.path.join(options["--log-dir"], f"attempt_{attempt}", str(rank), "error.json")
    }


def end(ranks, number):
    for rank in ranks:
        if rank.poll() is None:
            rank.send_signal(number)
    deadline = time.monotonic() + 30
    while any(rank.poll() is None for rank in ranks) and time.monotonic() < deadline:
        time.sleep(0.02)
    for rank in ranks:
        if rank.poll() is None:
            rank.kill()
        rank.wait()


def table(bad, ranks):
    now = time.strftime("%Y-%m-%d_%H:%M:%S")
    print("=" * 60 + "\nprogram FAILED\nRoot Cause (first observed failure):\n[0]:", file=sys.stderr)
    print(f"  time      : {now}\n  host      : localhost\n  rank      : {bad} (local_rank: {bad})", file=sys.stderr)
    print(f"  exitcode  : {ranks[bad].returncode} (pid: {ranks[bad].pid})\n" + "=" * 60, file=sys.stderr)


for attempt in range(restarts + 1):
    ranks = start(attempt)
    bad = None
    while bad is None and any(rank.poll() is None for rank in ranks):
        if told:
            end(ranks, told[0])
            sys.exit(1)
        bad = next((number for number, rank in enumerate(ranks) if rank.poll() not in (None, 0)), None)
        time.sleep(0.02)
    bad = next((number for number, rank in enumerate(ranks) if rank.poll() not in (None, 0)), None)
    if bad is None:
        sys.exit(0)
    end(ranks, signal.SIGTERM)
table(bad, ranks)
sys.exit(1)
