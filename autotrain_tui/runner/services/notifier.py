"""The plan's `[notify]`: starts a process for each message; the runner never waits for one.

At most one message per kind and stage is sent in ten minutes.
"""

from __future__ import annotations

import logging
import os
import time

from autotrain_tui.notify.message import message_of, secret_values
from autotrain_tui.notify.start_child import start_child
from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.notify_settings import missing_targets
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.records import process_identity as identity

__all__ = ["Notifier"]

log = logging.getLogger(__name__)

QUIET_SECONDS = 600.0


class Notifier:
    """Sees every event; sends a message for those that the plan names."""

    def __init__(self, plan: Plan) -> None:
        self._settings = plan.notify
        self._targets = [name for name in (plan.notify.to if plan.notify else ()) if os.environ.get(name)]
        self._secrets = secret_values(plan, os.environ)
        self._sent: dict[tuple[str, str | None], float] = {}
        for sentence in missing_targets(plan, os.environ):
            log.warning("%s", sentence)

    def on_event(self, event: Event, session: Session) -> None:
        """Start a message's process if the event asks for one; `session` is the state after the event."""
        if self._settings is None or not self._targets:
            return
        message = message_of(event, session, host=identity.host(), link=self._settings.link, secrets=self._secrets)
        if message is None or message.kind not in self._settings.on:
            return
        about, now = (message.kind, message.stage), time.monotonic()
        if about in self._sent and now - self._sent[about] < QUIET_SECONDS:
            return
        self._sent[about] = now
        try:
            start_child(message, self._targets)
        except OSError as error:
            log.warning("notify: no process for a message: %s", error.strerror)
