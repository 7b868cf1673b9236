"""Work on logs in the background: one thread for all jobs, which exists only while there are jobs."""

from __future__ import annotations

import threading
from typing import Protocol

__all__ = ["BackgroundWorker", "Job"]


class Job(Protocol):
    """Work in small steps; other threads may read its state at any time."""

    def step(self) -> bool:
        """Do a few milliseconds of work; True while more is left. Must not raise."""
        ...


class BackgroundWorker:
    """Runs jobs in turns, one step each, in one daemon thread, so that it never delays the end of the program."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._running = False
        self._stepping: Job | None = None
        self._dropped = False

    def add(self, job: Job) -> None:
        """Run the job until its `step` returns False; a job that is queued already takes at least one more step."""
        with self._lock:
            if job in self._jobs:
                self._jobs.remove(job)
            self._jobs.append(job)
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._run, name="log-work", daemon=True).start()

    def remove(self, job: Job) -> None:
        """Remove the job from the queue; a step that is running ends by itself."""
        with self._lock:
            if job in self._jobs:
                self._jobs.remove(job)
            self._dropped = self._dropped or job is self._stepping

    @property
    def idle(self) -> bool:
        """Is no job queued or running?"""
        return not self._running

    def _run(self) -> None:
        """Take the first job, run one step, and queue it again unless it is done or was removed meanwhile."""
        while True:
            with self._lock:
                if not self._jobs:
                    self._running = False
                    return
                job = self._jobs.pop(0)
                self._stepping, self._dropped = job, False
            try:
                more = job.step()
            except BaseException:  # a job must not raise; if one does, the other jobs get a new thread
                self._running = False
                raise
            with self._lock:
                if more and not self._dropped and job not in self._jobs:
                    self._jobs.append(job)
                self._stepping = None
