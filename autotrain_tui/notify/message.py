"""What a message says: made from an event of the journal and the state after it. Pure.

Secrets are removed here, before the text leaves the process: what looks like one, and every value that is known to be
one (the receivers' URLs, the variables of `env_from`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import msgspec

from autotrain_tui.plan.model import Plan
from autotrain_tui.session.journal.events import Alert, AttemptEnded, Event, SessionFinished
from autotrain_tui.session.journal.state import Attempt, Session
from autotrain_tui.text.format import clock
from autotrain_tui.text.redact import HIDDEN, redact
from autotrain_tui.text.sanitize import sanitize

__all__ = ["Figure", "Message", "message_of", "secret_values", "test_message"]

MOST_LINES = 10
LONGEST_LINE = 300
LONGEST_REASON = 1000
SHORTEST_SECRET = 6
"""Characters; a shorter value, such as "1", would be hidden everywhere in the text."""


class Figure(msgspec.Struct, frozen=True):
    """A metric's name and value."""

    name: str
    value: float


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message; its fields are the keys of our own JSON. `elapsed` is seconds of running time."""

    version: int = 1
    kind: str
    title: str
    text: str
    session: str
    plan: str
    stage: str | None = None
    attempt: int | None = None
    state: str = ""
    reason: str = ""
    host: str = ""
    time: str = ""
    elapsed: float | None = None
    metric: Figure | None = None
    lines: tuple[str, ...] = ()
    link: str = ""


def secret_values(plan: Plan, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Values that no message may have: the URLs of `to` and the variables of `env_from`, longest first."""
    names = {name for stage in plan.stages for name in stage.env_from} | set(plan.notify.to if plan.notify else ())
    values = {environ[name] for name in names if len(environ.get(name, "")) >= SHORTEST_SECRET}
    return tuple(sorted(values, key=len, reverse=True))


def message_of(event: Event, session: Session, *, host: str, link: str, secrets: Sequence[str]) -> Message | None:
    """The message for an event, `session` being the state after it; None for an event that no kind stands for."""
    kind: str
    state: str
    match event:
        case AttemptEnded(state="failed" | "lost" as end, stage=stage, reason=reason, lines=lines):
            kind = state = end
        case Alert(kind="stall" | "nan" as sort, stage=stage, text=reason, lines=lines):
            kind = sort
            status = session.stage(stage) if stage is not None else None
            state = str(status.state) if status is not None else ""
        case SessionFinished(outcome=str(outcome), reason=reason):
            kind, state, stage, lines = "finished", outcome, None, []
        case _:
            return None
    attempt = _attempt(session, stage)
    elapsed = session.elapsed(event.mono) if stage is None else attempt.elapsed(event.mono) if attempt else None
    if isinstance(event, SessionFinished | AttemptEnded) and event.elapsed_seconds is not None:
        elapsed = event.elapsed_seconds
    metric = _metric(session, _last_measured(session) if stage is None else attempt)
    reason = _clean(reason, secrets, LONGEST_REASON)
    title = f"{session.plan}: {f'stage {stage} {_WORDS[kind]}' if stage else f'session {state}'}"
    return Message(
        kind=kind,
        title=title,
        text=_summary(session.id, host, reason, elapsed, metric),
        session=session.id,
        plan=session.plan,
        stage=stage,
        attempt=attempt.number if attempt is not None else None,
        state=state,
        reason=reason,
        host=host,
        time=event.time,
        elapsed=None if elapsed is None else round(elapsed, 3),
        metric=metric,
        lines=tuple(_clean(line, secrets, LONGEST_LINE) for line in lines[-MOST_LINES:]),
        link=link,
    )


_WORDS = {"failed": "failed", "lost": "was lost", "stall": "stalls", "nan": "is not a finite number"}


def test_message(plan: str, *, host: str, link: str) -> Message:
    """What `doctor --notify` sends."""
    return Message(
        kind="test",
        title=f"{plan}: test message",
        text=f"Messages of autotrain-tui reach you here ({host}).",
        session="",
        plan=plan,
        host=host,
        link=link,
    )


def _attempt(session: Session, stage: str | None) -> Attempt | None:
    found = session.stage(stage) if stage is not None else None
    return found.attempt if found is not None else None


def _last_measured(session: Session) -> Attempt | None:
    """The latest attempt that measured the headline metric."""
    attempts = [stage.attempt for stage in session.every_stage if stage.attempt is not None]
    measured = [attempt for attempt in attempts if session.metric_name in attempt.metrics]
    return max(measured, key=lambda attempt: attempt.started, default=None)


def _metric(session: Session, attempt: Attempt | None) -> Figure | None:
    """The headline metric as the attempt ended with it; JSON has no number that is not finite."""
    name = session.metric_name
    value = attempt.metrics.get(name) if attempt is not None and name is not None else None
    finite = value is not None and abs(value) < float("inf")
    return Figure(name, value) if finite and name is not None and value is not None else None


def _summary(session: str, host: str, reason: str, elapsed: float | None, metric: Figure | None) -> str:
    """One or two lines for a person."""
    figures = [f"{metric.name} {metric.value:.6g}"] if metric is not None else []
    if elapsed is not None:
        figures.append(f"after {clock(elapsed)}")
    first = ", ".join([*figures, f"on {host}"] if host else figures)
    return "\n".join(line for line in (reason, f"{first} ({session})") if line)


def _clean(text: str, secrets: Sequence[str], longest: int) -> str:
    """Printable text without secrets, cut to `longest` characters; cut last, or half a secret could stay."""
    found = os.fsdecode(text.encode("utf-8", "replace"))
    for secret in secrets:
        found = found.replace(secret, HIDDEN)
    found = sanitize(redact(found))
    for secret in secrets:  # colour codes may have stood within one
        found = found.replace(secret, HIDDEN)
    return found if len(found) <= longest else f"{found[: longest - 1]}…"
