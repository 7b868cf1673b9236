"""Notes and tags of a session: written by anyone who may write the folder, replaced atomically."""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.errors import MachineError
from autotrain_tui.session.records.folder import SessionFolder, read_small, replace_file

__all__ = ["LONGEST_NOTE", "Notes", "is_tag", "read_notes", "write_notes"]

LONGEST_NOTE = 10_000
_TAG = re.compile(r"[^\s,#]{1,64}")


class Notes(msgspec.Struct, frozen=True):
    """The note and the tags of a session."""

    note: str = ""
    tags: list[str] = []


def is_tag(word: str) -> bool:
    """Whether a word can be a tag: printable, at most 64 characters, without commas and `#`."""
    return _TAG.fullmatch(word) is not None and word.isprintable()


_DECODER = msgspec.json.Decoder(Notes)


def read_notes(folder: SessionFolder) -> Notes:
    """The notes; empty if the file is missing or invalid."""
    data = read_small(folder.notes)
    if not data:
        return Notes()
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Notes()


def write_notes(folder: SessionFolder, notes: Notes) -> None:
    """Replace the notes. Raises MachineError if the file cannot be written."""
    try:
        replace_file(folder.notes, msgspec.json.encode(notes))
    except OSError as error:
        raise MachineError(f"{folder.notes}: can't be written: {error.strerror}") from error
