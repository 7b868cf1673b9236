"""The checkpoint that was written nearest to a metric's best value, if one is left that can be told to be it.

Looked for in the stage's checkpoint folder and in the program's working directory, by the time of the file: the best
reading must be the one that it is nearest to. Epochs of seconds are read together; then a name that holds the epoch or
the step decides, if it is the only one.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from autotrain_tui.runner.attempt.files_below import files_below

__all__ = ["BestMoment", "nearest_checkpoint"]

_ENDINGS = frozenset(
    (
        *(".pt", ".pth", ".ckpt", ".safetensors", ".bin", ".keras", ".h5", ".hdf5", ".pkl", ".pickle", ".joblib"),
        *(".npz", ".npy", ".onnx", ".model", ".cbm", ".ubj", ".msgpack", ".params", ".pdparams", ".index", ".weights"),
    )
)
_MOST_ENTRIES = 20_000
_MOST_DEPTH = 4
_PATIENCE_SECONDS = 5.0
_APART_SECONDS = 3.0
"""How far the readings beside the best one must be from it, so that times can tell them apart."""
_NUMBER = re.compile(r"(?:epochs?|ep|e|steps?|iter|checkpoint|ckpt|global_step)[-_=.]?0*(\d+)(?![\d])", re.IGNORECASE)
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "sessions"})


class BestMoment(NamedTuple):
    """When the best value was read, and the readings before and after it, in Unix seconds; and its place."""

    best: float
    before: float | None
    after: float | None
    step: int | None
    epoch: float | None


class _File(NamedTuple):
    path: Path
    written: float


async def nearest_checkpoint(folders: Sequence[Path], begun: float, moment: BestMoment) -> Path | None:
    """The file; None if there is none, or it can't be told. `begun`: when the attempt started, Unix seconds."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await asyncio.to_thread(_find, folders, begun, moment)
    except (OSError, TimeoutError):
        return None


def _find(folders: Sequence[Path], begun: float, moment: BestMoment) -> Path | None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    files = {file.path: file for folder in folders for file in _files(folder, begun, deadline)}
    named = [file.path for file in files.values() if _names_place(file.path, moment)]
    near = _near_in_time(list(files.values()), moment)
    if near is not None and (not named or near in named):
        return near
    return named[0] if len(named) == 1 and near is None else None


def _files(folder: Path, begun: float, deadline: float) -> Iterator[_File]:
    """Files with the ending of a checkpoint that were written since."""
    for entry, status in files_below(folder, _MOST_ENTRIES, deadline, enters=_enters, passes_over=OSError):
        if os.path.splitext(entry.name)[1].lower() in _ENDINGS and status.st_mtime >= begun - 1.0:
            yield _File(Path(entry.path), status.st_mtime)


def _enters(name: str, depth: int) -> bool:
    return depth <= _MOST_DEPTH and not name.startswith(".") and name not in _SKIPPED


def _near_in_time(files: Sequence[_File], moment: BestMoment) -> Path | None:
    beside = [each for each in (moment.before, moment.after) if each is not None]
    if not beside or any(abs(each - moment.best) < _APART_SECONDS for each in beside):
        return None
    found = [
        file for file in files if all(abs(file.written - moment.best) < abs(file.written - each) for each in beside)
    ]
    nearest = min(found, key=lambda file: abs(file.written - moment.best), default=None)
    return nearest.path if nearest is not None else None


def _names_place(path: Path, moment: BestMoment) -> bool:
    """Whether the file's or its folder's name holds the epoch or the step."""
    numbers = {int(text) for text in _NUMBER.findall(path.name) + _NUMBER.findall(path.parent.name)}
    epoch = int(moment.epoch) if moment.epoch is not None and float(moment.epoch).is_integer() else None
    return bool(numbers & {number for number in (epoch, moment.step) if number is not None})
