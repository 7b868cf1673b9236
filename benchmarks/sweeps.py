"""Searches: quality and training time against all settings in full and against Optuna, overhead, and a thousand trials.

    python benchmarks/sweeps.py [--seeds 5] [--optuna PYTHON] [--parts quality overhead large]

quality: 16 settings of the digits, 2 jobs. `full` runs all of them to their end, `halving` as the plan's rule lets them,
Optuna's SuccessiveHalvingPruner with the same rungs (PYTHON is an interpreter that has Optuna). Training seconds are
from first to last reading, summed over attempts; medians over the seeds.
overhead: seconds for each trial that prints one value and ends, against a plain stage that does the same.
large: how long a decision takes among a thousand trials, and the runner's memory.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import tomli_w

from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.strategies import strategy_for
from autotrain_tui.plan.strategies.searches import Searches
from autotrain_tui.plan.strategy import Budget, History, TrialSeen
from autotrain_tui.plan.sweep.draw import draw_trials
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.start_runner import spawn_runner

ROOT = Path(__file__).parents[1]
TRIALS, JOBS, ETA, EPOCHS = 16, 2, 3, 27
FIRST = 4
"""Rungs at 4 and 12 of 27 epochs, in both."""
NEAR = 0.995

Point = tuple[float, float]
"""Monotonic seconds, and the accuracy that was read then."""


@dataclass(frozen=True)
class Measured:
    """What one search came to."""

    runs: list[list[Point]]
    """The readings of each attempt."""
    seconds: float
    """From its start to its end."""

    @property
    def best(self) -> float:
        return max(value for run in self.runs for _, value in run)

    @property
    def training(self) -> float:
        return self.training_until(float("inf"))

    def training_until(self, moment: float) -> float:
        """Training seconds up to a moment, over all attempts."""
        return sum(max(0.0, min(run[-1][0], moment) - run[0][0]) for run in self.runs if run)

    def training_to(self, value: float) -> float | None:
        """Training seconds until the value was first read; None if it never was."""
        moments = [when for run in self.runs for when, read in run if read >= value]
        return self.training_until(min(moments)) if moments else None


def search(method: str, seed: int, limit: int) -> dict[str, Any]:
    sweep: dict[str, Any] = {
        "method": method,
        "trials": TRIALS,
        "seed": seed,
        "params": {"lr": {"min": 0.002, "max": 0.4, "log": True}, "batch_size": [32, 64, 128]},
    }
    if method == "halving":
        sweep |= {"eta": ETA, "first_rung": FIRST / EPOCHS}
    return {"name": "search", "dataset_limit": limit, "epochs": EPOCHS, "sweep": sweep}


def words(limit: str) -> list[str]:
    return [
        sys.executable, str(ROOT / "stages" / "digits" / "train.py"), "--dataset-limit", limit, "--epochs", str(EPOCHS),
        "--batch-size", "{batch_size}", "--lr", "{lr}",
    ]  # fmt: skip


@contextlib.contextmanager
def finished(table: dict[str, Any]) -> Iterator[tuple[View, float, int]]:
    """A session of the plan at its end, the seconds it took, and the runner's greatest memory in KiB."""
    with tempfile.TemporaryDirectory(prefix="autotrain-sweeps-") as place:
        root = Path(place)
        plan = parse_plan(tomli_w.dumps(table), "bench.toml")
        prepared = prepare(plan, Overrides(), root=root, sessions=root / "sessions")
        folder = create(prepared, root=root, sessions=root / "sessions")
        begun = time.monotonic()
        runner = spawn_runner(folder)
        _, status, used = os.wait4(runner.pid, 0)
        seconds = time.monotonic() - begun
        assert os.waitstatus_to_exitcode(status) == 0, (folder.runner_log.read_text()[-500:], folder.path)
        yield load_view(folder), seconds, used.ru_maxrss


def ours(method: str, seed: int, limit: int) -> Measured:
    table = {
        "name": "bench",
        "command": words("{dataset_limit}"),
        "metric": {"name": "accuracy", "goal": "max"},
        "max_hours": 8.0,
        "jobs": JOBS,
        "resumable": True,
        "stage": [search(method, seed, limit)],
    }
    with finished(table) as (view, seconds, _):
        runs = []
        for trial in view.session.trials:
            for attempt in trial.attempts:
                rows = ReadingsTail(view.folder.at(attempt.folder).readings).rows()
                runs.append([(attempt.started_mono + row[0], row[2]) for row in rows if row[1] == "accuracy"])
        return Measured([run for run in runs if run], seconds)


