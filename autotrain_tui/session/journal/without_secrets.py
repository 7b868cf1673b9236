"""Events without secrets: what looks like one is hidden before an event is written (DESIGN section 6, FAULTS X15).

The words that run stay whole in `plan.toml` and `spec.json`, which only their owner can read.
A person's own changes (`retry --set`) stay whole too: the runner runs what the journal says.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from autotrain_tui.session.journal.events import (
    AttemptEnded,
    AttemptStarting,
    Event,
    SessionCreated,
    StageAdded,
    StageDefinition,
)
from autotrain_tui.text.redact import redact, redact_all, redact_words

__all__ = ["MAY_HOLD", "without_secrets"]

E = TypeVar("E", bound=Event)


MAY_HOLD = frozenset({SessionCreated, StageAdded, AttemptStarting, AttemptEnded})
"""The kinds of events that `without_secrets` looks into."""


def without_secrets(event: E) -> E:
    """The event as it may be recorded: commands, parameters under secret names and quoted output without secrets."""
    match event:
        case SessionCreated():
            return replace(
                event,
                command_line=redact_words(event.command_line),
                command=redact_words(event.command),
                stages=[_stage(stage) for stage in event.stages],
            )
        case StageAdded():
            return replace(event, info=_stage(event.info))
        case AttemptStarting():
            return replace(event, command=redact_words(event.command), params=redact_all(event.params))
        case AttemptEnded():
            return replace(
                event,
                swept=[replace(one, command=redact(one.command)) for one in event.swept],
                lines=[redact(line) for line in event.lines],
                reason=redact(event.reason),
                doubts=[replace(doubt, text=redact(doubt.text)) for doubt in event.doubts],
            )
    return event


def _stage(info: StageDefinition) -> StageDefinition:
    return replace(info, params=redact_all(info.params))
