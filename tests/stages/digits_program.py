"""Runs stages/digits/train.py as a runner would, and waits for what it prints."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from threadpoolctl import threadpool_limits

PROJECT = Path(__file__).parents[2]
PROGRAM = PROJECT / "stages" / "digits" / "train.py"
SMALL = ("--dataset-limit", "640", "--epochs", "4", "--batch-size", "16")
SIGNALLING = """
import os, runpy, sys
program, word, number, *flags = sys.argv[1:]
sys.path.insert(0, os.path.dirname(program))
import report
say = report.say
def say_and_signal(text):
    global word
    say(text)
    if word and word in text:
        word = ""
        os.kill(os.getpid(), int(number))
report.say = say_and_signal
sys.argv = [program, *flags]
runpy.run_path(program, run_name="__main__")
"""
"""Runs the program so that a signal comes right after its first line with a certain word: no race, no waiting."""


@contextmanager
def program_modules(*names: str) -> Iterator[list[ModuleType]]:
    """The program's own modules, imported as its folder on sys.path gives them, and forgotten afterwards."""
    folder = str(PROGRAM.parent)
    ours = [path.stem for path in PROGRAM.parent.glob("*.py")]
    sys.path.insert(0, folder)
    try:
        modules = [importlib.import_module(name) for name in names]
        with threadpool_limits(1):  # as the program does; here numpy may have been imported long ago
            yield modules
    finally:
        sys.path.remove(folder)
        for name in ours:
            sys.modules.pop(name, None)


def environment(**variables: object) -> dict[str, str]:
    """Ours without any AUTOTRAIN_ variable, and these."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("AUTOTRAIN_")}
    return {**base, "PYTHONUNBUFFERED": "1", **{name: str(value) for name, value in variables.items()}}


@dataclass
class Attempts:
    """Attempts of one stage in `folder`, each with its own result and metrics file."""

    folder: Path
    previous: Path | None = None
    number: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def result_path(self) -> Path:
        return self.folder / f"result-{self.number}.json"

    @property
    def result(self) -> dict[str, float]:
        return json.loads(self.result_path.read_text())

    @property
    def metrics(self) -> list[dict[str, float]]:
        return [json.loads(line) for line in (self.folder / f"metrics-{self.number}.jsonl").read_text().splitlines()]

    def run(self, *flags: str, resume: bool = False) -> int:
        """One attempt; its exit code, negative for a signal."""
        return self._run([str(PROGRAM), *flags], resume=resume)

    def signalled(self, word: str, number: signal.Signals, *flags: str, resume: bool = False) -> int:
        """One attempt that gets the signal right after its first line with that word."""
        return self._run(["-c", SIGNALLING, str(PROGRAM), word, str(int(number)), *flags], resume=resume)

    def _run(self, words: list[str], *, resume: bool) -> int:
        self.folder.mkdir(exist_ok=True)
        self.number += 1
        variables: dict[str, object] = {
            "AUTOTRAIN_CHECKPOINT_DIR": self.checkpoints,
            "AUTOTRAIN_RESULT": self.result_path,
            "AUTOTRAIN_METRICS": self.folder / f"metrics-{self.number}.jsonl",
            "AUTOTRAIN_RESUME": int(resume),
        }
        if self.previous is not None:
            variables["AUTOTRAIN_PREVIOUS_CHECKPOINT_DIR"] = self.previous
        done = subprocess.run(
            [sys.executable, *words],
            env=environment(**variables),
            cwd=self.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.lines = done.stdout.splitlines()
        return done.returncode

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)
