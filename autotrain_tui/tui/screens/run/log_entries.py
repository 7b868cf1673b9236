"""Which of a session's logs to show in the tiles, the selected one first."""

from __future__ import annotations

from collections.abc import Iterator

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.session_view import View, log_of
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.log.tiles import LogEntry
from autotrain_tui.tui.model.rank_choices import AGENT, first_log, rank_logs

__all__ = ["log_entries", "wanted_attempt"]

_MOST = 4
"""As many as there are tiles."""
_MOST_RANKS = 64
"""Logs of ranks that are opened at once, for the merged view."""


def wanted_attempt(stage: Stage, number: int | None) -> Attempt | None:
    """The attempt with this number, else the latest."""
    return next((each for each in stage.attempts if each.number == number), stage.attempt)


def log_entries(view: View, selected: Stage, number: int | None, rank: str | None = None) -> list[LogEntry]:
    """The selected stage's log (of the attempt with this number, else the latest), then others.

    The others: stages that run now, the selected one's earlier attempts, stages that ran before, the latest first. If
    the attempt has ranks, they are its ranks: the chosen one first (`rank` or "agent"), else the one that failed first.
    """
    selected = _trial_in_sight(view, selected)
    wanted = wanted_attempt(selected, number)
    if wanted is not None and (entries := _rank_entries(view, selected, wanted, rank)):
        return entries
    entries = [_entry(view, selected, wanted)]
    for stage, attempt in _others(view, selected):
        if attempt is not wanted and len(entries) < _MOST:
            entries.append(_entry(view, stage, attempt))
    return [entries[0], *(entry for entry in entries[1:] if entry.path)]


def _trial_in_sight(view: View, stage: Stage) -> Stage:
    """Of a search the trial whose log says most now: the latest that runs, else its winner, else the last one."""
    trials = [trial for trial in view.session.trials_of(stage.name) if trial.attempts]
    if not trials:
        return stage
    running = [trial for trial in trials if trial.state in ACTIVE]
    won = [trial for trial in trials if trial.name in stage.winners]
    return (running or won or trials)[-1]


def _rank_entries(view: View, stage: Stage, attempt: Attempt, choice: str | None) -> list[LogEntry]:
    """The shown log, the rank that failed first, the other ranks, and what the engine printed last."""
    logs = rank_logs(view, attempt)
    if not logs:
        return []
    first = first_log(view, attempt, logs, choice)
    rest = sorted((log for log in logs if log is not first), key=lambda log: (log.choice == AGENT, not log.failed))
    whole, ranks = _entry(view, stage, attempt), len(logs) - 1
    group = f"{whole.title} · {ranks} rank{'s' * (ranks != 1)} and {logs[0].title}"
    return [
        LogEntry(log.name, log.path, f"{log.title} · {whole.title}", live=whole.live, group=group)
        for log in [first, *rest][:_MOST_RANKS]
    ]


def _others(view: View, selected: Stage) -> Iterator[tuple[Stage, Attempt]]:
    stages = [stage for stage in view.session.every_stage if stage.name != selected.name and stage.attempts]
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
            path = str(log_of(view.folder, attempt))
        except RecordsError:
            path = ""
    begun = stage.state in ACTIVE and attempt is stage.attempt
    return LogEntry(name, path, title, live=attempt is None or begun)
