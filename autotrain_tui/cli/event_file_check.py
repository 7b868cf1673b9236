"""What `doctor` says of event files of TensorBoard: whether every record's data matches its checksum.

While they are followed only the lengths' checksums are compared, which is quicker.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from autotrain_tui.metrics.files.event_file import EventFileTail
from autotrain_tui.metrics.files.known_file import is_event_file
from autotrain_tui.session.launch.preflight import Finding, Verdict
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.read_file import read_file
from autotrain_tui.session.records.session_ids import folder_names

__all__ = ["session_event_files"]

_MOST_BYTES = 4 << 20
"""About three seconds of checksums."""
_LARGEST_RECORD = 16 << 20


class _Named(msgspec.Struct):
    path: str


class _Files(msgspec.Struct):
    """Of `metric_files.json` only the paths."""

    files: list[_Named] = []


def session_event_files(sessions: Path) -> Iterator[Finding]:
    """A finding for the newest session that has any: damaged files, else how many were compared."""
    for name in folder_names(str(sessions)):
        paths = _event_files(SessionFolder(sessions / name))
        if not paths:
            continue
        left, compared = _MOST_BYTES, 0
        for path in paths:
            try:
                size = path.stat().st_size
                if size > left:
                    continue
                left, compared = left - size, compared + 1
                trouble = _trouble(path)
            except OSError as error:
                trouble = f"can't be read: {error.strerror or error}"
            if trouble:
                yield Finding("event files", Verdict.NOTE, f"{name}: {path}: {trouble}")
        skipped = f", {len(paths) - compared} more are too large to be compared here" if compared < len(paths) else ""
        yield Finding("event files", Verdict.GOOD, f"{name}: the checksums of {compared} files were compared{skipped}")
        return


def _event_files(folder: SessionFolder) -> list[Path]:
    """Those that the session's follower or export wrote, and those that its attempts read, each once."""
    found = dict.fromkeys(sorted((folder.path / "tensorboard").rglob("*tfevents*")))
    for record in sorted(folder.path.glob("stages/*/*/metric_files.json")):
        data = read_file(record, _LARGEST_RECORD, ours=True).data
        try:
            files = msgspec.json.decode(data or b"{}", type=_Files).files
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        found.update((Path(file.path), None) for file in files if is_event_file(file.path))
    return [path for path in found if path.is_file()]


def _trouble(path: Path) -> str:
    """What is damaged; empty if nothing is."""
    tail = EventFileTail(path, compares_data=True)
    for _ in tail.poll():
        pass
    if tail.broken:
        return f"{tail.broken}; nothing behind it can be read"
    if tail.damaged:
        return f"{tail.damaged} records do not match their checksums; the disk or a copy has changed them"
    return ""
