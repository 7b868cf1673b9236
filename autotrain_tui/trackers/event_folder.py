"""A run's folder of event files: names of files and tags, and whose files they are."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from autotrain_tui.errors import RefusedError
from autotrain_tui.text.redact import redact
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.trackers.event_writer import is_our_file

__all__ = ["Tags", "event_files", "file_name", "make_run_folder"]

_LONGEST_TAG = 500


def make_run_folder(folder: Path) -> None:
    """Create it. Raises RefusedError if another program's event files are there, OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in event_files(folder):
        if not is_our_file(str(path)):
            raise RefusedError(
                f"{path}: another program wrote this event file, and TensorBoard would mix both; "
                "choose another folder with -o DIR"
            )


def event_files(folder: Path) -> list[Path]:
    """The event files of a run, in the order in which TensorBoard reads them. Raises OSError."""
    return [folder / name for name in sorted(os.listdir(folder)) if "tfevents" in name]


def file_name(second: int, attempt: int, part: int) -> str:
    """The name of an attempt's event file; files of a run are read in the order of their names.

    `second`: Unix seconds, which must not go back; `part` counts the files of an attempt from 0.
    """
    return f"events.out.tfevents.{second:010d}.autotrain.attempt-{attempt:06d}" + (f".{part:04d}" if part else "")


class Tags:
    """The tag of each metric of a run: its name as printable text, secrets hidden, a very long one cut."""

    def __init__(self) -> None:
        self._tags: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The same for the same name; two names have two tags."""
        if name in self._tags:
            return self._tags[name]
        tag = redact(sanitize(name)) or "unnamed"
        if len(tag) > _LONGEST_TAG or tag in self._names:
            tag = f"{tag[:_LONGEST_TAG]}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:12]}"
        self._tags[name], self._names[tag] = tag, name
        return tag
