"""Trains the digits of `train.py` with several processes, the ranks: one stage of `stages/digits-ranks.toml`.

    python stages/digits/train_ranks.py --ranks 2 --dataset-limit 500 --epochs 2 --batch-size 32

It takes the flags of `train.py` and ends with its exit codes; a rank that ends because another one has, with 5. This
process starts the ranks and waits for them; what they learn differs from one process's only by the rounding of sums.
autotrain-tui tells it the number of ranks and the program that gives each rank a log of its own
(AUTOTRAIN_NPROC_PER_NODE, AUTOTRAIN_RANK_PY, AUTOTRAIN_ATTEMPT_DIR); without them there are two, and all print to this
process's output.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from types import FrameType

if os.path.dirname(os.path.abspath(__file__)) not in sys.path:  # PYTHONSAFEPATH leaves the script's folder out
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import train
from report import say
from signal_flags import SignalFlags

GONE = 5
_ADDRESS, _KEY = "DIGITS_ADDRESS", "DIGITS_KEY"  # how the ranks find each other
_AFTER_FAILURE = 5.0  # seconds that the other ranks have to end by themselves, and again from TERM to KILL
_LOOK = 0.05


def start(argv: list[str], environment: Mapping[str, str]) -> int:
    """Starts the ranks and waits for them; 0, or the exit code of the one that failed first."""
    count, argv = _ranks(argv, environment)
    train.arguments(argv, environment)  # bad flags are told once
    folder = tempfile.mkdtemp(prefix="digits-")
    shared = {**environment, "WORLD_SIZE": str(count), _ADDRESS: f"{folder}/socket", _KEY: secrets.token_hex(16)}
    command = [sys.executable, os.path.abspath(__file__), *argv]
    registered = [environment.get(name) for name in ("AUTOTRAIN_RANK_PY", "AUTOTRAIN_ATTEMPT_DIR")]
    if all(registered):
        command = [sys.executable, "-I", "-S", *(word for word in registered if word), *command]
    ranks: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for each in ranks:
            each.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # inherited: it must not end a rank that has no handler yet
    try:
        for rank in range(count):
            variables = {**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            ranks.append(subprocess.Popen(command, env=variables))
        signal.signal(signal.SIGUSR1, pass_on)
        say(f"{count} ranks started: {', '.join(str(each.pid) for each in ranks)}")
        return _wait(ranks)
    finally:
        for each in ranks:
            each.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _ranks(argv: list[str], environment: Mapping[str, str]) -> tuple[int, list[str]]:
    """The number of ranks, and the other flags."""
    if "--ranks" in argv:
        at = argv.index("--ranks")
        return int(argv[at + 1]), argv[:at] + argv[at + 2 :]
    return int(environment.get("AUTOTRAIN_NPROC_PER_NODE") or 2), argv


def _wait(ranks: list[subprocess.Popen[bytes]]) -> int:
    """Waits for all; if one fails, the others have a few seconds."""
    first: int | None = None
    deadline, number = float("inf"), signal.SIGTERM
    while any(each.poll() is None for each in ranks):
        if first is None and (first := _failed(ranks)) is not None:
            deadline = time.monotonic() + _AFTER_FAILURE
        if time.monotonic() > deadline:
            for each in ranks:
                each.send_signal(number)
            deadline, number = time.monotonic() + _AFTER_FAILURE, signal.SIGKILL
        time.sleep(_LOOK)
    first = first if first is not None else _failed(ranks)
    if first is None:
        return max(each.returncode for each in ranks)
    code = ranks[first].returncode
    how = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
    say(f"rank {first} failed first: {how}")
    return 128 - code if code < 0 else code


def _failed(ranks: list[subprocess.Popen[bytes]]) -> int | None:
    """A rank that has failed; one that only noticed that another is gone comes last."""
    bad = [
        (each.returncode == GONE, at) for at, each in enumerate(ranks) if each.poll() not in (None, 0, train.STOPPED)
    ]
    return min(bad)[1] if bad else None


def learn(argv: list[str], environment: Mapping[str, str]) -> int:
    """One rank; its exit code."""
    rank, count = int(environment["RANK"]), int(environment["WORLD_SIZE"])
    given, flags = train.arguments(argv, environment), SignalFlags()
    say(f"digits · rank {rank} of {count}: loading the data")
    try:
        from course import train as learn_stage  # numpy comes in here, after its threads are set
        from peers import Peers, PeersGoneError
    except ModuleNotFoundError as error:
        return train.missing(error)
    try:
        peers = Peers(rank, count, environment[_ADDRESS], bytes.fromhex(environment[_KEY]), flags)
        return learn_stage(given, peers.agreed, peers)
    except ModuleNotFoundError as error:
        return train.missing(error)
    except PeersGoneError as error:
        say(f"error: {error}")
        return GONE
    except OSError as error:
        say(f"error: the ranks can't find each other: {error}")
        return 1


if __name__ == "__main__":
    run = learn if _ADDRESS in os.environ else start
    sys.exit(run(sys.argv[1:], os.environ))
