"""What a retry of a stage should change: half the batch after it ran out of memory, more time after a timeout. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.text import format as fmt

__all__ = ["RetryProposal", "retry_proposal"]

_BATCHES = ("batch_size", "per_device_train_batch_size", "train_batch_size", "micro_batch_size", "batch", "bs")
"""Parameters that decide how much memory a step takes, the first that a stage has."""
_SPARE = 1.2
"""Of the time that its progress says it needs."""
_LEAST_FRACTION = 0.05


class RetryProposal(NamedTuple):
    """The parameter, its value now and then, and why, as a sentence."""

    name: str
    before: str
    value: int | float
    why: str

    def texts(self, stage: str) -> tuple[str, str, str]:
        """The question's title and text, and its answer."""
        change = f"{self.name} {self.value} instead of {self.before}"
        text = f"{self.why} A new attempt of stage {stage} is started with {change}."
        return f"Retry {stage} with {change}?", text, f"Retry with {self.name} {self.value}"


def retry_proposal(stage: Stage) -> RetryProposal | None:
    """What is proposed for a stage that has failed; None if nothing follows from its failure."""
    attempt = stage.attempt
    if stage.state is not StageState.FAILED or attempt is None or attempt.end is None:
        return None
    if attempt.end.failure == "oom":
        return _less_memory(stage)
    if attempt.end.failure == "timeout" and attempt.timeout_seconds is not None:
        return _more_time(stage, attempt.timeout_seconds)
    return None


def _less_memory(stage: Stage) -> RetryProposal | None:
    attempt = stage.attempt
    has = {**stage.info.params, **stage.changes}
    name = next((name for name in _BATCHES if isinstance(has.get(name), int) and not isinstance(has[name], bool)), None)
    now = has.get(name) if name is not None else None
    if name is None or not isinstance(now, int) or now < 2:
        return None
    usage = attempt.end.usage if attempt is not None and attempt.end is not None else None
    took = ""
    if usage is not None and usage.gpu_memory_peak_bytes is not None:
        took = f" (GPU memory peak {fmt.size(usage.gpu_memory_peak_bytes)})"
    elif usage is not None and usage.max_rss_bytes is not None:
        took = f" (memory peak {fmt.size(usage.max_rss_bytes)})"
    return RetryProposal(name, str(now), now // 2, f"It ran out of memory{took}.")


def _more_time(stage: Stage, limit: float) -> RetryProposal:
    """Its progress says how long it needs; without one twice the limit."""
    attempt = stage.attempt
    fraction = attempt.progress.fraction if attempt is not None and attempt.progress is not None else None
    known = fraction is not None and _LEAST_FRACTION < fraction < 1.0
    needed = limit / fraction * _SPARE if known and fraction else 2 * limit
    done = f" at {fmt.percent(100 * fraction)} of its work" if known and fraction else ""
    why = f"It reached its limit of {limit / 60:g} min{done}."
    return RetryProposal("timeout_minutes", f"{limit / 60:g}", math.ceil(needed / 60), why)
