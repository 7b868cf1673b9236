"""One file with all that a resume needs: weights, velocities, position in the data, settings.

The order of the examples in an epoch follows from the seed and the epoch's number alone, so that the place is enough
to restore it: no generator's state has to be kept.
"""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from network import Array, Network, initial_weights
from report import Figures

__all__ = ["Checkpoint", "CheckpointError", "Place", "Settings", "file_in", "read", "write"]

_FORMAT = 1
_VELOCITY = "velocity_of_"


class CheckpointError(Exception):
    """A checkpoint exists but is invalid; the text names the file."""


@dataclass(frozen=True)
class Settings:
    """The settings that determine the training; a resume with others is not exact."""

    dataset_limit: int
    epochs: int
    batch_size: int
    scale: float
    seed: int
    lr: float | None = None
    """The peak learning rate, where it was given."""


@dataclass(frozen=True)
class Place:
    """Where training stands: `batches` of epoch `epoch` (from 1) are done, their losses add up to `loss_sum`."""

    epoch: int = 1
    batches: int = 0
    loss_sum: float = 0.0


@dataclass(frozen=True)
class Checkpoint:
    """A network at a place. `warm`: its training began from an earlier stage's weights; `figures`: its last epoch's."""

    network: Network
    place: Place
    settings: Settings
    warm: bool
    figures: Figures


def file_in(folder: str) -> str:
    """The checkpoint's path in a stage's checkpoint folder."""
    return os.path.join(folder, "latest.npz")


def write(folder: str, checkpoint: Checkpoint) -> str:
    """Replaces the folder's checkpoint atomically and durably; its path. Raises OSError, the old one then stays."""
    path, network = file_in(folder), checkpoint.network
    facts = {
        "format": _FORMAT,
        "place": asdict(checkpoint.place),
        "settings": asdict(checkpoint.settings),
        "warm": checkpoint.warm,
        "figures": checkpoint.figures,
    }
    arrays: dict[str, Any] = {"facts": np.array(json.dumps(facts)), **network.weights}
    arrays.update({_VELOCITY + name: value for name, value in network.velocities.items()})
    os.makedirs(folder, exist_ok=True)
    partial = f"{path}.{os.getpid()}.partial"
    try:
        with open(partial, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        if os.path.exists(partial):
            os.unlink(partial)
        raise
    _make_durable(folder)
    return path


def read(folder: str) -> Checkpoint | None:
    """The folder's checkpoint, None where there is none. Raises CheckpointError."""
    path = file_in(folder)
    try:
        # Opened here, as numpy leaves the file open when it is no archive.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = json.loads(str(arrays.pop("facts")))
        if facts["format"] != _FORMAT:
            raise CheckpointError(f"{path}: format {facts['format']}, this program reads {_FORMAT}")
        moving = [name for name in arrays if name.startswith(_VELOCITY)]
        velocities = {name.removeprefix(_VELOCITY): arrays.pop(name) for name in moving}
        return Checkpoint(
            Network(_checked(arrays, path), _checked(velocities, path)),
            Place(**facts["place"]),
            Settings(**facts["settings"]),
            bool(facts["warm"]),
            dict(facts["figures"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{path}: not a checkpoint of this program ({error})") from error


def _checked(arrays: dict[str, Array], path: str) -> dict[str, Array]:
    expected = {name: value.shape for name, value in initial_weights(0).items()}
    if {name: value.shape for name, value in arrays.items()} != expected:
        raise CheckpointError(f"{path}: the weights are those of another network")
    return {name: arrays[name] for name in expected}


def _make_durable(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
