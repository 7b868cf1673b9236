"""Sends a request and waits for the answer. Blocks: called in a thread."""

from __future__ import annotations

import threading

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.history.effects import effect_text
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.acknowledge import acknowledge
from autotrain_tui.session.launch.choose_metric import choose_metric
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.command_file import Command, new_command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.model.actions import Request

__all__ = ["effect_of", "send", "start_runner"]


def send(folder: SessionFolder, request: Request, reason: str = "") -> str:
    """Why the request was refused, in one sentence; empty when it was taken.

    Without a runner a metric is chosen and alerts are acknowledged in the journal itself. For anything else the session
    gets one: for `resume` alone, any other verb is the first thing it carries out.
    """
    try:
        if request.start and request.verb == "acknowledge":
            acknowledge(folder, dict(request.args), reason)
            return ""
        if request.start and request.verb == "metric":
            choose_metric(folder, str(request.args["name"]), str(request.args["goal"]), reason)
            return ""
        if request.start:
            then = None
            if request.verb != "resume":
                then = new_command(request.verb, folder, stage=request.stage, reason=reason, args=dict(request.args))
            start_runner(folder, then)
            return ""
        answer = send_command(folder, request.verb, stage=request.stage, reason=reason, args=dict(request.args))
    except AutotrainError as error:
        return str(error)
    return "" if answer.accepted else answer.reason or f"{request.verb} was refused"


def effect_of(folder: SessionFolder, request: Request) -> str:
    """What a request that was taken has done, in one sentence; empty if the session can't be read just now."""
    try:
        return effect_text(request.verb, load_view(folder), request.stage)
    except (AutotrainError, OSError):
        return ""


def start_runner(folder: SessionFolder, then: Command | None = None) -> None:
    """Start a runner for the session and return when it has the session. Raises as `spawn_runner`.

    A runner that ends before the screen does is waited for, so that it doesn't stay in the process table.
    """
    process = spawn_runner(folder, then=then)
    threading.Thread(target=process.wait, name=f"runner-{process.pid}", daemon=True).start()
