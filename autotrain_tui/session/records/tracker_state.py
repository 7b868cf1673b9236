"""track/TARGET.json: what a follower has sent to one tracker, so that the next one goes on exactly there.

Written by the follower alone, after each batch that the tracker has taken; readers of it show how far it is.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Literal

import msgspec

from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import SessionFolder, replace_file
from autotrain_tui.session.records.read_file import read_file, read_small

__all__ = ["RunRecord", "TrackerState", "follower_alive", "read_tracker", "trackers_of", "write_tracker"]

_LARGEST = 256 << 20


class RunRecord(msgspec.Struct):
    """One run of a tracker: what was read for it, and what of that was sent."""

    read: dict[str, tuple[str, int]] = {}
    """Attempt's folder, as the journal has it → the name of its readings' file, and the bytes of it that were read."""
    sent: dict[str, tuple[int, int]] = {}
    """Metric → points of its line that were sent, and the step of the last."""
    replaces: int | None = None
    """The lowest step of points that were sent and do not count any more, until the tracker has got those instead."""
    superseded: int = 0
    """Points that were sent and that a resumed attempt then repeated: a tracker that can't drop points keeps them."""
    sampled: dict[str, dict[str, tuple[int, int]]] = {}
    """Attempt's folder → metric → the range of its points that were sent from sampled readings and are not the same on
    the line of the whole ones."""
    told: dict[str, str] = {}
    """Attempt's number → `begun` or `ended`: what the tracker knows of it beside its points."""
    memory: dict[str, str] = {}
    """What the tracker's own code wants to know again, such as the run's id there."""


class TrackerState(msgspec.Struct):
    """A follower and how far it is. `error` is one sentence or empty; it stands `since` that moment."""

    target: str
    to: str
    state: Literal["following", "failing", "done", "refused", "gave up"] = "following"
    error: str = ""
    since: str = ""
    time: str = ""
    points: int = 0
    """Points that the tracker has taken."""
    waiting: int = 0
    """Points that were read and not taken yet."""
    tries: int = 0
    """How often the tracker has failed since it last took something."""
    problems: list[str] = []
    """What was not sent as it is, a sentence each; at most ten."""
    pid: int = 0
    start_time: int | None = None
    boot_id: str = ""
    host: str = ""
    version: int = 1
    runs: dict[str, RunRecord] = {}


_DECODER = msgspec.json.Decoder(TrackerState)


def read_tracker(path: Path) -> TrackerState | None:
    """The state in a file; None if there is none or it is damaged. Raises OSError if it could not be read just now."""
    read = read_file(path, _LARGEST, ours=True)
    if read.unreadable:
        raise OSError(read.reason)
    if read.data is None:
        return None
    try:
        return _DECODER.decode(read.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def write_tracker(path: Path, state: TrackerState) -> None:
    """Replace it. Raises OSError."""
    state.time = now_iso()
    replace_file(path, msgspec.json.encode(state), sync=False)


def trackers_of(folder: SessionFolder) -> list[TrackerState]:
    """The followers that the session has or had, by their files' names; those that cannot be read are left out.

    One that ended before it could write its state is `refused`, with the last line of its log.
    """
    try:
        names = sorted(name for name in os.listdir(folder.track) if name[0] != ".")
    except OSError:
        return []
    found = []
    for name in names:
        stem, _, kind = name.rpartition(".")
        state = None
        if kind == "json":
            with contextlib.suppress(OSError):
                state = read_tracker(folder.track / name)
        elif kind == "log" and f"{stem}.json" not in names:
            lines = (read_small(folder.track / name) or b"").decode(errors="replace").strip().splitlines()
            state = TrackerState(stem, "", "refused", error=lines[-1]) if lines else None
        if state is not None:
            found.append(state)
    return found


def follower_alive(state: TrackerState) -> bool | None:
    """Whether the follower that wrote it is alive; None if that is unknown (another host)."""
    if state.host != identity.host():
        return None
    if state.boot_id != (identity.boot_id() or "") or state.start_time is None or state.pid < 2:
        return False
    return identity.is_alive(identity.Identity(state.pid, state.start_time))
