"""The rows of a list: from the index for finished sessions that it knows, else from the records.

Imports little until records must be read, so that a list of ten thousand sessions is fast.
"""

from __future__ import annotations

import os

from autotrain_tui.session.history.index import Index, records, stamp
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.records.session_ids import folder_names

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["list_rows", "listing_json"]


def list_rows(
    sessions: str, most: int | None = None, prepare: Callable[[], None] | None = None
) -> Iterator[tuple[str, ListRow | str]]:
    """Each session's id, newest first, with its row or the reason why it cannot be read. Updates the index.

    `prepare` is called before records are read (not all of them need be).
    """
    index = Index(sessions)
    names = folder_names(sessions, index.names)
    if not names:
        return
    listed, at = 0, os.open(sessions, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name, known in zip(names, index.rows(names, at), strict=True):
            if listed == most:
                break
            row = known or _read(sessions, name, index, prepare)
            if row is not None:
                listed += 1
                yield name, row
    finally:
        os.close(at)
    index.save(names)


def listing_json(rows: Iterable[ListRow]) -> str:
    """The document of `ls --json` (DESIGN section 10), in one line."""
    return f'{{"version":1,"sessions":[{",".join([row.text for row in rows])}]}}\n'


def _read(sessions: str, name: str, index: Index, prepare: Callable[[], None] | None) -> ListRow | str | None:
    """A session from its records, added to the index if it is final; or the reason why it cannot be read.

    None if there are none: the folder is not a session.
    """
    found = records(f"{sessions}/{name}")
    if found is None:
        return None
    if prepare is not None:
        prepare()
    from autotrain_tui.session.history.summary import (
        read_row,  # from here on it costs what it costs: records must be read
    )

    row = read_row(sessions, name, *found)
    if isinstance(row, ListRow) and row.ended:
        index.keep_row(name, row, stamp(*found))
    return row
