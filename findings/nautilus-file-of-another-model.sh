#!/usr/bin/env bash
# nautilus-sampler 1.0.6: a checkpoint file of another likelihood, and of another prior, is taken as this run's result.
#
# Expected: a Sampler with `filepath=` on a file that another model wrote refuses it, or begins anew.
# Seen: `resume` is true by default, the file holds neither prior nor likelihood, and nothing is compared. A finished
# file gives its old points as the posterior of the new model, without one call of the new likelihood and without a
# word; under another prior the same points of the unit cube are only scaled to the new range.
#
# Output seen:
#   model 1: mean of a 0.19, log Z -4.21
#   model 2, whose likelihood is greatest at -0.7: mean of a 0.19, log Z -4.21, calls of its likelihood 0
#   model 3, with a prior from 5 to 9: mean of c 7.38, calls of its likelihood 0
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q nautilus-sampler==1.0.6 h5py==3.16.0 numpy==2.4.6 2>"$folder/pip.log" ||
  { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
OMP_NUM_THREADS=1 "$folder/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
from nautilus import Prior, Sampler

calls = 0


def first(point):
    return -50 * ((point["a"] - 0.2) ** 2 + point["b"] ** 2)


def second(point):
    global calls
    calls += 1
    return -50 * ((point["a"] + 0.7) ** 2 + point["b"] ** 2)


def third(point):
    global calls
    calls += 1
    return -50 * ((point["c"] - 6) ** 2 + (point["d"] - 6) ** 2)


def run(names, low, high, likelihood):
    prior = Prior()
    for name in names:
        prior.add_parameter(name, (low, high))
    sampler = Sampler(prior, likelihood, n_live=200, seed=1, filepath="state.h5")
    sampler.run(n_eff=500)
    points, weights, _ = sampler.posterior()
    return float(np.average(points[:, 0], weights=np.exp(weights))), float(sampler.log_z)


mean, evidence = run("ab", -1, 1, first)
print(f"model 1: mean of a {mean:.2f}, log Z {evidence:.2f}")
again, same = run("ab", -1, 1, second)
told = f"mean of a {again:.2f}, log Z {same:.2f}, calls of its likelihood {calls}"
print(f"model 2, whose likelihood is greatest at -0.7: {told}")
other, _ = run("cd", 5, 9, third)
print(f"model 3, with a prior from 5 to 9: mean of c {other:.2f}, calls of its likelihood {calls}")
sys.exit(not (again == mean and same == evidence and calls == 0 and abs(other - (7 + 2 * mean)) < 1e-6))
PY
