"""Which rank of a distributed attempt failed first: its error is the cause, the others only followed.

Asked in this order: the error files that torchelastic's `@record` writes, the table that torchrun prints, the words of
mpirun, srun or of a program that starts its own ranks (`rank 1 failed first: WHY`), the earliest log with a traceback.
A rank that the engine ended by SIGTERM is never the first.
"""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import dataclass

from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.rank_files import logged_ranks, read_ranks
from autotrain_tui.session.records.read_file import read_small
from autotrain_tui.text.sanitize import sanitize

__all__ = ["FirstFailure", "first_failure"]

_TAIL = 64 << 10
_ERROR = re.compile(r"^(?:[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)|[a-z_][\w.]*\.[A-Z]\w*)(?::.*)?$")
_ROOT = re.compile(r"Root Cause \(first observed failure\):(.*)", re.DOTALL)
_TABLE_RANK = re.compile(r"rank\s*: (\d+) .*?exitcode\s*: (-?\d+)", re.DOTALL)
_MPIRUN_CODE = re.compile(r"Process name: \[\[\d+,\d+\],(\d+)\]\s+Exit code:\s+(\d+)")
_MPIRUN_SIGNAL = re.compile(r"process rank (\d+) with PID \d+ on node \S+ exited on\s+signal (\d+)")
_SRUN = re.compile(
    r"^srun: error: \S+: tasks? (\d+)[\d,-]*: "
    r"(?:Exited with exit code \d+|(?!Terminated)([A-Z].*?)(?: \(core dumped\))?)$",
    re.MULTILINE,
)
_SIGNALS = {words: number for number in signal.valid_signals() if (words := signal.strsignal(number))}
"""Slurm names a signal as strsignal(3) does."""
_STARTER = re.compile(r"\brank (\d+) failed first(?:: (.*))?$", re.MULTILINE)
_WATCHDOG = re.compile(r"Watchdog caught collective operation timeout|\bWatchdog\b.*\btimed out\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FirstFailure:
    """The rank and what is known of its end, as half a sentence; empty if only its number is known."""

    rank: int
    text: str = ""

    @property
    def reason(self) -> str:
        """One sentence for the attempt's end."""
        return f"rank {self.rank} failed first" + (f": {self.text}" if self.text else "")


def first_failure(folder: AttemptFolder) -> FirstFailure | None:
    """The rank that failed first; None if nothing says it."""
    tails = {rank: _read(folder, rank) for rank in logged_ranks(folder.path)}
    found = _by_error_file(folder) or _by_engine(folder) or _by_traceback(folder, tails)
    if found is None:
        return None
    return _watchdog(found, tails) or (found if found.text else FirstFailure(found.rank, _error(tails, found.rank)))


def _by_error_file(folder: AttemptFolder) -> FirstFailure | None:
    """torch.distributed.elastic.multiprocessing.errors: `{"message": {"message", "extraInfo": {"timestamp"}}}`."""
    found = []
    for record in read_ranks(folder.path):
        path = record.error_file
        data = read_small(folder.path.joinpath(path), ours=True) if path else None
        try:
            message = json.loads(data)["message"] if data is not None else None
            if message is not None:
                when = float(message["extraInfo"]["timestamp"])
                found.append((when, record.rank, _plain(str(message["message"]))))
        except (ValueError, KeyError, TypeError):
            continue
    if not found:
        return None
    _, rank, text = min(found)
    return FirstFailure(rank, text)


def _by_engine(folder: AttemptFolder) -> FirstFailure | None:
    """The table of torchrun (the last one: it starts the ranks again), the words of mpirun, or of the program."""
    said = _read(folder, None)
    roots = _ROOT.findall(said)
    match = _TABLE_RANK.search(roots[-1]) if roots else None
    if match is not None:
        code = int(match[2])
        return FirstFailure(int(match[1]), f"ended by signal {-code}" if code < 0 else "")
    match = _MPIRUN_CODE.search(said)
    if match is not None:
        return FirstFailure(int(match[1]))
    match = _SRUN.search(said)
    if match is not None:
        words = match[2] or ""
        number = _SIGNALS.get(words)
        return FirstFailure(int(match[1]), _plain(words) if number is None else f"ended by signal {number}")
    match = _MPIRUN_SIGNAL.search(said)
    if match is not None:
        return FirstFailure(int(match[1]), f"ended by signal {match[2]}")
    match = _STARTER.search(said)
    return FirstFailure(int(match[1]), _plain(match[2] or "")) if match is not None else None


def _by_traceback(folder: AttemptFolder, tails: dict[int, str]) -> FirstFailure | None:
    """The rank whose log ends in a traceback and was written to first."""
    ended = [(_changed(folder, rank), rank) for rank, text in tails.items() if "Traceback (most recent" in text]
    return FirstFailure(min(ended)[1]) if ended else None


def _watchdog(found: FirstFailure, tails: dict[int, str]) -> FirstFailure | None:
    """Ranks that waited for another one die of a watchdog: the one that says nothing of it may be the cause."""
    waited = {rank for rank, text in tails.items() if _WATCHDOG.search(text)}
    if found.rank not in waited:
        return None
    silent = sorted(set(tails) - waited)
    if len(silent) == 1:
        return FirstFailure(silent[0], "it was silent while the others died of a watchdog, and may be the cause")
    return FirstFailure(found.rank, "a watchdog ended it: the rank that it waited for may be the cause")


def _error(tails: dict[int, str], rank: int) -> str:
    """The last line of the rank's log that names an exception."""
    lines = [_plain(line) for line in tails.get(rank, "").splitlines()]
    return next((line for line in reversed(lines) if _ERROR.match(line)), "")


def _plain(text: str) -> str:
    return sanitize(" ".join(text.split()))[:300]


def _changed(folder: AttemptFolder, rank: int) -> int:
    try:
        return folder.rank_log(rank).stat().st_mtime_ns
    except OSError:
        return 1 << 63


def _read(folder: AttemptFolder, rank: int | None) -> str:
    """The end of a rank's log, or of the engine's own."""
    path = folder.log if rank is None else folder.rank_log(rank)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        size = os.fstat(descriptor).st_size
        return os.pread(descriptor, _TAIL, max(0, size - _TAIL)).decode(errors="replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)
