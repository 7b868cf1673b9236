"""Optuna's side of `benchmarks/sweeps.py`: the same program and settings, pruned by its SuccessiveHalvingPruner.

Run by the interpreter that has Optuna; reads its task as JSON from stdin, prints what it measured as JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from typing import Any

import optuna

LINE = re.compile(r"epoch (\d+)/\d+ .*accuracy ([0-9.]+)")


def main() -> int:
    """Drive every setting once, `jobs` at a time."""
    task = json.load(sys.stdin)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=task["first"], reduction_factor=task["eta"])
    study = optuna.create_study(direction="maximize", pruner=pruner)
    runs: list[list[tuple[float, float]]] = []

    def objective(trial: optuna.Trial) -> float:
        setting = task["settings"][trial.number]
        points: list[tuple[float, float]] = []
        runs.append(points)
        return _trained(trial, setting, task, points)

    begun = time.monotonic()
    study.optimize(objective, n_trials=len(task["settings"]), n_jobs=task["jobs"])
    json.dump({"runs": runs, "seconds": time.monotonic() - begun, "best": study.best_value}, sys.stdout)
    return 0


def _trained(
    trial: optuna.Trial, setting: dict[str, Any], task: dict[str, Any], points: list[tuple[float, float]]
) -> float:
    """Run the program with a setting; (monotonic seconds, accuracy) of each epoch go to `points`."""
    words = [str(word).format(**setting) for word in task["command"]]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([*words, "--checkpoint-dir", folder], stdout=subprocess.PIPE, text=True, bufsize=1)
        assert process.stdout is not None
        best = 0.0
        try:
            for line in process.stdout:
                if (found := LINE.search(line)) is None:
                    continue
                best = max(best, float(found[2]))
                points.append((time.monotonic(), float(found[2])))
                trial.report(best, int(found[1]))
                if trial.should_prune():
                    raise optuna.TrialPruned
        finally:
            process.terminate()
            process.wait()
    return best


if __name__ == "__main__":
    sys.exit(main())
