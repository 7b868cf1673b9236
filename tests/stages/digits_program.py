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

PROJECT = Path(__file__).parents[2]
PROGRAM = PROJECT / "stages" / "digits" / "train.py"
SMALL = ("--dataset-limit", "1600", "--epochs", "4", "--batch-size", "16")


@contextmanager
def program_modules(*names: str) -> Iterator[list[ModuleType]]:
    """The program's own modules, imported as its folder on sys.path gives them, and forgotten afterwards."""
    folder = str(PROGRAM.parent)
    ours = [path.stem for path in PROGRAM.parent.glob("*.py")]
    sys.path.insert(0, folder)
    try:
        yield [importlib.import_module(name) for name in names]
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

    def start(self, *flags: str, resume: bool = False) -> subprocess.Popen[str]:
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
        self.lines = []
        return subprocess.Popen(
            [sys.executable, str(PROGRAM), *flags], env=environment(**variables), cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    def finish(self, process: subprocess.Popen[str]) -> int:
        """Reads the rest of its output; the exit code, negative for a signal."""
        assert process.stdout is not None
        with process:
            self.lines += process.stdout.read().splitlines()
        return process.returncode

    def run(self, *flags: str, resume: bool = False) -> int:
        return self.finish(self.start(*flags, resume=resume))

    def signalled(self, word: str, number: signal.Signals, *flags: str, resume: bool = False) -> int:
        """Starts it, sends the signal as soon as a line holds `word`, and waits for the end."""
        process = self.start(*flags, resume=resume)
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))
            if word in line:
                process.send_signal(number)
                break
        return self.finish(process)

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)
