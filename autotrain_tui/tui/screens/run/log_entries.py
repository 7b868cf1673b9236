"""Which of a session's logs to show in the tiles, the selected one first."""

from __future__ import annotations

from collections.abc import Iterator

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.tiles import LogEntry

__all__ = ["log_entries"]

_MOST = 4
"""As many as there are tiles."""


def log_entries(view: View, selected: Stage, number: int | None) -> list[LogEntry]:
    """The selected stage's log (of the attempt with this number, else the latest), then others.

    The others: stages that run now, the selected one's earlier attempts, stages that ran before, the latest first.
    """
    wanted = next((each for each in selected.attempts if each.number == number), selected.attempt)
    entries = [_entry(view, selected, wanted)]
    for stage, attempt in _others(view, selected):
        if attempt is not wanted and len(entries) < _MOST:
            entries.append(_entry(view, stage, attempt))
    return [entries[0], *(entry for entry in entries[1:] if entry.path)]


def _others(view: View, selected: Stage) -> Iterator[tuple[Stage, Attempt]]:
    stages = [stage for stage in view.session.stages if stage.name != selected.name and stage.attempts]
    active = [stage for stage in stages if stage.state in ACTIVE]
    yield from ((stage, stage.attempts[-1]) for stage in active)
    yield from ((selected, attempt) for attempt in reversed(selected.attempts))
    yield from ((stage, stage.attempts[-1]) for stage in reversed(stages) if stage not in active)


def _entry(view: View, stage: Stage, attempt: Attempt | None) -> LogEntry:
    """An attempt's log; a stage that has none yet has a pane that waits."""
    name, title, path = sanitize(stage.name), f"{stage.info.index} {sanitize(stage.name)}", ""
    if attempt is not None:
        of = f" of {len(stage.attempts)}" if len(stage.attempts) > 1 else ""
        title += f" · attempt {attempt.number}{of}"
        name += f" {attempt.number}" if of else ""
        try:
            path = str(view.folder.at(attempt.folder).log)
        except RecordsError:
            path = ""
    begun = stage.state in ACTIVE and attempt is stage.attempt
    return LogEntry(name, path, title, live=attempt is None or begun)
