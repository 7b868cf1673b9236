"""What the end of a batch job means: who ended it, and whether a new attempt can help."""

from __future__ import annotations

from autotrain_tui.runner.attempt.failure_class import FailureCause
from autotrain_tui.session.records.attempt_files import Exit
from autotrain_tui.session.records.job_request import EngineEnd

__all__ = ["ended_by_engine", "without_record"]

_CLASSES = {
    "PREEMPTED": "preempted",
    "NODE_FAIL": "node",
    "BOOT_FAIL": "node",
    "TIMEOUT": "limit",
    "DEADLINE": "limit",
    "OUT_OF_MEMORY": "oom",
}

_SAYS = {
    "PREEMPTED": "a job of higher priority took its nodes",
    "NODE_FAIL": "its node failed",
    "BOOT_FAIL": "its node did not come up",
    "TIMEOUT": "it reached its time limit",
    "DEADLINE": "it reached its deadline",
    "OUT_OF_MEMORY": "it needed more memory than it had requested",
    "NOT_SUBMITTED": "the runner died before the job was submitted",
}


def ended_by_engine(end: Exit) -> FailureCause | None:
    """Why the batch system had the attempt end, from the order that its shim executed; None if it had not."""
    if end.sent_by not in ("slurm", "ray", "limit"):
        return None
    engine = end.engine or EngineEnd("")
    state, job = engine.state, f"{engine.system} job {engine.job}"
    if end.sent_by == "limit" or state in ("TIMEOUT", "DEADLINE"):
        return FailureCause("limit", f"{job} came to its time limit")
    if state == "CANCELLED":
        return FailureCause("signal", f"{job} {_cancelled(engine)}")
    if state in _CLASSES:
        return FailureCause(_CLASSES[state], f"{job}: {_SAYS[state]}")
    said = f" ({state.lower()})" if state else ""
    return FailureCause("preempted", f"{job} was ended by {engine.system}{said}")


def _cancelled(engine: EngineEnd) -> str:
    return "was cancelled (scancel)" if engine.system == "Slurm" else "was stopped (ray job stop)"


def without_record(engine: EngineEnd) -> FailureCause:
    """What is known of a job that is over without a record: its failure class may be empty."""
    says = _SAYS.get(engine.state, f"{engine.system} says {engine.state.lower()}")
    if engine.state == "CANCELLED":
        says = f"it {_cancelled(engine)}"
    code = f" ({engine.code})" if engine.code else ""
    job = f"{engine.system} job {engine.job}: " if engine.job else ""
    tail = "exit code unknown" if engine.ran else "its command was never started"
    return FailureCause(_CLASSES.get(engine.state, ""), f"{job}{says}{code}; {tail}")
