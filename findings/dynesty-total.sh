#!/usr/bin/env bash
# dynesty 3.1.0: the total of its progress bar falls while it runs, and its end is not the number of samples.
#
# Expected: `71/381` means that 381 iterations are to be done, and the bar ends at its total.
# Seen: the total is a new guess at each redraw, less at the end; the last drawing says 297/298 and `+60`, and
# the results have 297 iterations and 357 samples, a number that stands nowhere in the text.
#
# Output seen:
#   0it, 71/381, 133/330, 183/333, 227/304, 261/299, 292/298, 297/298, +60
#   iterations 297, samples 357
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q dynesty==3.1.0 numpy==2.4.6 scipy==1.17.1 tqdm==4.70.1 2>"$folder/pip.log"
cat >"$folder/sample.py" <<'PY'
import dynesty
import numpy as np

sampler = dynesty.NestedSampler(
    lambda x: -0.5 * np.sum(x**2), lambda u: 10 * u - 5, 3, nlive=60, rstate=np.random.default_rng(1)
)
sampler.run_nested(dlogz=0.5)
print("iterations", sampler.results.niter, "samples", len(sampler.results.samples))
PY
"$folder/venv/bin/python" -W ignore "$folder/sample.py" >"$folder/result" 2>"$folder/bar"
python3 - "$folder" <<'PY'
import re
import sys
from pathlib import Path

folder = Path(sys.argv[1])
bar, result = (folder / "bar").read_text(), (folder / "result").read_text()
drawn = [(int(count), int(total)) for count, total in re.findall(r"(\d+)/(\d+) \[", bar)]
print(*(f"{count}/{total}," for count, total in drawn), re.findall(r"\+\d+ \|", bar))
print(result, end="")
iterations, samples = map(int, re.findall(r"\d+", result))
(first, last) = (drawn[0], drawn[-1])
stands = str(samples) in re.findall(r"\d+", bar)
sys.exit(not (len(drawn) > 1 and last[1] < first[1] and last[0] == iterations < last[1] and not stands))
PY
