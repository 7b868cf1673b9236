"""Which events become notifications, and their text. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import Outcome
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import OUTCOMES
from autotrain_tui.tui.model.session_feed import FeedChange

__all__ = ["Item", "notifications_of"]


class Item(msgspec.Struct, frozen=True):
    """One notification."""

    text: str
    title: str = ""
    severity: Literal["information", "warning", "error"] = "information"
    ends: bool = False
    """The session has ended."""
    alert: bool = False
    """An alert, which the session keeps."""
    on_run: bool = False
    """The Run screen itself says so, for as long as it holds."""

    @property
    def outside(self) -> bool:
        """Whether a person who looks elsewhere is told too."""
        return self.ends or self.severity != "information"


_ENDS: dict[str, tuple[str, Literal["information", "warning", "error"]]] = {
    "succeeded": ("succeeded", "information"),
    "failed": ("failed", "error"),
    "lost": ("was lost", "error"),
    "paused": ("is paused", "information"),
    "stopped": ("is stopped", "warning"),
    "skipped": ("is skipped", "information"),
}

_ACTIONS = {
    "retry": "is retried",
    "retry_from_scratch": "is retried from scratch",
    "skip": "is skipped",
    "stop": "stops the session",
    "pause": "is paused",
}


def notifications_of(change: FeedChange, view: View) -> list[Item]:
    """The notifications for a change: ends of stages, alerts, retries, a runner that died or adopted the session."""
    if change.first:
        return []
    items = [item for event in change.events if (item := _item(event, view)) is not None]
    if change.lost:
        items.append(
            Item(
                "Training continues; Enter on the Run screen starts a new runner.",
                "The runner has died",
                "error",
                on_run=True,
            )
        )
    return items if len(items) <= 3 else [Item(f"{len(items) - 2} more events", severity="information"), *items[-2:]]


def _item(event: ev.Event, view: View) -> Item | None:
    match event:
        case ev.AttemptEnded(stage=stage, state=state) if not _is_usual(view, stage, state):
            words, severity = _ENDS[state]
            if event.doubts:
                words, severity = f"{words}, in doubt", "warning"
            text = f"{sanitize(stage)} {words}{_detail(event, view)}"
            return Item(text, severity=severity, on_run=state in ("failed", "lost"))
        case ev.SweepEnded(stage=stage, state=state, reason=reason):
            severity = "error" if state == "failed" else "information"
            return Item(
                f"{sanitize(stage)} is decided: {sanitize(reason)}", severity=severity, on_run=state == "failed"
            )
        case ev.Alert(text=text, stage=about):
            return Item(sanitize(text), sanitize(about) if about else "Alert", "warning", alert=True)
        case ev.RetryPlanned(stage=stage, action=action, reason=reason):
            words = _ACTIONS.get(action, sanitize(action))
            return Item(f"{sanitize(stage)} {words}" + (f": {sanitize(reason)}" if reason else ""), severity="warning")
        case ev.LogShrunk(stage=stage, text=text):
            return Item(f"{sanitize(stage)}: {sanitize(text)}", severity="warning")
        case ev.SessionFinished(outcome=str(outcome)):
            style = OUTCOMES[Outcome(outcome)]
            return Item(
                f"{style.sign} {sanitize(view.session.plan)}: {style.word}",
                severity="error" if outcome == "failed" else "information",
                ends=True,
                on_run=True,
            )
        case ev.RunnerStarted() if view.session.seq > 2:
            return Item("a new runner has adopted the session")
        case _:
            return None


def _is_usual(view: View, name: str, state: str) -> bool:
    """Whether it is what most trials of a search come to: resting at a rung, or their end."""
    stage = view.session.stage(name)
    return stage is not None and bool(stage.info.sweep) and state in {"paused", "succeeded", "stopped"}


def _detail(event: ev.AttemptEnded, view: View) -> str:
    if event.state == "succeeded":
        name = view.session.metric_name
        final = event.metrics.get(name) if name else None
        return f" · {sanitize(name or '')} {fmt.value(final)}" if final is not None else ""
    return f": {sanitize(event.reason)}" if event.reason else ""
