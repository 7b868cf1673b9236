#!/usr/bin/env bash
# openTSNE 1.0.4: the first `KL divergence` that it prints is negative.
#
# Expected: a Kullback-Leibler divergence is never below 0, and falls while it is minimised.
# Seen: in the first phase (early exaggeration) the figure is corrected for the exaggeration, and can be negative; it
# rises within that phase, and the lines of the second phase count from 50 again and are another quantity.
#
# Output seen:
#   Iteration   50, KL divergence -0.5034, 50 iterations in 1.3839 sec
#   Iteration  100, KL divergence 1.7516, 50 iterations in 0.6162 sec
#   Iteration   50, KL divergence 0.8623, 50 iterations in 1.4482 sec
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openTSNE==1.0.4 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.6.1 2>"$folder/pip.log"
OMP_NUM_THREADS=1 "$folder/venv/bin/python" -W ignore - <<'PY'
import contextlib
import io
import re
import sys

import numpy as np
import openTSNE

data = np.random.default_rng(0).normal(size=(200, 5))
text = io.StringIO()
with contextlib.redirect_stdout(text):
    embedding = openTSNE.TSNE(
        n_iter=100,
        early_exaggeration_iter=100,
        verbose=True,
        n_jobs=1,
        random_state=1,
        neighbors="exact",
        negative_gradient_method="bh",
    ).fit(data)
lines = re.findall(r"Iteration\s+(\d+), KL divergence (\S+),", text.getvalue())
print("printed", lines, "at the end", round(float(embedding.kl_divergence), 4))
first, second, third = (float(value) for _, value in lines[:3])
sys.exit(not (first < 0 < second and lines[2][0] == "50" and embedding.kl_divergence > 0))
PY
