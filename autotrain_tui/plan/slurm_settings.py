"""The table `slurm` of a stage: how it is read, written and joined, and what a stage's job requests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autotrain_tui.plan import read
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.names import shown
from autotrain_tui.plan.read import Location, Reader

__all__ = ["SlurmSettings", "settings_of", "table", "time_seconds", "write_table"]

_TIME = re.compile(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?")

_OURS = (
    "--requeue", "--no-requeue", "--wrap", "--output", "-o", "--error", "-e", "--job-name", "-J", "--signal", "--array",
    "-a", "--export", "--export-file", "--chdir", "-D", "--open-mode", "--parsable", "--wait", "-W", "--comment",
    "--input", "-i", "--test-only", "--time", "-t", "--nodes", "-N", "--ntasks-per-node", "--hold", "-H",
)  # fmt: skip
"""Options of sbatch that are keys of the plan, or without which a job could not be watched."""


@dataclass(frozen=True, slots=True)
class SlurmSettings:
    """What a plan says of a stage's job."""

    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    time: str = ""
    gres: str = ""
    cpus_per_task: int | None = None
    mem: str = ""
    setup: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    resubmit: bool = True


def _word(value: object, at: Location) -> str:
    """A text that is one word of a command line."""
    text = read.text(value, at)
    if not text.isprintable() or " " in text:
        raise at.error(f"expected one word, found {shown(text)}")
    return text


def _time(value: object, at: Location) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else read.text(value, at)
    if time_seconds(text) is None:
        raise at.expected('a time such as "90" (minutes), "12:00:00" or "2-12:00:00"', text)
    return text


def time_seconds(text: str) -> float | None:
    """Seconds of a time as sbatch(1) has it: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S; None if it is none, or is 0."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    days, one, two, three = (int(part) if part is not None else None for part in match.groups())
    if days is not None:
        seconds = ((days * 24 + (one or 0)) * 60 + (two or 0)) * 60 + (three or 0)
    elif three is not None:
        seconds = ((one or 0) * 60 + (two or 0)) * 60 + three
    else:
        seconds = (one or 0) * 60 + (two or 0)
    return float(seconds) or None


def _extra(value: object, at: Location) -> str:
    text = read.text(value, at)
    option = text.partition("=")[0]
    if not text.startswith("-"):
        raise at.error(f"expected an option of sbatch, found {shown(text)}", 'one word each: "--exclude=n7"')
    if option in _OURS:
        raise at.error(f"{option} can't be given: autotrain-tui sets it, or a key of [slurm] or [distributed] does")
    return text


def _setup(value: object, at: Location) -> str:
    text = read.text(value, at)
    if "\n" in text:
        raise at.error("expected one line of shell")
    return text


_READERS: dict[str, Reader[Any]] = {
    "partition": _word,
    "account": _word,
    "qos": _word,
    "constraint": _word,
    "time": _time,
    "gres": _word,
    "cpus_per_task": read.whole(1, 100_000),
    "mem": _word,
    "setup": read.list_of(_setup),
    "extra": read.list_of(_extra),
    "resubmit": read.flag,
}


def table(value: object, at: Location) -> dict[str, object]:
    """The keys that are given, typed: a stage's table is joined with the plan's."""
    return read.record(value, at, _READERS)


def write_table(value: Mapping[str, object]) -> object:
    """The keys as TOML holds them."""
    return {name: list(item) if isinstance(item, tuple) else item for name, item in value.items()}


def settings_of(stage: PlanStage) -> SlurmSettings:
    """The stage's settings, complete."""
    return SlurmSettings(**stage.slurm)  # type: ignore[arg-type]  # each value has its reader's type
