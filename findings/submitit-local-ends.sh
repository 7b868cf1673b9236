#!/usr/bin/env bash
# submitit 1.5.4: a job of LocalExecutor ignores SIGTERM, and is FINISHED however it ended.
#
# Expected: SIGTERM to a job on this machine ends it, or calls its checkpoint() first, as SIGUSR2 does; `state` of a job
# whose process was killed or exited with another status than 0 is FAILED, as it is for jobs of Slurm.
# Seen: the job's processes install Slurm's handler (there SIGTERM announces another signal) without Slurm, too. The
# training runs on to its end and checkpoint() is not called: who stops a sweep of Hydra with launcher=submitit_local by
# `kill`, systemd or a container's stop ends it by the SIGKILL that follows, without a save. `state` is FINISHED after a
# SIGKILL and after exit status 3; only result() tells, by raising.
#
# Output seen:
#   SIGTERM: the training wrote 20 of 20 lines, checkpoint() was called: False, result done, state FINISHED
#   SIGKILL: result UncompletedJobError, state FINISHED
#   exit status 3: result UncompletedJobError, state FINISHED
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q submitit==1.5.4 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >sweep.py <<'P'
import os
import pathlib
import signal
import sys
import time

import submitit


class Training:
    def __call__(self):
        import time

        for _ in range(20):
            with open("lines", "a") as file:
                file.write("step\n")
            time.sleep(0.2)
        return "done"

    def checkpoint(self):
        open("saved", "w").close()
        return submitit.helpers.DelayedSubmission(self)


def end(job):
    try:
        result = job.result()
    except submitit.core.utils.UncompletedJobError as error:
        result = type(error).__name__
    return f"result {result}, state {job.state}"


executor = submitit.LocalExecutor("jobs")
executor.update_parameters(timeout_min=5)
job = executor.submit(Training())
lines = pathlib.Path("lines")
while not lines.exists():
    time.sleep(0.05)
os.kill(int(job.job_id), signal.SIGTERM)
told = end(job)
written = len(lines.read_text().splitlines())
saved = os.path.exists("saved")
term = f"SIGTERM: the training wrote {written} of 20 lines, checkpoint() was called: {saved}, {told}"
kill = "SIGKILL: " + end(executor.submit(lambda: os.kill(os.getpid(), signal.SIGKILL)))
code = "exit status 3: " + end(executor.submit(lambda: os._exit(3)))
print(term, kill, code, sep="\n")
lost = "result UncompletedJobError, state FINISHED"
sys.exit(
    term != "SIGTERM: the training wrote 20 of 20 lines, checkpoint() was called: False, result done, state FINISHED"
    or kill != f"SIGKILL: {lost}"
    or code != f"exit status 3: {lost}"
)
P
"$folder/venv/bin/python" sweep.py 2>sweep.log || { status=$?; tail -3 sweep.log; exit "$status"; }
