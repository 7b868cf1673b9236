"""Work on logs beside the event loop: one thread for all of it, that exists only while there is something to do."""

from __future__ import annotations

import threading
from typing import Protocol

__all__ = ["BackgroundWorker", "Job"]


class Job(Protocol):
    """Work in small steps; its state may be read by other threads between and during the steps."""

    def step(self) -> bool:
        """Do a few milliseconds of work; True while more is left. Must not raise."""
        ...


class BackgroundWorker:
    """Runs jobs in turns, a step each, in one daemon thread: it never delays the end of the program."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._running = False
        self._stepping: Job | None = None
        self._dropped = False

    def add(self, job: Job) -> None:
        """Run the job until its `step` says False; if it is in line already, it takes at least one more step."""
        with self._lock:
            if job in self._jobs:
                self._jobs.remove(job)
            self._jobs.append(job)
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._run, name="log-work", daemon=True).start()

    def remove(self, job: Job) -> None:
        """Take the job out of the line; a step that is under way ends by itself."""
        with self._lock:
            if job in self._jobs:
                self._jobs.remove(job)
            self._dropped = self._dropped or job is self._stepping

    @property
    def idle(self) -> bool:
        """Is nothing in line and nothing under way?"""
        return not self._running

    def _run(self) -> None:
        """Take the first job out, let it step, and put it last again unless it is done or was taken out meanwhile."""
        while True:
            with self._lock:
                if not self._jobs:
                    self._running = False
                    return
                job = self._jobs.pop(0)
                self._stepping, self._dropped = job, False
            try:
                more = job.step()
            except BaseException:  # a job must not raise; where one does all the same, the others get another thread
                self._running = False
                raise
            with self._lock:
                if more and not self._dropped and job not in self._jobs:
                    self._jobs.append(job)
                self._stepping = None
