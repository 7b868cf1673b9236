"""`watch`: a run that something else started, read while it grows, and never told what it cannot know."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.send_command import check_taken
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.binary_data import is_binary

from .rig import wait_for

LINE = "epoch {0}/12 train_loss {1:.4f} val_loss {2:.4f}\n"


class Watch:
    """The watching process on a source, and its session."""

    def __init__(self, root: Path, source: Path, *more: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-P", "-m", "autotrain_tui.runner.watch", str(root / "sessions"), str(source), *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.said = self.child.stdout.readline().decode().strip()
        status, _, name = self.said.partition(" ")
        self.folder = SessionFolder(root / "sessions" / name) if status == "0" else None

    def document(self) -> dict:
        return show(load_view(self.folder))

    def until(self, condition, what: str):
        return wait_for(lambda: condition(self.document()), what)

    def close(self) -> dict:
        self.child.stdin.close()
        assert self.child.wait(120) == 0
        return self.document()


@pytest.fixture
def watch(tmp_path):
    started: list[Watch] = []

    def start(source: Path, *more: str) -> Watch:
        started.append(Watch(tmp_path, source, *more))
        return started[-1]

    yield start
    for each in started:
        each.child.kill()
        each.child.wait()
        each.child.stdout.close()
        if not each.child.stdin.closed:
            each.child.stdin.close()


def append(log: Path, *epochs: int) -> None:
    with open(log, "a", encoding="utf-8") as file:
        file.writelines(LINE.format(epoch, 1 / epoch, 2 / epoch) for epoch in epochs)


def stage(document: dict) -> dict:
    return document["stages"][0]


@pytest.mark.process
def test_a_log_that_grows_is_a_session_with_progress_and_curves(tmp_path, watch):
    """What is there is read, then what comes; a truncated and replaced log is told and read on, a missing one is told."""
    log = tmp_path / "train.log"
    append(log, 1, 2, 3)
    running = watch(log)
    running.until(lambda it: it["metric"] and it["metric"]["last"] == pytest.approx(0.6667), "what was there")
    append(log, 4, 5, 6)
    found = running.until(lambda it: stage(it)["progress"]["epoch"] == 6.0 and it, "what came")
    assert (found["state"], stage(found)["state"], stage(found)["attempts"][0]["pid"]) == ("running", "running", None)
    assert stage(found)["attempts"][0]["log"] == str(log)
    with pytest.raises(RefusedError, match="nothing is sent to it"):
        check_taken(load_view(running.folder))
    log.write_text("")
    append(log, 7)
    running.until(lambda it: stage(it)["progress"]["epoch"] == 7.0, "what was written after the truncation")
    (tmp_path / "new").write_text(LINE.format(8, 0.1, 0.2))
    os.replace(tmp_path / "new", log)
    running.until(lambda it: stage(it)["progress"]["epoch"] == 8.0, "the log that took its place")
    log.unlink()
    running.until(lambda it: any("is gone" in alert["text"] for alert in it["alerts"]), "that it is gone")
    ended = running.close()
    assert (ended["state"], ended["outcome"], stage(ended)["state"]) == ("finished", None, "lost")
    assert "whether it goes on is unknown" in stage(ended)["reason"]
    assert ended["source"] == {"kind": "log", "path": str(log), "watched": True}


@pytest.mark.process
def test_the_end_of_its_process_is_no_exit_status(tmp_path, watch):
    """With --pid the run ends when the process does, and its exit status stays unknown, whatever the log says."""
    log = tmp_path / "train.log"
    append(log, *range(1, 13))
    program = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        running = watch(log, "--pid", str(program.pid))
        assert running.until(lambda it: stage(it)["attempts"][0]["pid"] == program.pid and it, "its process")
        program.kill()
        program.wait()
        ended = running.until(lambda it: it["state"] == "finished" and it, "its end")
    finally:
        program.kill()
        program.communicate()
    assert (ended["outcome"], stage(ended)["state"]) == (None, "lost")
    assert "its exit status is unknown" in stage(ended)["reason"]
    attempt = stage(ended)["attempts"][0]
    assert (attempt["exit_code"], attempt["signal"]) == (None, None)


@pytest.mark.process
def test_a_folder_of_a_csv_logger_is_followed(tmp_path, watch):
    """The run of the folder that was changed last, and what is added to it."""
    for name, age in (("version_0", 100.0), ("version_1", 0.0)):
        folder = tmp_path / "logs" / name
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("epoch,step,val_loss\n0,9,0.9\n1,19,0.8\n2,29,0.7\n")
        os.utime(folder / "metrics.csv", (time.time() - age, time.time() - age))
    running = watch(tmp_path / "logs")
    running.until(lambda it: it["metric"] and it["metric"]["last"] == 0.7, "what was there")
    with open(tmp_path / "logs" / "version_1" / "metrics.csv", "a", encoding="utf-8") as file:
        file.write("3,39,0.65\n")
    found = running.until(lambda it: it["metric"]["last"] == 0.65 and it, "what came")
    assert (found["metric"]["best_step"], found["plan"]) == (39, "version_1")
    assert "of 2 runs" in found["alerts"][0]["text"]
    assert running.close()["outcome"] is None


@pytest.mark.process
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "2 {0}: expected a log or a folder, found nothing"),
        (lambda path: path.write_bytes(b"\x7fELF\0\0\1" * 100), "2 {0}: is no text"),
        (lambda path: path.mkdir(), "2 {0}: found no event files"),
        (lambda path: os.mkfifo(path), "2 {0}: expected a log or a folder, and it is neither"),
    ],
)
def test_what_can_not_be_watched_is_refused_at_once(tmp_path, watch, make, words):
    """Nothing there, no text, no metrics, no file: one sentence, and nothing is created."""
    source = tmp_path / "source"
    make(source)
    refused = watch(source)
    assert refused.said.startswith(words.format(source))
    assert refused.child.wait(120) == 2
    assert not (tmp_path / "sessions").exists()


@pytest.mark.process
def test_a_process_that_does_not_exist_is_refused(tmp_path, watch):
    """A pid of nobody watches nothing."""
    log = tmp_path / "train.log"
    append(log, 1)
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert watch(log, "--pid", str(child.pid)).said == f"2 --pid: process {child.pid} does not exist (or has ended)"


@pytest.mark.process
def test_the_command_prints_it_and_leaves_nothing_behind(tmp_path):
    """Without a terminal events are printed; Ctrl-C ends the watch with 0, and its folder is gone."""
    log = tmp_path / "train.log"
    append(log, 1, 2, 3)
    root = tmp_path / "tmp"
    root.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "autotrain_tui", "watch", str(log), "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(root)},
    )
    types = []
    while "metric_chosen" not in types:
        types.append(json.loads(child.stdout.readline())["type"])
    child.send_signal(signal.SIGINT)
    types += [json.loads(line)["type"] for line in child.stdout.read().splitlines()]
    assert child.wait(120) == 0
    child.stdout.close()
    assert (types[0], types[-1]) == ("session_created", "session_finished")
    wait_for(lambda: not list(root.iterdir()), "nothing is left")


def test_text_and_what_is_none():
    """Colours and bars are text; zero bytes and many control characters are not."""
    assert not is_binary("epoch 1 \x1b[32mloss 0.5\x1b[0m\r 50%|█████\n".encode())
    assert not is_binary(b"")
    assert is_binary(b"epoch 1\0")
    assert is_binary(bytes(range(1, 32)) * 8)
