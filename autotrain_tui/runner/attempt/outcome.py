"""What an attempt's end means. The rules of DESIGN section 7, in one place, pure except for two small reads.

An attempt that ends after our signal has succeeded only if it exits 0 and wrote its result; otherwise it is what was
requested: paused, stopped, skipped. Without an exit record it is lost, never a success.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autotrain_tui.plan.model import Gate, PlanStage
from autotrain_tui.runner.attempt.doubts import OutputEnd, success_doubts, unsaved
from autotrain_tui.runner.attempt.engine_end import ended_by_engine, without_record
from autotrain_tui.runner.attempt.failure_class import classify, signal_name
from autotrain_tui.runner.attempt.first_failure import FirstFailure
from autotrain_tui.runner.attempt.saved_checkpoint import SavedCheckpoint
from autotrain_tui.session.journal.events import AttemptEnded, Doubt
from autotrain_tui.session.journal.state import Attempt
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.session.records.job_request import EngineEnd
from autotrain_tui.session.records.read_file import could_not_ask
from autotrain_tui.text.sanitize import sanitize

__all__ = ["AttemptEvidence", "decide_outcome", "log_tail", "oom_kills", "saves_when_asked", "tail_lines"]

EndState = Literal["succeeded", "failed", "paused", "skipped", "stopped", "lost"]

_REQUESTED: dict[str, EndState] = {
    "pause": "paused",
    "stop": "stopped",
    "kill": "stopped",
    "retry": "stopped",
    "skip": "skipped",
}
_LINES = 12
_TAIL = 64 << 10


@dataclass(frozen=True, slots=True)
class AttemptEvidence:
    """All that is known of an attempt that has ended."""

    plan: PlanStage
    attempt: Attempt
    end: Exit | None
    """The exit record; None if there is none."""
    output: OutputEnd = field(default_factory=OutputEnd)
    """What its log shows."""
    saved: SavedCheckpoint | None = None
    """What its checkpoint folder shows, if it was asked to save and end; None where that can't be told."""
    first_failure: FirstFailure | None = None
    """Of a distributed attempt, the rank that failed first."""
    result: Mapping[str, float] | None = None
    """The numbers of its result file; None if it wrote none that could be taken."""
    result_trouble: str = ""
    """Why the result file was not taken; empty if there is none, or it was."""
    last: Mapping[str, float] | None = None
    """The metrics' last values, as read while it ran."""
    best: float | None = None
    """The best value of the headline metric."""
    not_finite: bool = False
    """Whether the last loss it printed was nan or inf."""
    oom_kills: int = 0
    """How many processes the kernel's OOM killer ended on this machine while it ran."""
    why_lost: str = ""
    """The reason if its exit status is unknown."""
    why_requested: str = ""
    """The reason of whoever requested its end."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines of its log."""
        return self.output.tail[-_LINES:]

    @property
    def metrics(self) -> dict[str, float]:
        """Its final metrics: those of the result file over those read."""
        return {**(self.last or {}), **(self.result or {})}

    @property
    def clean(self) -> bool:
        """Whether its command exited with status 0."""
        return self.end is not None and self.end.exit_code == 0


def decide_outcome(evidence: AttemptEvidence) -> AttemptEnded:
    """The end as an event: its state, reason and failure class."""
    end, intent = evidence.end, evidence.attempt.intent
    if end is not None and end.engine is not None and not end.known:
        return _of_engine(evidence, end.engine)
    if end is None or not end.known:
        return _event(evidence, "lost", _why_lost(evidence))
    succeeded = evidence.clean and evidence.result is not None
    if intent in ("timeout", "policy") and not succeeded:
        return _ended_by_runner(evidence, end)
    if intent is not None:
        return _gated(evidence) if succeeded else _ended_by_request(evidence, end, intent)
    if not succeeded and (ended := ended_by_engine(end)) is not None:
        return _event(evidence, "failed", f"{ended.reason}, {how(end)}", ended.failure)
    if evidence.clean:
        return _sound(evidence, end)
    cause = classify(end, list(evidence.lines), not_finite=evidence.not_finite, oom_kills=evidence.oom_kills)
    rank = f"{evidence.first_failure.reason}; " if evidence.first_failure is not None else ""
    return _event(evidence, "failed", rank + cause.reason + _after_freeze(evidence.attempt, end), cause.failure)


