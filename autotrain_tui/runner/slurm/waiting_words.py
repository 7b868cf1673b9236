"""What a person reads of a job that has not started."""

from __future__ import annotations

from datetime import datetime

from autotrain_tui.slurm.job_list import JobRow

__all__ = ["waiting_words"]


def waiting_words(system: str, job: str | None, row: JobRow | None, submitting: str, queue: str) -> str:
    """`Slurm 4711: Priority, about 14:20`. `submitting`, `queue`: why these could not be asked, empty if they could."""
    if job is None:
        return f"{system}: not submitted yet: {submitting}" if submitting else f"{system}: being submitted"
    if row is None:
        return f"{system} {job}: submitted" + (f"; {queue}" if queue else "")
    if not row.queued:
        return f"{system} {job}: starting on {row.nodes}" if row.nodes else f"{system} {job}: starting"
    reason = row.reason if row.reason not in ("", "None") else "waits"
    return f"{system} {job}: {reason}{_about(row.start)}"


def _about(start: str) -> str:
    """The expected start as the controller's clock has it; its day too if it is not today."""
    try:
        when = datetime.fromisoformat(start)
    except ValueError:
        return ""
    today = when.date() == datetime.now().date()  # noqa: DTZ005  the cluster's own clock has no zone
    return f", about {when:%H:%M}" if today else f", about {when:%d %b %H:%M}"
