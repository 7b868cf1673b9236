"""What a check before the start has found: how it came out, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Verdict"]


class Verdict(StrEnum):
    """How a check came out: a note informs, a failure would keep training from starting or from being recorded."""

    GOOD = "good"
    NOTE = "note"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and its sentence; `stage` when it concerns one stage alone."""

    check: str
    verdict: Verdict
    text: str
    stage: str | None = None
