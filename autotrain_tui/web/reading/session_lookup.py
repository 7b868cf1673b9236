"""The session that an address names: its exact id, a folder and no link, in the folder of sessions."""

from __future__ import annotations

from pathlib import Path

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.records.folder import SessionFolder, open_session_folder
from autotrain_tui.session.records.session_ids import has_journal, is_session_name

__all__ = ["session_named"]


def session_named(sessions: Path, name: str) -> SessionFolder:
    """The session of that id. Raises RefusedError: there is none, or the word is no id."""
    if not is_session_name(name) or not has_journal(str(sessions), name):
        raise RefusedError(f"no session {name[:80]!r}; /api/sessions lists them")
    return open_session_folder(sessions / name)
