"""What may be asked of a session from the page, and how it is sent: as a command file, as from the command line."""

from __future__ import annotations

from autotrain_tui.errors import UsageError
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.launch.send_command import Answer, send_command
from autotrain_tui.session.records.command_file import Args
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.durations import amount_in
from autotrain_tui.tui.model.actions import Request, find_action

__all__ = ["PAGE_VERBS", "offered", "send_from_page"]

PAGE_VERBS = ("pause", "resume", "freeze", "hold", "release", "skip", "checkpoint", "budget", "stop")
"""Never kill, clean or run: a browser that was left open must not be able to lose work."""

_ACTIONS = ("pause", "freeze", "checkpoint", "skip", "hold", "budget", "stop")
_ANSWER_SECONDS = 20.0


def offered(view: View) -> list[Request]:
    """What would be accepted now, as the keys of the screen have it; nothing that starts a runner."""
    found = (find_action(name).request(view, None) for name in _ACTIONS)
    return [request for request in found if request is not None and not request.start and request.verb in PAGE_VERBS]


def send_from_page(folder: SessionFolder, verb: str, stage: str | None, reason: str, amount: str) -> Answer:
    """Send it and wait for the answer; blocks. Raises UsageError, RefusedError, MachineError."""
    if verb not in PAGE_VERBS:
        raise UsageError(f"{verb[:20]!r} cannot be sent from the page; expected one of: {', '.join(PAGE_VERBS)}")
    if stage is not None and load_view(folder).session.stage(stage) is None:
        raise UsageError(f"session {folder.id} has no such stage")
    args: Args = {}
    if verb == "budget":
        rest, args = amount_in([amount.strip()])
        if rest:
            raise UsageError("budget: expected one amount")
    sent_stage = None if verb in ("budget", "stop") else stage
    return send_command(
        folder, verb, stage=sent_stage, reason=reason[:1000], args=args, by="web", timeout=_ANSWER_SECONDS
    )
