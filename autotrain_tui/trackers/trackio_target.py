"""trackio as a target, by its own package (the extra `trackio`): a local database.

Its queue is written every half second, so that this much is lost if the follower is killed.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any

from autotrain_tui.errors import MachineError
from autotrain_tui.trackers.event_folder import Tags
from autotrain_tui.trackers.step_rows import step_rows
from autotrain_tui.trackers.target import Batch, Place, TrackedRun

__all__ = ["TrackioTarget"]


class TrackioTarget:
    """A project. Runs stay open from an attempt's begin to its end."""

    most_points = 2000

    def __init__(self, place: Place) -> None:
        """Raises MachineError if the package is not installed."""
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is asked of a server
        try:
            import trackio  # an extra, and slow to import
        except ImportError:
            install = "install it with: pip install 'autotrain-tui[trackio]'"
            raise MachineError(f"the package trackio is not installed; {install}") from None
        self._trackio: Any = trackio
        self._project, self._session = str(place.settings["project"]), place.session
        self._runs: dict[str, Any] = {}
        self._tags: dict[str, Tags] = {}

    @property
    def to(self) -> str:
        """The project."""
        return self._project

    def begin(self, run: TrackedRun) -> None:
        """Open the run; one that resumes has the same name."""
        self._opened(run)

    def send(self, run: TrackedRun, batch: Batch) -> None:
        """Log a row for each step."""
        opened, tags = self._opened(run), self._tags[run.name]
        for row in step_rows(batch.points, tags.of):
            opened.log(row.values, step=row.step)

    def end(self, run: TrackedRun) -> None:
        """Log the numbers of the result file, and finish the run."""
        opened = self._opened(run)
        if run.results:
            opened.log({f"result/{name}": value for name, value in run.results.items()}, step=run.attempt)
        with contextlib.redirect_stdout(None):
            opened.finish()
        del self._runs[run.name]

    def close(self) -> None:
        """Finish what is open: the session's runner is gone."""
        for opened in self._runs.values():
            opened.finish()

    def _opened(self, run: TrackedRun) -> Any:
        """The open run of trackio; it is opened where it is not."""
        if run.name not in self._runs:
            with contextlib.redirect_stdout(None):
                self._runs[run.name] = self._trackio.init(
                    project=self._project,
                    name=f"{self._session}/{run.name}",
                    config={**run.parameters, "autotrain": {**run.session, **run.about}},
                    resume="allow",
                    embed=False,
                    auto_log_gpu=False,
                    auto_log_cpu=False,
                )
            self._tags.setdefault(run.name, Tags())
        return self._runs[run.name]
