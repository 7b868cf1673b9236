"""What a person should look at, as parts of `show --json`: alerts, and signs that an end is not what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotrain_tui.session.journal.events import Doubt
from autotrain_tui.session.journal.state import AlertRecord

__all__ = ["alert_document", "doubt_documents"]

Json = dict[str, Any]


def alert_document(alert: AlertRecord) -> Json:
    """An alert; it is acknowledged by `seq`."""
    return {
        "seq": alert.seq,
        "time": alert.time,
        "kind": alert.kind,
        "stage": alert.stage,
        "text": alert.text,
        "acknowledged": alert.acknowledged is not None,
        "acknowledged_time": alert.acknowledged,
        "acknowledged_by": alert.by or None,
    }


def doubt_documents(doubts: Sequence[Doubt]) -> list[Json]:
    """Signs that an end is not what it says."""
    return [{"kind": doubt.kind, "text": doubt.text} for doubt in doubts]
