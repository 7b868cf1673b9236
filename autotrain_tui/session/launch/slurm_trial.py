"""`doctor --submit`: a short job that shows whether a stage could run: shared disk, python3, clocks, round trip."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.slurm_settings import settings_of
from autotrain_tui.session.launch.finding import Finding, Verdict
from autotrain_tui.slurm.controller import controller_trouble
from autotrain_tui.slurm.job_list import FORMAT, JobRow, NotAList, cure, jobs_in
from autotrain_tui.slurm.tools import ask, is_here

__all__ = ["ANSWER_CODE", "PATIENCE_SECONDS", "answered", "probe_folder", "try_job"]

PATIENCE_SECONDS = 120.0
"""How long the job is waited for, the queue included."""

SKEW_SECONDS = 5.0
"""A difference of clocks above which times of a node are misleading."""

ANSWER_CODE = """
import json, os, sys, time
folder = sys.argv[1]
with open(os.path.join(folder, "asked")) as file:
    asked = file.read()
answer = {"asked": asked, "time": time.time(), "python": sys.version.split()[0], "executable": sys.executable,
          "node": os.environ.get("SLURMD_NODENAME") or os.uname().nodename, "uid": os.getuid()}
with open(os.path.join(folder, ".answer"), "w") as file:
    json.dump(answer, file)
os.rename(os.path.join(folder, ".answer"), os.path.join(folder, "answer"))
time.sleep(1)
"""


def try_job(stages: Sequence[PlanStage], sessions: Path) -> Iterator[Finding]:
    """Submit one job for each kind of request that the stages make; what came back. Leaves no file and no job."""
    jobs = [stage for stage in stages if stage.launcher == "slurm"]
    if not any(stage.launcher != "local" for stage in stages):
        yield Finding("submit", Verdict.NOTE, 'no stage has launcher = "slurm" or "ray"; no job was submitted')
    if not jobs or not is_here("sbatch") or controller_trouble():
        return  # the plan's own finding says it
    seen = set()
    for stage in jobs:
        words = _request(stage)
        if words not in seen:
            seen.add(words)
            yield from _try(stage, words, sessions)


def _request(stage: PlanStage) -> tuple[str, ...]:
    settings = settings_of(stage)
    options = {
        "partition": settings.partition,
        "account": settings.account,
        "qos": settings.qos,
        "constraint": settings.constraint,
    }
    return (*(f"--{name}={value}" for name, value in options.items() if value), *settings.extra)


def _try(stage: PlanStage, request: tuple[str, ...], sessions: Path) -> Iterator[Finding]:
    try:
        with probe_folder(sessions) as folder:
            yield from _run(stage, request, folder)
    except OSError as error:
        yield Finding("submit", Verdict.FAIL, f"{sessions}: {error.strerror}")


@contextmanager
def probe_folder(sessions: Path) -> Iterator[Path]:
    """A folder for one trial, on the disk of the sessions; gone afterwards. Raises OSError."""
    parent = sessions
    while not parent.is_dir() and parent != parent.parent:
        parent = parent.parent
    folder = parent / f".probe-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        (folder / "asked").write_text(folder.name)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(stage: PlanStage, request: tuple[str, ...], folder: Path) -> Iterator[Finding]:
    began = time.monotonic()
    script = "\n".join(
        [
            "#!/bin/sh",
            f"for python in {shlex.quote(sys.executable)} python3; do",
            f'  command -v "$python" >/dev/null 2>&1 && exec "$python" -I -S -c {shlex.quote(ANSWER_CODE)} "$1"',
            "done",
            'echo "no python3 on $(uname -n)" >&2',
            "exit 127",
            "",
        ]
    )
    words = ["sbatch", "--parsable", "--no-requeue", "-J", "autotrain-tui-trial", "--time=1", "-o"]
    answer = ask(
        [*words, os.fspath(folder / "engine.log").replace("%", "%%"), "-D", "/", *request, "/dev/stdin", str(folder)],
        text=script,
    )
    job = answer.text.strip().split(";")[0]
    if not answer.good or not job.isdigit():
        yield Finding("submit", Verdict.FAIL, f"stage {stage.name}: {answer.trouble or 'sbatch printed no number'}")
        return
    row = None
    try:
        while not (folder / "answer").exists() and time.monotonic() < began + PATIENCE_SECONDS:
            time.sleep(1.0)
            row = _row(job) or row
            if row is not None and (row.ended or cure(row.reason)):
                time.sleep(1.0)  # the folder of a file server may be a moment behind
                break
        yield from _judged(stage, folder, row, job, time.monotonic() - began)
    finally:
        ask(["scancel", job])


def _row(job: str) -> JobRow | None:
    listed = ask(["squeue", "--me", "-h", "-t", "all", "-o", FORMAT])
    try:
        return jobs_in(listed.text).get(job) if listed.good else None
    except NotAList:
        return None


def _judged(stage: PlanStage, folder: Path, row: JobRow | None, job: str, seconds: float) -> Iterator[Finding]:
    name = f"stage {stage.name}: job {job}"
    found = answered(name, folder, seconds)
    yield from found or [Finding("submit", Verdict.FAIL, f"{name} {_why(folder, row)}")]


def answered(name: str, folder: Path, seconds: float) -> list[Finding]:
    """What the answer of the job `name` shows; empty if there is none."""
    try:
        answer = json.loads((folder / "answer").read_text())
        skew = answer["time"] - (folder / "answer").stat().st_mtime
    except (OSError, ValueError, KeyError):
        return []
    found = [
        Finding("submit", Verdict.GOOD, f"{name} ran on {answer['node']}; first answer after {seconds:.0f} s"),
        Finding("shared disk", Verdict.GOOD, f"{folder.parent} is the same on {answer['node']}"),
        Finding("node's Python", Verdict.GOOD, f"{answer['python']} ({answer['executable']})"),
    ]
    here = time.time() - (folder / "answer").stat().st_mtime
    if abs(skew) > SKEW_SECONDS or here < -SKEW_SECONDS:
        text = f"the clock of {answer['node']} differs by {skew:+.0f} s from the disk's"
        found.append(Finding("clock", Verdict.NOTE, text))
    return found


def _why(folder: Path, row: JobRow | None) -> str:
    """Why the job has not answered."""
    if row is None:
        return "is not in the queue and has not answered"
    if row.queued:
        help_ = cure(row.reason)
        return f"did not start within {PATIENCE_SECONDS:.0f} s: {row.reason}" + (f": {help_}" if help_ else "")
    try:
        said = (folder / "engine.log").read_text(errors="replace").strip()
    except OSError:
        said = ""
    if said:
        return f"ended as {row.state}: {said.splitlines()[-1][:200]}"
    return (
        f"ended as {row.state} on {row.nodes or 'a node'} and left nothing in {folder.parent}: that folder is not the "
        "same there; choose one on a shared disk with --sessions-dir"
    )
