"""Every session as a row of `ls --json`: from the index where it is finished and known, else from its journal.

Imports next to nothing until a journal has to be read: this is what lists ten thousand sessions in no time.
"""

from __future__ import annotations

from autotrain_tui.session.index import Index, stamp
from autotrain_tui.session.names import folder_names, has_journal

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autotrain_tui.session.index import Json

__all__ = ["list_rows"]


def list_rows(sessions: str, most: int | None = None,
              prepare: Callable[[], None] | None = None) -> Iterator[tuple[str, Json | str]]:
    """Each session's id, newest first, with its row, or with why it can't be read. The index is kept up to date.

    `prepare` is called before a journal is read (not all of them need be).
    """
    index = Index(sessions)
    names = folder_names(sessions)
    listed = 0
    for name in names:
        if listed == most:
            break
        row: Json | str | None = index.row(name)
        if row is None and has_journal(sessions, name):
            row = _read(sessions, name, index, prepare)
        if row is not None:
            listed += 1
            yield name, row
    index.save(names)


def _read(sessions: str, name: str, index: Index, prepare: Callable[[], None] | None) -> Json | str:
    """A session's row from its records, kept in the index where it stays as it is; or why they can't be read."""
    if prepare is not None:
        prepare()
    from autotrain_tui.session.summary import read_row  # from here on it costs what it costs: records must be read

    before = stamp(f"{sessions}/{name}")
    row, lasts = read_row(sessions, name)
    if lasts and isinstance(row, dict):
        index.keep_row(name, row, before)
    return row
