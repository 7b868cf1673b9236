"""Trains a small network on scikit-learn's handwritten digits: one stage of `stages/digits.toml`, or on its own.

    python stages/digits/train.py --dataset-limit 500 --epochs 2 --batch-size 32

It needs numpy and scikit-learn, and nothing of autotrain-tui: what it is told comes as flags and AUTOTRAIN_*
variables. Training starts from the previous stage's weights where there are some. A checkpoint is saved after every
epoch, on SIGUSR1, and on SIGTERM, which then ends the program with 143 and no result; with AUTOTRAIN_RESUME=1 (or
--resume) the next start goes on from there and ends with the same bits as if nothing had happened. A SIGTERM that
comes when the last batch is done changes nothing: the result is written.

Exit codes: 0 trained; 1 a checkpoint or result that can't be read or written; 2 bad flags; 4 scikit-learn missing;
143 stopped by SIGTERM.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Mapping

# One BLAS thread: the network is too small to gain from more, and the same order of sums gives the same bits.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_name, "1")
if os.path.dirname(os.path.abspath(__file__)) not in sys.path:  # PYTHONSAFEPATH leaves the script's folder out
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from report import say  # noqa: E402  found through the line above
from signal_flags import STOPPED, SignalFlags  # noqa: E402

__all__ = ["MISSING", "STOPPED", "arguments", "main", "missing"]

MISSING = 4


def arguments(argv: list[str], environment: Mapping[str, str]) -> argparse.Namespace:
    """The flags, with what autotrain-tui put into the environment as defaults. Exits 2 on bad ones."""
    parser = argparse.ArgumentParser(description="Train a small network on scikit-learn's handwritten digits.")
    parser.add_argument("--mode", default="", help="only named in the log")
    parser.add_argument("--dataset-limit", type=_count, default=2000, help="examples to train on (%(default)s)")
    parser.add_argument("--epochs", "--additional-epochs", type=_count, default=20, help="(%(default)s)")
    parser.add_argument("--batch-size", type=_count, default=32, help="(%(default)s)")
    parser.add_argument("--scale", type=_positive, default=1.0, help="strength of the augmentation (%(default)s)")
    parser.add_argument("--lr", type=_positive, help="peak learning rate (0.03; 0.015 after an earlier stage)")
    parser.add_argument("--seed", type=int, default=0, help="(%(default)s)")
    parser.add_argument("--output-json-path", default=None, help="where the result goes")
    parser.add_argument("--checkpoint-dir", default=environment.get("AUTOTRAIN_CHECKPOINT_DIR") or None)
    earlier = environment.get("AUTOTRAIN_PREVIOUS_CHECKPOINT_DIR") or None
    parser.add_argument("--previous-checkpoint-dir", default=earlier, help="warm start from the weights there")
    parser.add_argument("--resume", action="store_true", default=environment.get("AUTOTRAIN_RESUME") == "1")
    given = parser.parse_args(argv)
    if given.seed < 0:
        parser.error("argument --seed: must not be negative")
    given.metrics = environment.get("AUTOTRAIN_METRICS") or None
    results = (given.output_json_path, environment.get("AUTOTRAIN_RESULT"))
    given.results = list(dict.fromkeys(os.path.abspath(path) for path in results if path))
    return given


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive whole number")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def main(argv: list[str], environment: Mapping[str, str]) -> int:
    """One training; the exit code."""
    given = arguments(argv, environment)
    flags = SignalFlags()  # before the slow imports: a SIGUSR1 without a handler would end the program
    say(f"digits{' · ' + given.mode if given.mode else ''}: loading the data")
    try:
        from course import train  # numpy comes in here, after its threads are set

        return train(given, flags)
    except ModuleNotFoundError as error:
        return missing(error)


def missing(error: ModuleNotFoundError) -> int:
    """Tells what to install; the exit code."""
    say(f"scikit-learn is missing in {sys.executable} ({error})")
    say('install it with: pip install "autotrain-tui[demo]"')
    return MISSING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
