"""The ranks of a distributed attempt: `ranks/R.json`, written by `runner/rank.py` as each rank starts, and `R.log`.

A rank that is started again by its engine replaces its record and appends to its log.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.process_identity import Identity
from autotrain_tui.session.records.read_file import read_small

__all__ = ["RankRecord", "logged_ranks", "read_ranks", "shown_log"]

_MOST = 4096
"""Records that are read of one attempt."""


class RankRecord(msgspec.Struct, frozen=True):
    """One rank, as it registered. `error_file`: where torchelastic's `@record` writes the rank's exception."""

    rank: Annotated[int, msgspec.Meta(ge=0, lt=1 << 20)]
    local_rank: int
    pid: Annotated[int, msgspec.Meta(gt=1, lt=1 << 31)]
    start_time: Annotated[int, msgspec.Meta(ge=0)]
    node: str = ""
    boot_id: str | None = None
    world_size: int | None = None
    restart: int = 0
    error_file: str | None = None
    time: str = ""

    @property
    def identity(self) -> Identity:
        """The rank's process, on the node and in the boot that the record names."""
        return Identity(self.pid, self.start_time)


_DECODER = msgspec.json.Decoder(RankRecord)


def read_ranks(folder: Path) -> list[RankRecord]:
    """The registered ranks of the attempt in `folder`, in order; what is no valid record of ours is left out."""
    ranks = AttemptFolder(folder).ranks
    found = []
    for number in _numbers(ranks, ".json"):
        data = read_small(ranks / f"{number}.json", 1 << 16, ours=True)
        try:
            record = _DECODER.decode(data) if data is not None else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if record is not None and record.rank == number:
            found.append(record)
    return found


def logged_ranks(folder: Path) -> list[int]:
    """The ranks that have a log, in order."""
    return _numbers(AttemptFolder(folder).ranks, ".log")


def _numbers(ranks: Path, ending: str) -> list[int]:
    try:
        names = os.listdir(ranks)
    except OSError:
        return []
    stems = (name.removesuffix(ending) for name in names if name.endswith(ending))
    return sorted(int(stem) for stem in stems if stem.isascii() and stem.isdigit() and len(stem) < 8)[:_MOST]


def shown_log(folder: AttemptFolder, failed_rank: int | None, choice: str | None = None) -> Path:
    """The log to show of an attempt: the chosen rank's or the engine's (`agent`), else of the rank that failed first,
    else of rank 0; of one process its log.
    """
    if choice is not None:
        return folder.log if choice == "agent" else folder.rank_log(int(choice))
    if failed_rank is not None:
        return folder.rank_log(failed_rank)
    first = folder.rank_log(0)
    return first if first.exists() else folder.log
