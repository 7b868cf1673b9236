"""Sends a wish and waits for what became of it. Blocks: called in a thread."""

from __future__ import annotations

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.ask import ask
from autotrain_tui.session.command import new_command
from autotrain_tui.session.folder import SessionFolder
from autotrain_tui.session.start import spawn_runner
from autotrain_tui.tui.actions import Wish

__all__ = ["send"]


def send(folder: SessionFolder, wish: Wish, reason: str = "") -> str:
    """Why the wish was refused, in one sentence; empty when it was taken.

    A session that nobody runs gets a runner: `resume` alone, any other verb as the first thing it does.
    """
    try:
        if wish.start:
            then = None
            if wish.verb != "resume":
                then = new_command(wish.verb, folder, stage=wish.stage, reason=reason, args=dict(wish.args))
            spawn_runner(folder, then=then)
            return ""
        answer = ask(folder, wish.verb, stage=wish.stage, reason=reason, args=dict(wish.args))
    except AutotrainError as error:
        return str(error)
    return "" if answer.accepted else answer.reason or f"{wish.verb} was refused"
