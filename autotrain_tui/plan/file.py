"""A plan's file as a table, with guards against irregular files, invalid text, size, depth and slow parsing."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

from autotrain_tui.plan.names import shown
from autotrain_tui.plan.read import Location

__all__ = ["LARGEST_PLAN", "file_text", "toml_table"]

LARGEST_PLAN = 1024 * 1024
"""Bytes; no plan written by a person is larger."""

_DEEPEST = 16
_MOST_DOTS = 32
_CHUNK = re.compile(r"[^={}\[\],#\n]+")


def file_text(path: Path) -> str:
    """The file's text, never blocking on a FIFO and never reading more than a plan may hold."""
    at = Location(os.fspath(path))
    try:
        # The type is checked before opening, because opening a device or a FIFO has effects.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise at.error("expected a regular file", "got a directory, a FIFO or a device")
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(LARGEST_PLAN + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise at.error(f"can't be read: {reason.lower()}") from None
    if len(data) > LARGEST_PLAN:
        raise at.error("a plan may have at most 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise at.error(f"line {line} is not valid UTF-8 (byte {error.start})") from None


def toml_table(text: str, at: Location) -> dict[str, object]:
    """The parsed text, with guards against what makes the parser slow or deep."""
    if len(text) > LARGEST_PLAN:
        raise at.error("a plan may have at most 1 MiB")
    too_deep = at.error(f"nested too deeply: at most {_DEEPEST} levels of tables and lists")
    # tomllib walks a dotted key once for each of its parts: 16 000 characters of `a.a.a` took 0.9 s [measured].
    for chunk in _CHUNK.finditer(text):
        if chunk[0].count(".") > _MOST_DOTS and text[chunk.end() : chunk.end() + 1] in {"=", "]"}:
            raise too_deep
    try:
        raw: dict[str, object] = tomllib.loads(text)
    except RecursionError:
        raise too_deep from None
    except ValueError as error:  # TOMLDecodeError, and int() on a number of thousands of digits
        raise at.error(f"invalid TOML: {_toml_reason(error)}") from None
    if _deeper_than(raw, _DEEPEST):
        raise too_deep
    return raw


def _toml_reason(error: ValueError) -> str:
    reason = str(error)
    return (reason[:1].lower() + reason[1:]) if reason.isprintable() else shown(reason)


def _deeper_than(value: object, limit: int) -> bool:
    """Whether tables and lists are nested deeper; level by level, so that depth costs no recursion."""
    level: list[object] = [value]
    for _ in range(limit + 1):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return any(isinstance(item, dict | list) for item in level)