def optuna(python: str, seed: int, limit: int) -> Measured:
    plan = parse_plan(
        tomli_w.dumps(
            {
                "name": "bench",
                "command": words("{dataset_limit}"),
                "metric": {"name": "accuracy", "goal": "max"},
                "stage": [search("halving", seed, limit)],
            }
        ),
        "bench.toml",
    )
    settings = plan.stages[0].sweep
    assert settings is not None
    task = {
        "settings": [dict(drawn.params) for drawn in draw_trials(settings)],
        "command": words(str(limit)),
        "first": FIRST,
        "eta": ETA,
        "jobs": JOBS,
    }
    child = subprocess.run(
        [python, str(ROOT / "benchmarks" / "sweeps_optuna.py")],
        input=json.dumps(task), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(child.stdout)
    return Measured([[(when, value) for when, value in run] for run in found["runs"] if run], found["seconds"])


def row(name: str, figure: float, bound: float) -> None:
    print(f"{name}, {figure:.3g}, –, –, {bound:g}, {'yes' if figure <= bound else 'NO'}", flush=True)


def median(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    missing = f" ({len(values) - len(known)} of {len(values)} never)" if len(known) < len(values) else ""
    return (f"{statistics.median(known):.2f}" if known else "–") + missing


def quality(seeds: int, python: str | None, limit: int) -> None:
    share, to_best, end, lost = [], [], [], []
    for seed in range(seeds):
        full, halving = ours("random", seed, limit), ours("halving", seed, limit)
        share.append(halving.training / full.training)
        lost.append(1 - halving.best / full.best)
        line = (
            f"seed {seed}: full {full.training:.1f} s best {full.best:.4f}; "
            f"halving {halving.training:.1f} s best {halving.best:.4f}, {halving.seconds:.1f} s end to end"
        )
        if python is not None:
            other = optuna(python, seed, limit)
            mine, theirs = halving.training_to(NEAR * full.best), other.training_to(NEAR * full.best)
            to_best.append(mine / theirs if mine and theirs else None)
            end.append(halving.seconds / other.seconds)
            line += (
                f"; Optuna {other.training:.1f} s best {other.best:.4f}, {other.seconds:.1f} s end to end; "
                f"to within 0.5 %: {mine or float('nan'):.1f} s and {theirs or float('nan'):.1f} s"
            )
        print(line, flush=True)
    row("training seconds, halving / full", statistics.median(share), 0.35)
    row("below the best of all in full (%)", 100 * statistics.median(lost), 0.5)
    if python is not None:
        known = [value for value in to_best if value is not None]
        print(f"to within 0.5 % of the best: {median(to_best)}", flush=True)
        if known:
            row("training seconds to within 0.5 %, halving / Optuna", statistics.median(known), 1.0)
        row("end to end, halving / Optuna", statistics.median(end), 1.25)


def overhead(count: int) -> None:
    say = [sys.executable, "-S", "-c", "print('epoch 1/1 accuracy 0.5')"]
    base = {"name": "bench", "command": say, "metric": {"name": "accuracy", "goal": "max"}, "max_hours": 8.0}
    plain = base | {"stage": [{"name": f"s{number}"} for number in range(count)]}
    params = {"env.N": [str(number) for number in range(count)]}
    swept = base | {"stage": [{"name": "search", "sweep": {"method": "grid", "params": params}}]}
    with finished(plain) as (_, stages, _):
        pass
    with finished(swept) as (view, trials, _):
        assert len(view.session.trials) == count
    print(f"{count} stages {1000 * stages / count:.1f} ms each, {count} trials {1000 * trials / count:.1f} ms each")
    row("a trial / a stage that does the same", trials / stages, 1.2)


def large(count: int) -> None:
    values = {"lr": {"min": 0.0, "max": 1.0}}
    sweep = {"method": "halving", "trials": count, "params": values}
    table = {
        "name": "bench",
        "command": ["train", "{lr}"],
        "metric": {"name": "accuracy", "goal": "max"},
        "stage": [{"name": "search", "epochs": 27, "sweep": sweep}],
    }
    plan: Plan = parse_plan(tomli_w.dumps(table), "bench.toml")
    searches = Searches(plan, strategy_for(plan))
    trials = tuple(
        TrialSeen(
            name=f"search.{number}",
            search="search",
            number=number,
            state="resting",
            swept={"lr": number / count},
            rungs=(((number * 7919) % count) / count,),
            seconds=1.0,
            share=0.1,
        )
        for number in range(1, count)
    )
    last = TrialSeen(name="last", search="search", number=count, state="running", reached=True, value=0.5)
    history = History(open=frozenset({"search"}), trials=(*trials, last))
    budget = Budget(1e6, lambda _stage: Estimate(10.0, "a guess"))
    searches.next(History(open=frozenset({"search"}), trials=trials[:10]), budget)  # the draws, once
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        assert searches.judged(history) is not None
        searches.next(History(open=frozenset({"search"}), trials=trials), budget)
        times.append((time.perf_counter() - begun) / 2)
    row(f"a decision among {count} trials (ms)", 1000 * statistics.median(times), 5)
    say = [sys.executable, "-S", "-c", "print('epoch 1/1 accuracy 0.5')"]
    memory = []
    for trials_run in (10, count):
        params = {"env.N": [str(number) for number in range(trials_run)]}
        grid = {"name": "search", "sweep": {"method": "grid", "params": params}}
        metric = {"name": "accuracy", "goal": "max"}
        with finished({"name": "b", "command": say, "metric": metric, "jobs": 4, "stage": [grid]}) as (_, seconds, kib):
            memory.append(kib / 1024)
            print(f"{trials_run} trials ran in {seconds:.1f} s, the runner took {kib / 1024:.1f} MiB", flush=True)
    row(f"memory of the runner: {count} trials over 10 (MiB)", memory[1] - memory[0], 20)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=("quality", "overhead", "large"), default=["quality", "overhead"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--optuna", metavar="PYTHON", help="an interpreter that has Optuna, numpy and scikit-learn")
    parser.add_argument("--limit", type=int, default=2000, help="examples that a trial trains on")
    options = parser.parse_args()
    print("name, ours, other, ratio, bound, held")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    if "quality" in options.parts:
        quality(options.seeds, options.optuna, options.limit)
    if "overhead" in options.parts:
        overhead(40)
    if "large" in options.parts:
        large(1000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
