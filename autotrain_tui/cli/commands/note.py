"""`note`: what a person wants to remember of a session."""

from __future__ import annotations

import argparse

from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.errors import UsageError
from autotrain_tui.session.records.notes import LONGEST_NOTE, Notes, is_tag, notes_to_change, write_notes

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION, TEXT and tags."""
    parser.add_argument("session", metavar="SESSION", help="id, start of an id, or latest")
    parser.add_argument("text", nargs="?", metavar="TEXT", help='the note; "" removes it')
    parser.add_argument("--tag", action="append", default=[], metavar="WORD", help="add a tag (repeatable)")
    parser.add_argument("--untag", action="append", default=[], metavar="WORD", help="remove a tag (repeatable)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Write it, or without anything to write show it."""
    store = store_of(options)
    with ReadWatch(str(store.path)):
        folder = store.find(options.session)
        notes = notes_to_change(folder)
    for tag in options.tag:
        if not is_tag(tag):
            raise UsageError(f"a tag is one word of at most 64 characters, got {tag!r}")
    if options.text is not None and len(options.text) > LONGEST_NOTE:
        raise UsageError(f"a note has at most {LONGEST_NOTE} characters")
    tags = [tag for tag in dict.fromkeys([*notes.tags, *options.tag]) if tag not in options.untag]
    changed = Notes(notes.note if options.text is None else options.text, tags)
    if changed != notes:
        write_notes(folder, changed)
    if options.json:
        print_json({"version": 1, "session": folder.id, "note": changed.note, "tags": changed.tags})
    elif changed == notes:
        from autotrain_tui.text.sanitize import sanitize

        print(sanitize(" ".join([*(f"#{tag}" for tag in notes.tags), notes.note]) or "no note", newlines=True))
    return 0
