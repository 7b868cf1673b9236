"""Stage programs for the tests, as Python text."""

from __future__ import annotations

TRAINER = """
import json, os, pathlib, signal, sys, time
done = pathlib.Path(os.environ["AUTOTRAIN_CHECKPOINT_DIR"]) / "step"
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
signal.signal(signal.SIGUSR1, lambda *_: (done.write_text(str(step)), os.write(1, b"saved on request %d\\n" % step)))
step = int(done.read_text()) if os.environ["AUTOTRAIN_RESUME"] == "1" and done.exists() else 0
print("from", step, flush=True)
lines = open(os.environ["AUTOTRAIN_METRICS"], "a")
go = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"]) / "go"
while step < 5 or not go.exists():
    if asked:
        done.write_text(str(step)); print("saved at", step, flush=True); sys.exit(0)
    step += 1
    print("step", step, "loss", 1 / step, flush=True)
    lines.write(json.dumps({"step": step, "accuracy": 1 - 1 / step}) + "\\n"); lines.flush()
    time.sleep(0.02)
json.dump({"accuracy": 0.99}, open(os.environ["AUTOTRAIN_RESULT"], "w"))
"""
"""Counts steps until the session's folder holds `go`; saves on SIGTERM and SIGUSR1; goes on from its checkpoint."""

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"no\\n"))
print("ready", flush=True)
while True: time.sleep(0.05)
"""
"""Ignores SIGTERM."""

TREE = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time\\nwhile True: print('child', flush=True); time.sleep(0.02)"],
                         start_new_session=True)
print("tree", os.getpid(), child.pid, flush=True)
while True:
    print("parent", flush=True); time.sleep(0.02)
"""
"""A parent and a child in a session of its own, both printing."""
