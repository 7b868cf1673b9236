"""After a flood: a child of low priority reads the ended attempt's log whole (`metrics.read_again`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from autotrain_tui.logs.open_log import begins_at
from autotrain_tui.metrics.curves.sampled_readings import Sampled, write_sampled
from autotrain_tui.session.records.folder import AttemptFolder

__all__ = ["start_reading_again"]


def start_reading_again(
    folder: AttemptFolder, log: Path, patterns: list[tuple[str, str]], skipped_bytes: int
) -> subprocess.Popen[bytes] | None:
    """Start the child, which outlives the runner; None, and the reason is recorded, if the log is not whole.

    `log` is the one that metrics are read from first.
    """
    gone = begins_at(log)
    reason = f"the log's first {gone} bytes were dropped (log_limit_mb)" if gone else ""
    write_sampled(folder.path, Sampled(skipped_bytes, reason))
    if gone:
        return None
    arguments = [str(folder.path.absolute()), msgspec.json.encode(patterns).decode(), str(log.absolute())]
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "autotrain_tui.metrics.read_again", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        write_sampled(folder.path, Sampled(skipped_bytes, f"the log could not be read again: {error.strerror}"))
        return None
