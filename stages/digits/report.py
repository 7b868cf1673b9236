"""What the training says: lines for people, JSON lines and one result for autotrain-tui.

Every figure is rounded once, by whoever hands it in, so that the printed, the streamed and the stored one are equal.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time

__all__ = ["Figures", "say", "stream", "write_result"]

Figures = dict[str, float | int]


def say(text: str) -> None:
    """Prints one line with the time of day. A full disk or a closed pipe must not end a training."""
    try:
        print(time.strftime("%H:%M:%S"), text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  nobody reads any more; the rest is dropped


def stream(path: str | None, figures: Figures) -> None:
    """Appends one JSON line to `path` (AUTOTRAIN_METRICS) in a single write, so that no reader sees half of one."""
    if not path:
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(figures) + "\n").encode())
        finally:
            os.close(handle)
    except OSError as error:
        say(f"metrics not written: {error}")


def write_result(paths: list[str], figures: Figures) -> None:
    """Writes the result to each path, atomically, nan as null.

    Raises OSError: a training without its result has not succeeded.
    """
    known = {name: value if math.isfinite(value) else None for name, value in figures.items()}
    for path in paths:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        partial = f"{path}.{os.getpid()}.partial"
        with open(partial, "w", encoding="utf-8") as file:
            file.write(json.dumps(known) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        say(f"result written: {path}")
