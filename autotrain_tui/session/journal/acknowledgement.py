"""A person's request to acknowledge alerts as the event that does it."""

from __future__ import annotations

from collections.abc import Mapping

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.journal.events import AlertAcknowledged
from autotrain_tui.session.journal.state import Session

__all__ = ["acknowledgement"]


def acknowledgement(session: Session, args: Mapping[str, object], reason: str, by: str) -> AlertAcknowledged:
    """The event for `args`: `alert`, a number, or none for all that stand. Raises RefusedError if there is none."""
    number = args.get("alert")
    standing = [alert.seq for alert in session.standing_alerts]
    if number is None:
        if not standing:
            raise RefusedError("no alert is waiting to be acknowledged")
        return AlertAcknowledged(alerts=standing, reason=reason, by=by)
    if isinstance(number, bool) or not isinstance(number, int) or number not in standing:
        known = any(alert.seq == number for alert in session.alerts)
        why = "is acknowledged already" if known else "does not exist"
        raise RefusedError(f"alert {str(number)[:20]} {why}; list the alerts with: autotrain-tui show {session.id}")
    return AlertAcknowledged(alerts=[number], reason=reason, by=by)
