"""Every session of a list: from the index where it is finished and known, else from its records.

Imports next to nothing until records have to be read: this is what lists ten thousand sessions in no time.
"""

from __future__ import annotations

from autotrain_tui.session.history.index import Index, records, stamp
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.records.session_ids import folder_names

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["list_rows"]


def list_rows(
    sessions: str, most: int | None = None, prepare: Callable[[], None] | None = None
) -> Iterator[tuple[str, ListRow | str]]:
    """Each session's id, newest first, with its row, or with why it can't be read. The index is kept up to date.

    `prepare` is called before records are read (not all of them need be).
    """
    index = Index(sessions)
    names = folder_names(sessions, index.names)
    known, listed = index.row, 0
    for name in names:
        if listed == most:
            break
        row = known(name) or _read(sessions, name, index, prepare)
        if row is not None:
            listed += 1
            yield name, row
    index.save(names)


def _read(sessions: str, name: str, index: Index, prepare: Callable[[], None] | None) -> ListRow | str | None:
    """A session from its records, kept in the index where it stays as it is; or why they can't be read.

    None where there are none: the folder is no session's.
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
