"""What an attempt's end means. The rules of DESIGN section 7, in one place, pure but for two small reads.

An attempt that ends after our signal has succeeded only if it exits 0 and wrote its result; otherwise it is what was
asked: paused, stopped, skipped. Without an exit record it is lost, never a success.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.plan.model import Gate
from autotrain_tui.plan.model import Stage as PlanStage
from autotrain_tui.runner.attempt.failure_class import Verdict, classify, signal_name
from autotrain_tui.session.journal.events import AttemptEnded
from autotrain_tui.session.journal.state import Attempt
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.text.sanitize import sanitize

__all__ = ["judge", "last_lines", "oom_kills"]

_ASKED = {"pause": "paused", "stop": "stopped", "kill": "stopped", "retry": "stopped", "skip": "skipped"}
_LINES = 12
_TAIL = 64 << 10


def judge(
    plan: PlanStage,
    attempt: Attempt,
    end: Exit | None,
    *,
    lines: list[str],
    result: Mapping[str, float] | None,
    result_trouble: str,
    last: Mapping[str, float],
    best: float | None,
    not_finite: bool,
    oom_kills: int,
    policy: tuple[str, str] | None,
    why_lost: str,
    why_asked: str = "",
) -> AttemptEnded:
    """The end as an event. `last` are the metrics' last values as read, `result` those of the result file; `why_asked`
    is the reason of who asked it to end.
    """
    intent = attempt.intent
    metrics = {**last, **(result or {})}
    wrote = result is not None
    known: dict[str, object] = {}
    if end is not None:
        known = {
            "exit_code": end.exit_code,
            "signal": end.signal,
            "sent_by": end.sent_by,
            "elapsed_seconds": end.elapsed_seconds,
            "cpu_seconds": end.cpu_seconds,
            "max_rss_bytes": end.max_rss_bytes,
            "swept": end.swept,
            "ended_mono": attempt.started_mono + end.elapsed_seconds if end.elapsed_seconds is not None else None,
        }

    def ended(state: str, reason: str = "", failure: str | None = None, said: tuple[str, ...] = ()) -> AttemptEnded:
        shown = list(said) or (lines if state in ("failed", "lost") else [])
        return AttemptEnded(
            stage=plan.name,
            attempt=attempt.number,
            state=state,  # type: ignore[arg-type]
            reason=reason,
            failure=failure,
            lines=shown,
            metrics=metrics,
            best=best,
            result=wrote,
            **known,  # type: ignore[arg-type]
        )

    if end is None or not end.known:
        why = why_lost or (
            end.error.text
            if end is not None and end.error is not None
            else "it ended, and no exit record says how: exit code unknown"
        )
        return ended("lost", why)
    clean = end.exit_code == 0
    if intent in ("timeout", "policy") and not (clean and wrote):
        failure, reason = policy if policy is not None else ("timeout", f"ran past its limit, {how(end)}")
        return ended("failed", reason, failure)
    if intent is not None:
        if clean and wrote:
            return _gated(plan, metrics, ended)
        asked = _ASKED.get(intent, "stopped")
        if asked == "paused" and not plan.resumable:
            asked = "stopped"
        return ended(asked, _asked_words(attempt, end, why_asked))
    if clean:
        if result_trouble and not wrote:
            return ended("succeeded", f"its result file was not taken: {result_trouble}")
        return _gated(plan, metrics, ended)
    verdict: Verdict = classify(end, lines, not_finite=not_finite, oom_kills=oom_kills)
    return ended("failed", verdict.reason + _after_freeze(attempt, end), verdict.failure, tuple(lines))


FREEZE_BLAMED_SECONDS = 1.0
"""A freeze of that length or longer may be why a distributed stage ends badly soon after it."""

AFTER_FREEZE_SECONDS = 120.0


def _after_freeze(attempt: Attempt, end: Exit) -> str:
    """A freeze that ended shortly before a bad end: the other side of a collective may have given up meanwhile."""
    long_enough = attempt.last_freeze_seconds >= FREEZE_BLAMED_SECONDS
    if attempt.thawed_mono is None or end.elapsed_seconds is None or not long_enough:
        return ""
    # the thaw is journaled when all of the tree have been woken: who ends at once may be ahead of that
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


def _asked_words(attempt: Attempt, end: Exit, why: str) -> str:
    """A person's reason is kept; that of a stop is the session's own, and a skip says no more than why."""
    words = {"pause": "paused", "stop": "stopped", "kill": "killed", "retry": "ended for a retry", "skip": "skipped"}
    told = f"{words.get(attempt.intent or '', 'ended')} on request, {how(end)}"
    if not why or attempt.intent in ("stop", "kill"):
        return told
    return why if attempt.intent == "skip" else f"{why} ({told})"


def _gated(plan: PlanStage, metrics: Mapping[str, float], ended: object) -> AttemptEnded:
    assert callable(ended)
    trouble = gate_trouble(plan.gate, metrics)
    event = ended("failed", trouble, "gate") if trouble else ended("succeeded")
    assert isinstance(event, AttemptEnded)
    return event


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


def last_lines(path: Path, count: int = _LINES) -> list[str]:
    """The log's last non-empty lines as inert text."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return []
    try:
        size = os.fstat(descriptor).st_size
        data = os.pread(descriptor, _TAIL, max(0, size - _TAIL))
    except OSError:
        return []
    finally:
        os.close(descriptor)
    found = [text for text in (sanitize(line)[:500].rstrip() for line in data.split(b"\n")) if text]
    return found[-count:]


def oom_kills() -> int:
    """How many processes the kernel's OOM killer has ended since boot (/proc/vmstat, oom_kill); 0 where unknown."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            for line in file:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0
