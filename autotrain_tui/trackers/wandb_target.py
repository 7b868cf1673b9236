"""Weights & Biases as a target, by its own package (the extra `wandb`): offline unless WANDB_API_KEY is set.

Its step is never used: it drops what goes back. Each row has our step as the metric `step`, which all curves are drawn
over. Its file grows every 15 seconds, so that the last of them are lost if the follower is killed; at an attempt's end
the run is finished, and what was sent is in the file.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any

from autotrain_tui.errors import MachineError
from autotrain_tui.trackers.event_folder import Tags
from autotrain_tui.trackers.step_rows import step_rows
from autotrain_tui.trackers.target import Batch, Place, TrackedRun

__all__ = ["WandbTarget"]

_OURS = "step"
_LONGEST_ID = 100


class WandbTarget:
    """A project. Runs stay open from an attempt's begin to its end."""

    most_points = 2000

    def __init__(self, place: Place) -> None:
        """Raises MachineError if the package is not installed."""
        try:
            import wandb  # an extra, and slow to import
        except ImportError:
            install = "install it with: pip install 'autotrain-tui[wandb]'"
            raise MachineError(f"the package wandb is not installed; {install}") from None
        self._wandb: Any = wandb
        self._place = place
        self._online = bool(os.environ.get("WANDB_API_KEY"))
        self._runs: dict[str, Any] = {}
        self._tags: dict[str, Tags] = {}

    @property
    def to(self) -> str:
        """The project, and the folder if it is offline."""
        project = str(self._place.settings["project"])
        return project if self._online else f"{project} (offline, {self._place.folder / 'wandb'})"

    def begin(self, run: TrackedRun) -> None:
        """Open the run; one that resumes has the same id."""
        self._opened(run)

    def send(self, run: TrackedRun, batch: Batch) -> None:
        """Log a row for each step."""
        opened = self._opened(run)
        tags = self._tags[run.name]
        for row in step_rows(batch.points, lambda name: f"{name}_" if name == _OURS else tags.of(name)):
            opened.log({**row.values, _OURS: row.step, "_timestamp": row.wall_time})

    def end(self, run: TrackedRun) -> None:
        """Log how it ended and finish the run."""
        opened = self._opened(run)
        opened.config.update({"autotrain": {**run.session, **run.about}}, allow_val_change=True)
        for name, value in run.results.items():
            opened.summary[f"result/{name}"] = value
        opened.finish(exit_code=0 if run.state == "succeeded" else 1)
        del self._runs[run.name]

    def close(self) -> None:
        """Finish what is open: the session's runner is gone."""
        for opened in self._runs.values():
            opened.finish(exit_code=1)

    def _opened(self, run: TrackedRun) -> Any:
        """The open run of wandb; it is opened where it is not."""
        if run.name in self._runs:
            return self._runs[run.name]
        wandb, label = self._wandb, f"{self._place.session}/{run.name}"
        run.memory.setdefault("run_id", _run_id(label))
        opened = wandb.init(
            project=str(self._place.settings["project"]),
            entity=self._place.settings.get("entity"),
            dir=str(self._place.folder),
            mode="online" if self._online else "offline",
            id=run.memory["run_id"],
            name=label,
            group=self._place.session,
            resume="allow",
            reinit="create_new",
            notes=run.session.get("note"),
            tags=[tag for tag in str(run.session.get("tags", "")).split(", ") if tag][:20],
            settings=wandb.Settings(
                console="off", silent=True, disable_git=True, save_code=False, x_disable_stats=True, x_disable_meta=True
            ),
        )
        opened.define_metric("*", step_metric=_OURS)
        parameters = run.parameters if run.attempt == 1 else {f"attempt{run.attempt}": run.parameters}
        opened.config.update({**parameters, "autotrain": {**run.session, **run.about}}, allow_val_change=True)
        self._runs[run.name] = opened
        self._tags.setdefault(run.name, Tags())
        return opened


def _run_id(label: str) -> str:
    """The run's id: the same each time, of the characters that wandb takes."""
    mark = hashlib.sha256(label.encode(errors="replace")).hexdigest()[:8]
    return f"{re.sub('[^A-Za-z0-9_.-]', '-', label)[:_LONGEST_ID]}-{mark}"
