"""Kills at every write, rename, link, fork and exec (and mkdir, unlink, truncate) of runner, shim A and shim B.

`next` is a runner that takes over from one that was killed in mid-stage.

For each such call of a session of two short stages: the process is killed as it makes the call, the session is gone on
with by the next runner, and judged by the stages' own ledger (see `tests/faults/ledger.py`). Prints one line for each point
that failed, how often each call was hit, and `points survived / points`.

    python benchmarks/syscalls.py [--who runner,next,a,b] [--keep]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.faults.syscalls import Point, kill_at


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--who", default="runner,next,a,b")
    parser.add_argument("--keep", action="store_true", help="keep the folders of points with a fault")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="autotrain-syscalls-"))
    began, points = time.monotonic(), []
    for who in options.who.split(","):
        number, spare = 0, 0
        while spare < 3:  # what a runner writes depends on the moment: past the last call look a little further
            number += 1
            point = kill_at(root / f"{who}-{number}", who, number)
            if not point.call and not point.faults:
                spare += 1
                continue
            points.append(point)
            for fault in point.faults:
                print(f"{who} at call {number} ({point.call}): {fault}", flush=True)
    _tell(points, time.monotonic() - began)
    if any(root.iterdir()):
        print(f"kept: {root}")
    else:
        root.rmdir()
    return 1 if any(point.faults for point in points) else 0


def _tell(points: list[Point], seconds: float) -> None:
    hits = Counter(f"{point.who} {point.call}" for point in points)
    print("hit:", ", ".join(f"{name} {count}" for name, count in sorted(hits.items())))
    good = sum(not point.faults for point in points)
    print(f"points survived / points: {good} / {len(points)} in {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
