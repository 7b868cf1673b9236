"""Jobs that wait in a queue: what is looked at meanwhile, without Slurm."""

from __future__ import annotations

import asyncio
import os

import pytest

from autotrain_tui.runner.slurm import folder_looks, job_queue, job_watch
from autotrain_tui.runner.slurm.folder_looks import FolderLooks
from autotrain_tui.runner.slurm.job_queue import JobQueue
from autotrain_tui.runner.slurm.job_submitter import JobSubmitter
from autotrain_tui.runner.slurm.job_watch import JobWatch
from autotrain_tui.runner.slurm.slurm_launcher import SlurmLauncher
from autotrain_tui.session.records.attempt_files import Spec, Started, link_record
from autotrain_tui.session.records.job_files import JobRecord
from autotrain_tui.slurm.tools import ToolAnswer

JOBS = 20


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(folder_looks, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(job_queue, "FIRST_SECONDS", 0.0)


async def until(condition):
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Controller:
    """Lists jobs 1 to JOBS as pending; counts the questions."""

    def __init__(self) -> None:
        self.asked, self.reason = 0, "Priority"

    def __call__(self, words, **_options) -> ToolAnswer:
        assert words[0] == "squeue"
        self.asked += 1
        return ToolAnswer(True, "".join(f"{n}|PENDING|{self.reason}||N/A|1:00|a\n" for n in range(1, JOBS + 1)))


@pytest.fixture
async def queued(tmp_path):
    """JOBS watches of jobs that wait, and their controller."""
    controller = Controller()
    queue, watches = JobQueue(controller), []
    queue.seconds = 0.05
    for number in range(1, JOBS + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        link_record(folder, JobRecord("slurm", "a", "submitted", str(number), "2026-11-28T12:00:00.000Z"))
        spec = Spec("a", 1, ["true"], "/")
        watches.append(JobWatch(folder, queue, JobSubmitter(folder, spec, queue, None, controller)))
    await until(lambda: all("Priority" in watch.waiting for watch in watches))
    await until(lambda: controller.asked > 3)
    yield controller, watches
    for watch in watches:
        watch.close()


async def test_nothing_is_read_of_jobs_that_wait(queued, monkeypatch):
    """However often the queue is asked, the records of a folder are read again only after a file has come into it."""
    controller, watches = queued
    read = []
    monkeypatch.setattr(
        job_watch, "read_end", lambda folder, real=job_watch.read_end: read.append(folder) or real(folder)
    )
    asked = controller.asked
    await until(lambda: controller.asked >= asked + 4)
    assert read == []
    link_record(watches[7].folder, Started(cancelled=True))
    end = await asyncio.wait_for(watches[7].wait(), 120)
    assert (end.engine.state, end.engine.ran) == ("CANCELLED", False)
    assert set(read) == {watches[7].folder}


async def test_a_new_reason_is_heard_of_at_the_next_answer(queued):
    """Who waits for news of one job is woken by the answer for all."""
    controller, watches = queued
    controller.reason = "Resources"
    async with asyncio.timeout(120):
        while "Resources" not in watches[3].waiting:
            await watches[3].looked()
    assert not watches[3].ended


async def test_a_change_is_told_twice_and_a_folder_that_cannot_be_asked_each_time(tmp_path):
    """A second file may come within the same tick of the disk's clock; an error is the reader's to tell."""
    looks, told = FolderLooks(), []
    looks.watch(tmp_path, lambda: told.append(1))
    await until(lambda: len(told) == 2)
    await asyncio.sleep(0.1)
    assert len(told) == 2
    (tmp_path / "new").touch()
    os.utime(tmp_path, ns=(1, 1))  # surely another time, however coarse the disk's clock is
    await until(lambda: len(told) >= 4)  # a look between the two calls tells of it once more
    (tmp_path / "new").unlink()
    tmp_path.rmdir()
    await until(lambda: len(told) > 7)
    looks.leave(tmp_path)
    told.clear()
    await asyncio.sleep(0.1)
    assert told == []


async def test_what_the_cluster_is_like_is_asked_ahead_and_once():
    """The first submission waits for the answer that the runner's start has asked for; a failure is asked again."""
    asked, away = [], [True]
    answers = {"sinfo": "main*|1:00:00|up|3|4|1000|(null)\n", "scontrol": "ProctrackType = proctrack/cgroup\n"}

    def run(words, **_options):
        asked.append(words[0])
        return ToolAnswer(False, "", "away") if away else ToolAnswer(True, answers[words[0]])

    launcher = SlurmLauncher()
    launcher.queue = JobQueue(run)
    launcher.ask_ahead()
    await until(lambda: len(asked) == 2)
    await launcher._ahead
    away.clear()
    launcher.ask_ahead()
    assert (await launcher.queue.cluster()).tracks_by == "cgroup"
    assert sorted(asked) == ["scontrol", "scontrol", "sinfo", "sinfo"]


@pytest.mark.parametrize(
    ("said", "seconds"), [("", 5.0), ("60", 60.0), ("0", 1.0), ("1e9", 600.0), ("often", 5.0), ("nan", 5.0)]
)
def test_how_often_the_queue_is_asked_can_be_set(monkeypatch, said, seconds):
    """Every 5 s at most, unless the environment says another time; never more often than once a second."""
    monkeypatch.setenv("AUTOTRAIN_QUEUE_SECONDS", said)
    assert JobQueue().seconds == seconds
