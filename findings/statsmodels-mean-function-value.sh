#!/usr/bin/env bash
# statsmodels 0.15.0: the `Current function value` that a fit prints is the log-likelihood divided by the number of
# observations, so that it has nothing of the figure in its results but the digits.
#
# Expected: the function that is minimised is -result.llf, as SciPy's message of the same words would say.
# Seen: it is -result.llf / result.nobs, for Logit; two fits of different data can't be compared with
# their results, and a model of twice the data has the same value.
#
# Output seen:
#   Logit: printed 0.461452, -llf 92.290324, -llf / nobs 0.461452
#   twice the data: printed 0.461452, -llf 184.580648
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q statsmodels==0.15.0 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 2>"$folder/pip.log"
"$folder/venv/bin/python" -W ignore - <<'PY'
import contextlib
import io
import re
import sys

import numpy as np
import statsmodels.api as sm

chance = np.random.default_rng(0)
x = sm.add_constant(chance.normal(size=(200, 4)))
y = (x[:, 2] + chance.normal(size=200) > 0).astype(int)


def fitted(x, y):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        result = sm.Logit(y, x).fit()
    return float(re.search(r"Current function value: (\S+)", text.getvalue())[1]), result


once, result = fitted(x, y)
print(f"Logit: printed {once}, -llf {-result.llf:.6f}, -llf / nobs {-result.llf / result.nobs:.6f}")
twice, double = fitted(np.vstack([x, x]), np.concatenate([y, y]))
print(f"twice the data: printed {twice}, -llf {-double.llf:.6f}")
sys.exit(not (abs(once + result.llf / result.nobs) < 1e-6 and once == twice and -double.llf > 2 * once))
PY
