"""The queue, asked once for all jobs of this runner: at most one squeue in 5 s while a job waits, in 15 s otherwise.

AUTOTRAIN_QUEUE_SECONDS in the runner's environment says another time than the 5 s, from 1 s to ten minutes.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from autotrain_tui.runner.slurm.folder_looks import FolderLooks
from autotrain_tui.runner.slurm.seconds_setting import seconds_setting
from autotrain_tui.slurm.cluster import Cluster, read_cluster
from autotrain_tui.slurm.job_list import FORMAT, JobRow, NotAList, jobs_in
from autotrain_tui.slurm.tools import ToolAnswer, ask

__all__ = ["JobQueue"]

CLUSTER_SECONDS = 60.0
WAITING_SECONDS, RUNNING_TIMES = 5.0, 3
"""Seconds between two questions while a job waits, and how many times that while none does."""

FIRST_SECONDS = 1.0


class JobQueue:
    """What the controller last said of this user's jobs. `trouble` says why it could not be asked now."""

    SYSTEM = "Slurm"

    def __init__(self, run: Callable[[list[str]], ToolAnswer] = ask) -> None:
        self.trouble = ""
        self.rows: dict[str, JobRow] = {}
        self.answers = 0
        """How many whole answers there were."""
        self.begun = 0.0
        """When the last whole answer was asked for (monotonic): a job submitted later can't be in it."""
        self.seconds = seconds_setting(os.environ, "AUTOTRAIN_QUEUE_SECONDS", WAITING_SECONDS, 1.0, 600.0)
        """The least time between two questions, but for a session's end."""
        self._run = run
        self.folders = FolderLooks()
        """The folders of those jobs that wait, looked at together."""
        self._watchers: dict[Callable[[], bool], Callable[[], None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._asked = 0.0
        self._sooner = asyncio.Event()
        self._cluster: Cluster | None = None
        self._cluster_at = 0.0
        self._asking = asyncio.Lock()

    async def cluster(self) -> Cluster:
        """What the cluster is like, asked again after a minute: many stages may start at once. Raises NotAsked."""
        async with self._asking:
            now = time.monotonic()
            if self._cluster is None or now > self._cluster_at + CLUSTER_SECONDS:
                self._cluster, self._cluster_at = await asyncio.to_thread(read_cluster, self._run), now
            return self._cluster

    def watch(self, waits: Callable[[], bool], told: Callable[[], None]) -> None:
        """Ask while this watcher is there; `waits`: whether its job has yet to start or to leave the queue; `told` is
        called after each answer, and after each failure to get one.
        """
        self._watchers[waits] = told
        self._sooner.set()
        if self._task is None or self._task.done():
            # a second for the first jobs to be submitted: until then nothing is there to be asked about
            self._asked = max(self._asked, time.monotonic() - self.seconds + FIRST_SECONDS)
            self._task = asyncio.get_running_loop().create_task(self._poll())

    def leave(self, waits: Callable[[], bool]) -> None:
        """Forget a watcher."""
        self._watchers.pop(waits, None)
        if not self._watchers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def answered(self, seconds: float) -> None:
        """Return at the next answer (or the next failure to get one), or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    def named(self, name: str) -> JobRow | None:
        """The job with that name, if the last answer has it."""
        return next((row for row in self.rows.values() if row.name == name), None)

    def ask_soon(self) -> None:
        """Somebody waits for the next answer: ask again as soon as the last one is old enough."""
        self._sooner.set()

    async def _poll(self) -> None:
        while True:
            self._sooner.clear()
            await asyncio.sleep(max(0.0, self._asked + self.seconds - time.monotonic()))
            await self._ask()
            left = self.seconds * (RUNNING_TIMES - 1)
            if not any(waits() for waits in self._watchers):
                try:
                    async with asyncio.timeout(left):
                        await self._sooner.wait()
                except TimeoutError:
                    pass

    async def ask_now(self) -> None:
        """Ask beside the usual pace: for the few seconds of a session's end."""
        await self._ask()

    async def _ask(self) -> None:
        self._asked = began = time.monotonic()
        answer = await asyncio.to_thread(self._run, ["squeue", "--me", "-h", "-t", "all", "-o", FORMAT])
        try:
            if answer.good:
                self.rows, self.trouble = jobs_in(answer.text), ""
                self.begun = began
                self.answers += 1
            else:
                self.trouble = answer.trouble
        except NotAList as error:
            self.trouble = str(error)
        self._tell()

    def _tell(self) -> None:
        """Wake all who wait for an answer."""
        self._news.set()
        self._news = asyncio.Event()
        for told in tuple(self._watchers.values()):
            told()