def _event(
    evidence: AttemptEvidence,
    state: EndState,
    reason: str = "",
    failure: str | None = None,
    doubts: Sequence[Doubt] = (),
) -> AttemptEnded:
    end, attempt = evidence.end or Exit(), evidence.attempt
    began, seconds = attempt.started_mono, end.elapsed_seconds
    return AttemptEnded(
        stage=evidence.plan.name,
        attempt=attempt.number,
        state=state,
        reason=reason,
        failure=failure,
        lines=list(evidence.lines) if state in ("failed", "lost") else [],
        metrics=evidence.metrics,
        best=evidence.best,
        result=evidence.result is not None,
        failed_rank=evidence.first_failure.rank if evidence.first_failure is not None and state == "failed" else None,
        exit_code=end.exit_code,
        signal=end.signal,
        sent_by=end.sent_by,
        elapsed_seconds=seconds,
        cpu_seconds=end.cpu_seconds,
        max_rss_bytes=end.max_rss_bytes,
        swept=end.swept,
        doubts=list(doubts),
        ended_mono=began + seconds if seconds is not None and attempt.launcher == "local" else None,
    )


def _of_engine(evidence: AttemptEvidence, engine: EngineEnd) -> AttemptEnded:
    """A job that is over without an exit record of its shim: never a success."""
    intent = evidence.attempt.intent
    if not engine.ran and intent is not None:
        state = _REQUESTED.get(intent, "stopped")
        if state == "paused" and not evidence.plan.resumable:
            state = "stopped"
        why = evidence.why_requested if intent in ("pause", "skip") else ""
        return _event(evidence, state, why or "ended on request before it started")
    if not engine.ran and engine.state == "CANCELLED":
        return _event(evidence, "stopped", f"{engine.system} job {engine.job} was cancelled before it started")
    cause = without_record(engine)
    return _event(evidence, "lost", cause.reason, cause.failure or None)


def _why_lost(evidence: AttemptEvidence) -> str:
    if evidence.why_lost:
        return evidence.why_lost
    if evidence.end is not None and evidence.end.error is not None:
        return evidence.end.error.text
    return "it ended without an exit record: exit code unknown"


def _ended_by_runner(evidence: AttemptEvidence, end: Exit) -> AttemptEnded:
    """It ran past its limit, or the plan's policy ended it for what its output said (nan, stall)."""
    if evidence.attempt.failure is not None:
        return _event(evidence, "failed", evidence.why_requested, evidence.attempt.failure)
    return _event(evidence, "failed", f"ran past its limit, {how(end)}", "timeout")


def _ended_by_request(evidence: AttemptEvidence, end: Exit, intent: str) -> AttemptEnded:
    state = _REQUESTED.get(intent, "stopped")
    if state == "paused" and not evidence.plan.resumable:
        state = "stopped"
    reason = _request_reason(intent, end, evidence.why_requested)
    if evidence.saved is None:
        return _event(evidence, state, reason)
    text, doubt = unsaved(evidence.saved, evidence.output, end)
    return _event(evidence, state, f"{reason}; {text}" if text else reason, doubts=[doubt] if doubt is not None else [])


FREEZE_BLAMED_SECONDS = 1.0
"""A freeze at least this long may be why a distributed stage fails soon after it."""

AFTER_FREEZE_SECONDS = 120.0


