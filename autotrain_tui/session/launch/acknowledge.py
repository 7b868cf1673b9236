"""Alerts of a session without a runner are acknowledged in its journal too: most doubts come with a session's end."""

from __future__ import annotations

from collections.abc import Mapping

from autotrain_tui.session.journal.acknowledgement import acknowledgement
from autotrain_tui.session.launch.journal_under_lock import journal_under_lock
from autotrain_tui.session.records.command_file import new_command
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["acknowledge"]


def acknowledge(folder: SessionFolder, args: Mapping[str, object], reason: str = "") -> None:
    """Acknowledge the alert that `args` name, or all. Raises RefusedError, and as `journal_under_lock`."""
    by = new_command("acknowledge", folder).by
    journal_under_lock(folder, lambda session: acknowledgement(session, args, reason, by))
