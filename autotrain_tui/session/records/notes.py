"""Notes and tags of a session: written by anyone who may write the folder, replaced atomically."""

from __future__ import annotations

import msgspec

from autotrain_tui.errors import MachineError, RecordsError
from autotrain_tui.session.records.folder import SessionFolder, replace_file
from autotrain_tui.session.records.read_file import read_file

__all__ = ["LONGEST_NOTE", "Notes", "is_tag", "notes_to_change", "read_notes", "write_notes"]

LONGEST_NOTE = 10_000
_LONGEST_TAG = 64


class Notes(msgspec.Struct, frozen=True):
    """The note and the tags of a session."""

    note: str = ""
    tags: list[str] = []


def is_tag(word: str) -> bool:
    """Whether a word can be a tag: printable, at most 64 characters, without commas and `#`."""
    return 0 < len(word) <= _LONGEST_TAG and word.isprintable() and not {" ", ",", "#"} & set(word)


def read_notes(folder: SessionFolder) -> Notes:
    """The notes, for showing; empty if the file is missing, invalid or unreadable."""
    return _decode(read_file(folder.notes, 1 << 20).data)


def notes_to_change(folder: SessionFolder) -> Notes:
    """The notes, for writing changed ones. Raises RecordsError if they cannot be read: they would be lost."""
    read = read_file(folder.notes, 1 << 20)
    if read.unreadable:
        raise RecordsError(f"{read.reason}; the notes were not changed")
    return _decode(read.data)


def _decode(data: bytes | None) -> Notes:
    if not data:
        return Notes()
    try:
        return msgspec.json.decode(data, type=Notes)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Notes()


def write_notes(folder: SessionFolder, notes: Notes) -> None:
    """Replace the notes. Raises MachineError if the file cannot be written."""
    try:
        replace_file(folder.notes, msgspec.json.encode(notes))
    except OSError as error:
        raise MachineError(f"{folder.notes}: can't be written: {error.strerror}") from error