def _after_freeze(attempt: Attempt, end: Exit) -> str:
    """Mentions a freeze that ended shortly before a failure: the collective may have timed out meanwhile."""
    long_enough = attempt.last_freeze_seconds >= FREEZE_BLAMED_SECONDS
    if attempt.thawed_mono is None or end.elapsed_seconds is None or not long_enough:
        return ""
    # the thaw is journaled when all processes run again: one that ends at once may be earlier
    after = max(0.0, attempt.started_mono + end.elapsed_seconds - attempt.thawed_mono)
    if after > AFTER_FREEZE_SECONDS:
        return ""
    return (
        f"; {after:.1f} s after a freeze of {attempt.last_freeze_seconds:.0f} s, which a distributed stage may not "
        "outlive"
    )


def how(end: Exit) -> str:
    """`exit code 3`, `ended by SIGTERM`."""
    return f"ended by {signal_name(end.signal)}" if end.signal is not None else f"exit code {end.exit_code}"


def _request_reason(intent: str, end: Exit, why: str) -> str:
    """The reason a person gave, and how the command ended. A stop's reason is the session's; a skip's stands alone."""
    words = {"pause": "paused", "stop": "stopped", "kill": "killed", "retry": "ended for a retry", "skip": "skipped"}
    text = f"{words.get(intent, 'ended')} on request, {how(end)}"
    if not why or intent in ("stop", "kill"):
        return text
    return why if intent == "skip" else f"{why} ({text})"


def saves_when_asked(plan: PlanStage, attempt: Attempt) -> bool:
    """Whether the attempt was asked to save a checkpoint and end."""
    again = attempt.again is not None and attempt.again.resume
    return plan.resumable and (attempt.intent in ("pause", "stop") or (attempt.intent == "retry" and again))


def _sound(evidence: AttemptEvidence, end: Exit) -> AttemptEnded:
    """A success that nobody asked for, with its doubts; with `strict` these make it a failure."""
    doubts = success_doubts(evidence.output, end, result=evidence.result is not None)
    if doubts and evidence.plan.strict:
        return _event(evidence, "failed", f"strict: {doubts[0].text}", "doubt", doubts)
    if evidence.result_trouble and evidence.result is None:
        text = f"its result file was not taken: {evidence.result_trouble}"
        return _event(evidence, "succeeded", text, doubts=doubts)
    return _gated(evidence, doubts)


def _gated(evidence: AttemptEvidence, doubts: Sequence[Doubt] = ()) -> AttemptEnded:
    """A success if the gate opens, else a failure."""
    trouble = gate_trouble(evidence.plan.gate, evidence.metrics)
    if trouble:
        return _event(evidence, "failed", trouble, "gate", doubts)
    return _event(evidence, "succeeded", doubts=doubts)


def gate_trouble(gate: Gate | None, metrics: Mapping[str, float]) -> str:
    """Why the gate doesn't open; empty when it does or there is none."""
    if gate is None:
        return ""
    value = metrics.get(gate.metric)
    if value is None:
        return f"gate: no value of {gate.metric} was read"
    if gate.min is not None and value < gate.min:
        return f"gate: {gate.metric} is {value:g}, below {gate.min:g}"
    if gate.max is not None and value > gate.max:
        return f"gate: {gate.metric} is {value:g}, above {gate.max:g}"
    return ""


def log_tail(path: Path) -> bytes:
    """The log's last 64 KiB; empty if there is none. Raises OSError if it could not be read just now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if could_not_ask(error, path):
            raise
        return b""
    try:
        status = os.fstat(descriptor)
        return os.pread(descriptor, _TAIL, max(0, status.st_size - _TAIL)) if stat.S_ISREG(status.st_mode) else b""
    finally:
        os.close(descriptor)


def tail_lines(data: bytes) -> tuple[str, ...]:
    """The non-empty lines of a log's tail, sanitized."""
    return tuple(text for text in (sanitize(line)[:500].rstrip() for line in data.split(b"\n")) if text)


def oom_kills() -> int | None:
    """How many processes the kernel's OOM killer has ended since boot (/proc/vmstat, oom_kill); None where unknown."""
    try:
        with open("/proc/vmstat", "rb", 0) as file:
            return int(file.read(1 << 16).partition(b"\noom_kill ")[2].split(b"\n", 1)[0])
    except (OSError, ValueError):
        return None
