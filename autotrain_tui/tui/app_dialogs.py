"""Dialogs of the application itself: how to leave, and the list of notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.tui.dialogs.notice_list import NoticesScreen
from autotrain_tui.tui.dialogs.question import QuestionDialog, Reply, leave_question
from autotrain_tui.tui.model.notices import NoticeRow, notice_rows

if TYPE_CHECKING:
    from textual.app import App

    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["ask_to_leave", "open_notices"]


def ask_to_leave(app: App[None], host: Host, screen: ModeScreen | None) -> None:
    """Ask whether to leave training as it is, or to stop it; `screen` is the mode's."""
    if isinstance(app.screen, QuestionDialog):
        return
    view = host.view
    training = view is not None and view.alive is not False and view.state is SessionState.RUNNING

    def answered(reply: Reply | None) -> None:
        if reply is not None and reply.name == "detach":
            app.exit(return_code=0)
        elif reply is not None and reply.name == "stop" and screen is not None:
            request = screen.actions.request("stop")
            if request is not None:
                screen.actions.carry_out(request)

    app.push_screen(leave_question(training=training, can_stop=training and not host.read_only), answered)


def open_notices(app: App[None], host: Host, screen: ModeScreen) -> None:
    """Show what was told, and the session's alerts."""

    def listed() -> list[NoticeRow]:
        host.notices.seen()
        rows = notice_rows(host.notices, host.view.session.alerts if host.view is not None else ())
        return [replace(row, stands=False) for row in rows] if host.read_only else rows

    if not isinstance(app.screen, NoticesScreen):
        app.push_screen(NoticesScreen(listed, screen.actions.acknowledge))
