"""What the Slurm tests share: plans of jobs, their records, and real tools of Slurm with a fault put in front of them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from tests.runner.rig import plan, python
from tests.runner.stages import TRAINER

SLOW_SAVE = """
import signal, sys, time
def save(*_):
    print("saving", flush=True); time.sleep(30); print("saved", flush=True); sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
while True: time.sleep(0.1)
"""


def attempt_folder(rig, name="a", attempt=1) -> Path:
    return rig.folder.attempt(rig.stage(name).info.index, name, attempt).path


def record(rig, file, name="a", attempt=1):
    return json.loads((attempt_folder(rig, name, attempt) / file).read_text())


def job_of(rig, name="a", attempt=1):
    return record(rig, "job.json", name, attempt)["id"]


def slurm_plan(*stages, **keys):
    return plan(*stages, launcher="slurm", **keys)


def trainer(name="a", **keys):
    return {"name": name, "command": python(TRAINER), "resumable": True, **keys}


def begun(rig, name="a", attempt=1):
    """Wait until the trainer has begun, and the journal says so."""
    rig.said(name, "step 3", attempt)
    rig.until(name, "running")


def go(rig):
    (rig.folder.path / "go").touch()


class Fault:
    """A script before one of Slurm's tools; it acts on files of its folder, so that a test can lift the fault."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        self.folder = folder
        folder.mkdir()
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def put(self, tool: str, script: str) -> None:
        """Shell lines; TOOL is the real one, DIR this folder."""
        real = shutil.which(tool, path=os.environ["PATH"].partition(":")[2])
        path = self.folder / tool
        path.write_text("#!/bin/sh\n" + script.replace("TOOL", real).replace("DIR", str(self.folder)))
        path.chmod(0o755)

    def lift(self, tool: str) -> None:
        (self.folder / tool).unlink()

    def told(self, name: str) -> bool:
        return (self.folder / name).exists()

    def tell(self, name: str) -> None:
        (self.folder / name).touch()
