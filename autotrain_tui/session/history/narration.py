"""A session's events as sentences, for watchers without a screen. Pure; the text is printable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from autotrain_tui.session.history.sentence import Level, Sentence
from autotrain_tui.session.history.sweep_narration import SWEEP_TELLERS
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.escape_filter import size_text
from autotrain_tui.text.sanitize import sanitize

__all__ = ["Level", "Sentence", "clock_time", "narrate"]


def clock_time(iso: str) -> str:
    """The local time of day of a journal time, `15:04:03`."""
    seconds = from_iso(iso)
    return "--:--:--" if seconds is None else datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%H:%M:%S")


def narrate(event: ev.Event, session: Session) -> Sentence | None:
    """The sentence for an event of `session` (as it is after the event); None for an event that is not reported."""
    teller = _TELLERS.get(type(event))
    sentence = teller(event, session) if teller is not None else None
    if sentence is None:
        return None
    return Sentence(
        sanitize(sentence.text), sanitize(sentence.stage), sentence.level, tuple(map(sanitize, sentence.lines))
    )


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _by(by: str) -> str:
    return f" by {by}" if by and by not in {"runner", "policy"} else ""


def _created(event: ev.SessionCreated, _session: Session) -> Sentence:
    budget = f", budget {fmt.clock(event.budget_seconds)}" if event.budget_seconds is not None else ""
    stages = f"{len(event.stages)} stage" + ("s" if len(event.stages) != 1 else "")
    return Sentence(f"session {event.id}: {event.plan}, {event.mode}, {stages}{budget}")


def _runner_started(event: ev.RunnerStarted, session: Session) -> Sentence | None:
    again = session.started != event.time
    return Sentence(f"runner restarted as process {event.pid}") if again else None


def _runner_stopped(event: ev.RunnerStopped, _session: Session) -> Sentence:
    return Sentence(f"the runner exited; its stages keep running{_because(event.reason)}", level="warning")


def _stopping(event: ev.SessionStopping, _session: Session) -> Sentence:
    return Sentence(f"{'killing' if event.intent == 'kill' else 'stopping'}{_because(event.reason)}", level="warning")


def _finished(event: ev.SessionFinished, session: Session) -> Sentence:
    if event.outcome is None:
        watched = session.source is not None and session.source.watched
        return Sentence(event.reason if watched else "imported; how it ended is not known")
    word = {"budget": "ended by its budget"}.get(event.outcome, event.outcome)
    took = f" after {fmt.clock(session.elapsed(event.mono))}"
    level: Level = {"succeeded": "good", "failed": "error", "stopped": "warning"}.get(event.outcome, "plain")  # type: ignore[assignment]  # a dict's values are plain str to mypy
    doubted = ", ".join(stage.name for stage in session.stages if stage.doubts and event.outcome == "succeeded")
    if doubted:
        return Sentence(f"session {word}{took}{_because(event.reason)}, in doubt: {doubted}", level="warning")
    return Sentence(f"session {word}{took}{_because(event.reason)}", level=level)


def _budget(event: ev.BudgetChanged, _session: Session) -> Sentence:
    limit = "none" if event.budget_seconds is None else fmt.clock(event.budget_seconds)
    return Sentence(f"budget is now {limit}{_by(event.by)}{_because(event.reason)}")


def _metric(event: ev.MetricChosen, _session: Session) -> Sentence:
    goal = "more is better" if event.goal == "max" else "less is better"
    who = "chosen" if event.chosen else f"set{_by(event.by)}"
    return Sentence(f"headline metric: {event.name}, {goal} ({who}{_because(event.reason)})")


def _command(event: ev.CommandTaken, _session: Session) -> Sentence | None:
    if event.accepted:
        return (
            Sentence(f"checkpoint requested{_by(event.by)}", event.stage or "") if event.verb == "checkpoint" else None
        )
    return Sentence(f"{event.verb} refused{_because(event.reason)}", event.stage or "", "warning")


def _attempt_starting(event: ev.AttemptStarting, session: Session) -> Sentence:
    number = f" (attempt {event.attempt}{', from its checkpoint' if event.resume else ''})"
    stage = session.stage(event.stage)
    params = ", ".join(f"{name} {value}" for name, value in event.params.items())
    words = ["starts" + (number if event.attempt > 1 else "")]
    if event.estimate_seconds is not None and event.estimate_seconds >= 1 and not event.resume:
        words.append(f"{fmt.estimate(event.estimate_seconds)} expected")
    if params and stage is not None:
        words.append(params)
    return Sentence("; ".join(words), event.stage)


def _attempt_ended(event: ev.AttemptEnded, session: Session) -> Sentence:
    took = fmt.clock(event.elapsed_seconds)
    if event.state == "succeeded":
        level: Level = "warning" if event.doubts else "good"
        value = event.metrics.get(session.metric_name) if session.metric_name else None
        metric = f", {session.metric_name or ''} {fmt.value(value)}" if value is not None else ""
        but = f"; {event.reason}" if event.reason else ""
        return Sentence(f"succeeded in {took}{metric}{but}{_in_doubt(event)}", event.stage, level)
    bad = event.state in ("failed", "lost")
    text = f"{event.state} after {took}{_because(event.reason or _how(event))}"
    return Sentence(text, event.stage, "error" if bad else "warning", tuple(event.lines) if bad else ())


def _in_doubt(event: ev.AttemptEnded) -> str:
    """The kinds of its doubts; each has just been told by an alert."""
    return f", in doubt: {', '.join(doubt.kind for doubt in event.doubts)}" if event.doubts else ""


def _attempt_corrected(event: ev.AttemptCorrected, session: Session) -> Sentence:
    sentence = _attempt_ended(event, session)
    return Sentence(f"was lost, and {sentence.text}: its exit record was found", sentence.stage, sentence.level)


def _how(event: ev.AttemptEnded) -> str:
    if event.exit_code is not None:
        return f"exit code {event.exit_code}"
    return f"signal {event.signal}" if event.signal is not None else ""


def _stage_stopping(event: ev.StageStopping, _session: Session) -> Sentence | None:
    if event.by == "sweep":
        return None  # the verdict on the trial has told it
    words = {
        "pause": "saving a checkpoint and ending (pause)",
        "skip": "stopping (skip)",
        "retry": "stopping (retry)",
        "kill": "killing",
        "timeout": "stopping (time limit)",
        "policy": "stopping (retry rule)",
    }
    asked = words.get(event.intent, "stopping")
    grace = "" if event.intent in ("pause", "kill") else f", SIG{event.signal}, grace period {event.grace_seconds:g} s"
    return Sentence(f"{asked}{grace}{_by(event.by)}{_because(event.reason)}", event.stage)


def _frozen(event: ev.StageFrozen, _session: Session) -> Sentence:
    return Sentence(
        f"frozen: {event.processes} process{'es' * (event.processes != 1)} suspended, "
        f"GPU memory stays allocated{_by(event.by)}{_because(event.reason)}",
        event.stage,
        "warning",
    )


def dropped_text(size: int, limit_mb: float | None) -> str:
    """What of a log's head is gone: `12.0 MiB of the beginning dropped (log_limit_mb = 10)`; without a limit that the
    journal knows of it is no doing of ours.
    """
    if limit_mb is None:
        return f"the first {size_text(size)} of the file are a hole"
    return f"first {size_text(size)} dropped (log_limit_mb = {limit_mb:g})"


def _log_dropped(event: ev.LogDropped, _session: Session) -> Sentence | None:
    """Told once: a flood drops its head again and again."""
    return None if event.before else Sentence(f"log: {dropped_text(event.begins_at, event.limit_mb)}", event.stage)


def _reset(event: ev.StageReset, _session: Session) -> Sentence | None:
    if event.by == "sweep":
        return None  # its promotion has told it
    wait = f" in {event.delay_seconds:g} s" if event.delay_seconds else ""
    changes = ", ".join(f"{name} {value}" for name, value in event.changes.items())
    return Sentence(
        f"will run again{wait}{_by(event.by)}{_because(event.reason)}" + (f" ({changes})" if changes else ""),
        event.stage,
    )


def _alert(event: ev.Alert, _session: Session) -> Sentence:
    return Sentence(f"{event.kind}: {event.text}", event.stage or "", "warning", tuple(event.lines))


# Each function takes the concrete event; a dict can't say that to the type checker, tell() guarantees it by the key.
_TELLERS: dict[type[ev.Event], Callable[[Any, Session], Sentence | None]] = {
    ev.SessionCreated: _created,
    ev.RunnerStarted: _runner_started,
    ev.RunnerStopped: _runner_stopped,
    ev.SessionStopping: _stopping,
    ev.SessionFinished: _finished,
    ev.BudgetChanged: _budget,
    ev.MetricChosen: _metric,
    ev.CommandTaken: _command,
    **SWEEP_TELLERS,
    ev.Decision: lambda event, _: Sentence(event.summary, event.stage or "") if event.summary else None,
    ev.StageWaiting: lambda event, _: Sentence(f"waiting{_because(event.reason)}", event.stage),
    ev.StageHeld: lambda event, _: Sentence(f"held{_by(event.by)}{_because(event.reason)}", event.stage),
    ev.StageReleased: lambda event, _: Sentence(f"released{_by(event.by)}", event.stage),
    ev.StageSkipped: lambda event, _: Sentence(f"skipped{_by(event.by)}{_because(event.reason)}", event.stage),
    ev.StageReset: _reset,
    ev.AttemptStarting: _attempt_starting,
    ev.AttemptAdopted: lambda event, _: Sentence(
        f"attempt {event.attempt} is still running and was adopted", event.stage
    ),
    ev.StageFrozen: _frozen,
    ev.StageThawed: lambda event, _: Sentence(f"running again{_by(event.by)}", event.stage),
    ev.StageStopping: _stage_stopping,
    ev.AttemptEnded: _attempt_ended,
    ev.AttemptCorrected: _attempt_corrected,
    ev.RetryPlanned: lambda event, _: Sentence(
        f"{event.failure}: {event.action} planned{_because(event.reason)}", event.stage, "warning", tuple(event.lines)
    ),
    ev.Alert: _alert,
    ev.AlertAcknowledged: lambda event, _: Sentence(
        f"{len(event.alerts)} alert{'s' * (len(event.alerts) != 1)} acknowledged{_by(event.by)}{_because(event.reason)}"
    ),
    ev.LogDropped: _log_dropped,
    ev.LogShrunk: lambda event, _: Sentence(event.text, event.stage, "warning"),
    ev.JournalRepaired: lambda event, _: Sentence(
        f"the journal's last line was incomplete; {event.dropped_bytes} bytes dropped", level="warning"
    ),
}
