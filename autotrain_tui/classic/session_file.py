"""The classic session log: a JSON file of results and their summary, written whole and read back whole."""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autotrain_tui.classic.records import SessionSummary, StageConfig, StageResult
from autotrain_tui.session.records.folder import replace_file

__all__ = ["read_history", "summary_of", "write_log"]


def summary_of(history: Sequence[StageResult]) -> SessionSummary:
    """The successful stages together."""
    good = [result for result in history if result.success]
    values = [result.final_similarity for result in good if result.final_similarity is not None]
    return SessionSummary(
        total_stages=len(good),
        total_time_minutes=sum((result.actual_time_minutes for result in good), 0.0),
        best_similarity=max(values, default=None),
        avg_similarity=sum(values) / len(values) if values else None,
        similarity_trend=values[-3:],
    )


def write_log(path: Path, head: Mapping[str, object], history: Sequence[StageResult]) -> None:
    """Replace the file atomically. `head` is what stands before the history. Raises OSError."""
    document = {
        **head,
        "training_history": [_entry(result) for result in history],
        "summary": asdict(summary_of(history)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(_finite(document), indent=2, ensure_ascii=False).encode(errors="replace") + b"\n")


def _entry(result: StageResult) -> dict[str, object]:
    entry = asdict(result)
    del entry["stdout"]  # the session's log has it all
    return entry


def _finite(value: Any) -> Any:
    """The value with null for what JSON has no number for."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def read_history(path: str | os.PathLike[str]) -> list[StageResult]:
    """The results of a session log, `stdout` empty. Raises OSError, and ValueError with what is wrong in it."""
    if not isinstance(path, str | os.PathLike):  # a number would be read, and closed, as a descriptor of the caller's
        raise ValueError(f"expected a path, found {type(path).__name__}")  # noqa: TRY004  as all of them
    with open(path, encoding="utf-8", opener=_open_file) as file:
        try:
            document = json.load(file)
        except RecursionError:
            raise ValueError("nested too deep") from None
    history = document.get("training_history") if isinstance(document, dict) else None
    if not isinstance(history, list):
        raise ValueError("expected a list training_history")  # noqa: TRY004  a file's content, no argument
    results = []
    for number, entry in enumerate(history, 1):
        try:
            results.append(_result(entry))
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"entry {number} of training_history: {what}") from None
    return results


def _open_file(path: str, flags: int) -> int:
    """Open a regular file; a pipe or a device would be read for ever. Raises OSError and ValueError."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError("not a file")
    return descriptor


def _result(entry: Any) -> StageResult:
    config = entry["config"]
    return StageResult(
        stage=_typed(entry["stage"], int, "stage"),
        config=StageConfig(
            dataset_limit=_typed(config["dataset_limit"], int, "dataset_limit"),
            epochs=_typed(config["epochs"], int, "epochs"),
            batch_size=_typed(config["batch_size"], int, "batch_size"),
            description=_typed(config["description"], str, "description"),
            stage=_typed(config["stage"], int, "config.stage"),
        ),
        success=_typed(entry["success"], bool, "success"),
        actual_time_minutes=_number(entry["actual_time_minutes"], "actual_time_minutes"),
        estimated_time_minutes=_number(entry["estimated_time_minutes"], "estimated_time_minutes"),
        final_similarity=None
        if entry["final_similarity"] is None
        else _number(entry["final_similarity"], "final_similarity"),
        error=None if entry["error"] is None else _typed(entry["error"], str, "error"),
        timestamp=_typed(entry["timestamp"], str, "timestamp"),
    )


def _typed(value: object, kind: type[Any], name: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{name}: expected {kind.__name__}, found {type(value).__name__}")
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name}: expected a number, found {value!r}")
    return float(value)
