"""The last lines of a log, for a place that is too small to scroll in it."""

from __future__ import annotations

from pathlib import Path

from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.text.sanitize import sanitize

__all__ = ["last_lines"]


def last_lines(path: Path, count: int) -> list[str]:
    """At most the last `count` lines with text, as a terminal would leave them: what a bar drew last.

    It reads the file; a log that can't be read has none.
    """
    log = LogFile(str(path))
    log.refresh()
    shown = [sanitize(each.data.rstrip(b"\r").rpartition(b"\r")[2].expandtabs(8)) for each in log.last(2 * count)]
    return [text for text in shown if text.strip()][-count:]
