"""Texts of others on the page: printable, and without secrets."""

from __future__ import annotations

from typing import Any

from autotrain_tui.text.redact import redact, redact_all
from autotrain_tui.text.sanitize import sanitize

__all__ = ["safe", "safe_document"]


def safe(text: str | bytes) -> str:
    """A text of a stage, a plan or a log as it may be shown."""
    return redact(sanitize(text))


def safe_document(document: Any) -> Any:  # a JSON value in, the same shape out
    """A JSON document with every text and every name in it safe."""
    return _printable(redact_all(document))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return sanitize(value)
    if isinstance(value, dict):
        return {sanitize(str(name)): _printable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value
