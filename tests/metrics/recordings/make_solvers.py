"""Recordings of solvers and online learners with tables of their own: `python make_solvers.py JOB OUT_DIR`, as make.py."""

from __future__ import annotations

import csv
import os
import random
import tempfile

from make import Truth, job, main


@job
def scs_mixed_table():
    import numpy as np
    import scipy.sparse
    import scs

    chance = np.random.default_rng(0)
    matrix = scipy.sparse.csc_matrix(chance.normal(size=(60, 25)))
    data = {"A": matrix, "b": chance.normal(size=60) + 3, "c": -matrix.T @ abs(chance.normal(size=60))}
    os.chdir(tempfile.mkdtemp())  # it prints the name of its own record
    record = "iterations.csv"
    settings = {"acceleration_lookback": 0, "adaptive_scale": False, "scale": 500.0, "max_iters": 4000}
    scs.SCS(data, {"l": 60}, log_csv_filename=record, eps_abs=1e-9, eps_rel=1e-9, **settings).solve()
    with open(record, encoding="ascii") as file:
        rows = [{key.strip(): value for key, value in row.items() if key} for row in csv.DictReader(file)]
    printed = [row for row in rows if int(row["iter"]) % 250 == 0 or row is rows[-1]]
    truth = Truth(f"SCS {scs.__version__}")
    objectives = [(float(row["pobj"]) + float(row["dobj"])) / 2 for row in printed]
    for name, column in (("pri_res", "res_pri"), ("dua_res", "res_dual"), ("gap", "gap")):
        truth.add(name, *(row[column] for row in printed))
    truth.add("obj", *objectives)
    truth.add("objective", objectives[-1])
    return truth


@job
def vowpal_wabbit():
    import importlib.metadata

    from vowpalwabbit import Workspace

    chance, losses = random.Random(2), []
    learner = Workspace("--loss_function logistic --holdout_off")
    for _ in range(5000):
        features = [chance.gauss(0, 1) for _ in range(5)]
        value = sum((j + 1) * feature for j, feature in enumerate(features)) + chance.gauss(0, 2)
        text = " ".join(f"f{j}:{feature:.4f}" for j, feature in enumerate(features))
        learner.learn(f"{1 if value > 0 else -1} | {text}")
        losses.append(learner.get_sum_loss())
    learner.finish()
    truth = Truth(f"Vowpal Wabbit {importlib.metadata.version('vowpalwabbit')}")
    before, at = 0.0, 0
    for count in (2**power for power in range(13)):
        truth.add("average_loss", losses[count - 1] / count)
        truth.add("since_last", (losses[count - 1] - before) / (count - at))
        before, at = losses[count - 1], count
    truth.add("average_loss", losses[-1] / len(losses))
    return truth


if __name__ == "__main__":
    main()
