"""The fold of alerts: each is kept until a person acknowledges it, and listed after that too."""

from __future__ import annotations

from msgspec.structs import replace

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal import state as st
from autotrain_tui.session.journal.transitions import IllegalMoveError

__all__ = ["acknowledged", "alerted"]

MOST_ALERTS = 1000
"""Alerts that a session keeps: beyond it the oldest acknowledged one is dropped first, else the oldest."""


def alerted(session: st.Session, event: ev.Alert) -> st.Session:
    """The session with one alert more."""
    kept = session.alerts
    if len(kept) >= MOST_ALERTS:
        drop = next((at for at, alert in enumerate(kept) if alert.acknowledged is not None), 0)
        kept = (*kept[:drop], *kept[drop + 1 :])
    return replace(session, alerts=(*kept, st.AlertRecord(event.seq, event.time, event.kind, event.text, event.stage)))


def acknowledged(session: st.Session, event: ev.AlertAcknowledged) -> st.Session:
    """The session after a person has seen some of its alerts. Raises IllegalMoveError for a number that is none."""
    numbers = {alert.seq for alert in session.alerts}
    unknown = [number for number in event.alerts if number not in numbers]
    if unknown:
        raise IllegalMoveError(f"there is no alert {unknown[0]}; `show` lists the alerts")
    seen = set(event.alerts)
    return replace(
        session,
        alerts=tuple(
            replace(alert, acknowledged=event.time, by=event.by)
            if alert.seq in seen and alert.acknowledged is None
            else alert
            for alert in session.alerts
        ),
    )
