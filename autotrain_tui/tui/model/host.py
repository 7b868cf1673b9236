"""What screens ask of the application, without knowing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.session.records.folder import SessionFolder
    from autotrain_tui.tui.model.earlier import Earlier
    from autotrain_tui.tui.model.machine_feed import MachineFeed
    from autotrain_tui.tui.model.notices import Notices
    from autotrain_tui.tui.model.session_curves import SessionCurves
    from autotrain_tui.tui.model.session_feed import SessionFeed

__all__ = ["Host"]


class Host(Protocol):
    """The project, the open session and the machine. `tui.app` is the one that screens get."""

    project: Path | None
    """None: outside of any project."""
    sessions: Path
    feed: SessionFeed | None
    """The open session; None at home."""
    machine: MachineFeed
    earlier: Earlier
    """The earlier sessions of the open session's plan; empty until they are read."""
    notices: Notices
    """What was told to the person."""
    read_only: bool
    """Nothing may be asked of a session, started or written: `attach --read-only`."""
    marked: list[str]
    """Ids of the sessions marked in History, in order: compared there, drawn together in Metrics."""

    @property
    def view(self) -> View | None:
        """The open session in its present state."""

    @property
    def curves(self) -> SessionCurves:
        """The open session's curves."""

    def open_session(self, folder: SessionFolder) -> None:
        """Show this session from now on."""

    async def show_mode(self, name: str) -> None:
        """Switch to another mode's screen."""
