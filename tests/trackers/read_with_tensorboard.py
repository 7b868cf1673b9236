"""Prints what TensorBoard's three readers show of a folder, as JSON: run by an interpreter that has tensorboard.

python read_with_tensorboard.py LOGDIR  →  {"accumulator" | "fast" | "slow": {run: {tag: [[step, value], …]}}}
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def accumulator(folder: str) -> dict:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = {}
    for place, _, files in os.walk(folder):
        if any("tfevents" in name for name in files):
            events = EventAccumulator(place, size_guidance={"scalars": 0, "tensors": 0}).Reload()
            tags = events.Tags()["scalars"]
            found[os.path.relpath(place, folder)] = {
                t: [[e.step, str(e.value)] for e in events.Scalars(t)] for t in tags
            }
    return found


def server(folder: str, fast: str) -> dict:
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--port", "0", "--load_fast", fast]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        address = next(found[0] for line in process.stdout if (found := re.search(r"http://[^ ]+", line)))
        plugin = f"{address.rstrip('/')}/data/plugin/scalars"
        wanted = {run: set(tags) for run, tags in accumulator(folder).items()}
        deadline = time.monotonic() + 30
        while {run: set(tags) for run, tags in ask(f"{plugin}/tags").items()} != wanted:
            assert time.monotonic() < deadline, ask(f"{plugin}/tags")
            time.sleep(0.1)
        return {run: {tag: points(plugin, run, tag) for tag in tags} for run, tags in wanted.items()}
    finally:
        process.kill()
        process.wait()


def points(plugin: str, run: str, tag: str) -> list:
    query = urllib.parse.urlencode({"run": run, "tag": tag})
    return [[step, str(value)] for _, step, value in ask(f"{plugin}/scalars?{query}")]


def ask(address: str) -> dict:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


if __name__ == "__main__":
    logdir = sys.argv[1]
    print(
        json.dumps(
            {"accumulator": accumulator(logdir), "fast": server(logdir, "true"), "slow": server(logdir, "false")}
        )
    )
