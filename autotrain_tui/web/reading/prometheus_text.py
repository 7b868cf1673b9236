"""Figures for Prometheus: the text format 0.0.4, of live sessions and those that ended within the hour.

https://prometheus.io/docs/instrumenting/exposition_formats/. Names of metrics are labels: `val/acc` and `val_acc` would
be one name.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.history.documents import stage_metrics
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.history.listing import list_rows
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import SessionState, StageState
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.web.reading.gauge_tail import recent_gauges
from autotrain_tui.web.reading.watched_session import WatchedSession

__all__ = ["PrometheusFigures", "write_textfile"]

_KEPT_SECONDS = 3600.0
_HELP = {
    "autotrain_session_state": "1 for the state that the session is in.",
    "autotrain_session_elapsed_seconds": "Running time, pauses left out.",
    "autotrain_session_budget_seconds": "Time limit.",
    "autotrain_runner_up": "Whether the session has a living runner.",
    "autotrain_alerts": "Alerts of the session by kind.",
    "autotrain_stage_state": "1 for the state that the stage is in.",
    "autotrain_stage_progress": "Share of the stage that is done, 0 to 1.",
    "autotrain_stage_eta_seconds": "Expected time to the end of the stage.",
    "autotrain_stage_elapsed_seconds": "Running time of all attempts.",
    "autotrain_stage_attempts": "Attempts so far.",
    "autotrain_metric": "Last value of a metric.",
    "autotrain_gauge": "Last recorded value of a gauge; percent, bytes, bytes a second, degrees Celsius, watts.",
}

Sample = tuple[str, Mapping[str, str], float]


class PrometheusFigures:
    """Folds on the sessions that count at each scrape, from where the last one ended."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions
        self._watched: dict[str, WatchedSession] = {}

    def text(self) -> str:
        """The figures now; blocks."""
        names = self._names()
        self._watched = {name: self._watched.get(name) or self._new(name) for name in names}
        found: dict[str, list[str]] = {name: [] for name in _HELP}
        for watched in self._watched.values():
            try:
                view = watched.read()
            except AutotrainError:
                continue
            for name, labels, value in _samples(view, watched):
                found[name].append(f"{name}{_labels(labels)} {_number(value)}")
        lines = []
        for name, rows in found.items():
            if rows:
                lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge", *rows]
        return "\n".join([*lines, ""])

    def _new(self, name: str) -> WatchedSession:
        return WatchedSession(SessionFolder(self._sessions / name))

    def _names(self) -> list[str]:
        since = time.time() - _KEPT_SECONDS
        found = []
        for name, row in list_rows(str(self._sessions)):
            if not isinstance(row, ListRow):
                continue
            ended = from_iso(row.row["ended"]) if row.row["state"] == SessionState.FINISHED else None
            live = row.row["state"] in (SessionState.CREATED, SessionState.RUNNING, SessionState.STOPPING)
            if live or (ended is not None and ended > since):
                found.append(name)
        return found


def _samples(view: View, watched: WatchedSession) -> Iterable[Sample]:
    session = view.session
    own = {"session": view.folder.id, "plan": session.plan}
    state = str(session.outcome) if view.finished and session.outcome is not None else str(view.state)
    yield "autotrain_session_state", {**own, "state": state}, 1
    yield "autotrain_session_elapsed_seconds", own, view.elapsed_seconds
    if session.budget_seconds is not None:
        yield "autotrain_session_budget_seconds", own, session.budget_seconds
    if view.alive is not None:
        yield "autotrain_runner_up", own, float(view.alive)
    for kind, count in sorted(watched.alert_counts.items()):
        yield "autotrain_alerts", {**own, "kind": kind}, count
    for stage in session.stages:
        labels = {**own, "stage": stage.name}
        live = view.live.get(stage.name)
        yield "autotrain_stage_state", {**labels, "state": str(stage.state)}, 1
        yield "autotrain_stage_attempts", labels, len(stage.attempts)
        if stage.attempts:
            yield "autotrain_stage_elapsed_seconds", labels, stage.elapsed(view.mono)
        fraction = 1.0 if stage.state is StageState.SUCCEEDED else live.progress.fraction if live is not None else None
        if fraction is not None:
            yield "autotrain_stage_progress", labels, fraction
        if live is not None and live.eta_seconds is not None:
            yield "autotrain_stage_eta_seconds", labels, live.eta_seconds
        for name, value in stage_metrics(view, stage).items():
            yield "autotrain_metric", {**labels, "name": name}, value
    if not view.finished and view.alive:
        samples = recent_gauges(view.folder.gauges).samples
        for name, value in samples[-1][1].items() if samples else ():
            yield "autotrain_gauge", {**own, "name": name}, value


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return sanitize(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))


def write_textfile(folder: Path, text: str) -> None:
    """Write `autotrain.prom` for the textfile collector, by rename and readable for it. Raises OSError."""
    temporary = folder / f".autotrain.prom.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with open(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o644)
        file.write(text)
    os.replace(temporary, folder / "autotrain.prom")
