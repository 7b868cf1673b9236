"""The words that a plan may use: names, modes, signals, placeholders."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

__all__ = [
    "ENGINES",
    "FAILURE_ACTIONS",
    "FAILURE_CLASSES",
    "LAUNCHERS",
    "NOTIFY_KINDS",
    "NUMBERS",
    "RESERVED_PLACEHOLDERS",
    "RUN_TIME_PLACEHOLDERS",
    "SIGNALS",
    "STANDARD_MODES",
    "STRATEGIES",
    "as_name",
    "did_you_mean",
    "is_environment_name",
    "is_identifier",
    "is_name",
    "shown",
]

STANDARD_MODES = ("development", "research", "validation", "production")
"""The modes every plan has, whether or not it gives them values."""

NUMBERS = ("dataset_limit", "epochs", "batch_size", "scale")
"""The parameters that are keys of their own; `params` holds any others."""

RUN_TIME_PLACEHOLDERS = (
    "attempt",
    "stage_dir",
    "session_dir",
    "result_path",
    "metrics_path",
    "checkpoint_dir",
    "previous_checkpoint_dir",
    "resume",
)
"""Placeholders that only a starting attempt can fill; of these only `previous_checkpoint_dir` may have no value."""

RESERVED_PLACEHOLDERS = ("python", "mode", "scale", "stage", "stage_index", *RUN_TIME_PLACEHOLDERS)
"""Reserved placeholders: no parameter may have such a name."""

SIGNALS = ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "ABRT", "ALRM", "VTALRM", "PROF", "URG", "WINCH", "XCPU", "IO")
"""Signals a program can catch and act on; KILL and STOP are the runner's own, after the grace."""

STRATEGIES = ("ladder", "geometric", "adaptive", "fit-budget")
ENGINES: Final = ("torchrun", "srun", "mpirun", "none")
"""What starts the ranks of a distributed stage."""

LAUNCHERS = ("local", "slurm", "ray")
FAILURE_CLASSES = (
    "oom", "nan", "timeout", "stall", "signal", "disk", "start", "preempted", "limit", "node", "doubt", "error",
)  # fmt: skip
NOTIFY_KINDS = ("failed", "finished", "stall", "nan", "lost")
"""What a message is sent for: `finished` is the end of a session, the others concern a stage."""

FAILURE_ACTIONS = ("retry", "retry_from_scratch", "skip", "stop", "pause")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_SHOWN = 80


def is_name(text: str) -> bool:
    """Whether `text` may name a plan, a stage or a mode: [A-Za-z0-9._-]{1,64}, not starting with `.` or `-`."""
    return _NAME.fullmatch(text) is not None


def as_name(text: str, fallback: str) -> str:
    """`text` made to follow the name rule, or `fallback` if nothing of it is left."""
    tidy = re.sub(r"[^A-Za-z0-9._-]+", "-", text).lstrip(".-")[:64].rstrip("-.")
    return tidy if is_name(tidy) else fallback


def is_identifier(text: str) -> bool:
    """Whether `text` may stand between the braces of a placeholder (ASCII letters, digits, underscore)."""
    return _IDENTIFIER.fullmatch(text) is not None


def is_environment_name(text: str) -> bool:
    """Whether `text` is a portable name of an environment variable (POSIX: letters, digits, underscore)."""
    return _IDENTIFIER.fullmatch(text) is not None


def shown(value: object) -> str:
    """A value for an error message: quoted, short, without control characters."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    if isinstance(value, str) and text[:1] == "'" and '"' not in text:
        text = f'"{text[1:-1]}"'
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest of the `known` words, or all of them where none is near and they are few."""
    choices = sorted(set(known))
    # A very long word would make the comparison slow, and has no near match.
    near = difflib.get_close_matches(word.lower()[:128].replace("-", "_"), choices, n=1, cutoff=0.6)
    near = near or difflib.get_close_matches(word[:128], choices, n=1, cutoff=0.6)
    near = near or [choice for choice in choices if len(word) > 2 and choice.startswith(word.lower())][:1]
    if near:
        return f'did you mean "{near[0]}"?'
    if 0 < len(choices) <= 12:
        return "known: " + ", ".join(choices)
    return ""
