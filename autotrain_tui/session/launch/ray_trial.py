"""`doctor` and Ray: which clusters answer, and with --submit a short job that shows whether a stage could run there."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.ray_settings import TOKEN_VARIABLE, ray_address
from autotrain_tui.ray.job_client import JobClient, RayNotAsked, RefusedByRay
from autotrain_tui.session.launch.finding import Finding, Verdict
from autotrain_tui.session.launch.slurm_trial import ANSWER_CODE, PATIENCE_SECONDS, answered, probe_folder

__all__ = ["try_ray_job"]

_LOOK_SECONDS = 0.5


def try_ray_job(stages: Sequence[PlanStage], sessions: Path) -> Iterator[Finding]:
    """Submit one job to each cluster that the stages name; what came back. Leaves no file and no running job."""
    clusters: dict[str, PlanStage] = {}
    for stage in stages:
        if stage.launcher == "ray":
            clusters.setdefault(ray_address(stage, os.environ), stage)
    for address, stage in clusters.items():
        if not address:
            continue  # the plan's own finding says it
        client = JobClient(address, os.environ.get(TOKEN_VARIABLE, ""))
        try:
            with probe_folder(sessions) as folder:
                yield Finding("Ray", Verdict.GOOD, f"{client.version()} at {address}")
                yield from _run(stage, client, folder)
        except (RayNotAsked, RefusedByRay) as error:
            yield Finding("submit", Verdict.FAIL, f"stage {stage.name}: {error}")
        except OSError as error:
            yield Finding("submit", Verdict.FAIL, f"{sessions}: {error.strerror}")


def _run(stage: PlanStage, client: JobClient, folder: Path) -> Iterator[Finding]:
    began, job = time.monotonic(), f"autotrain-tui-trial-{secrets.token_hex(4)}"
    code = shlex.quote(ANSWER_CODE)
    lines = [
        f"for python in {shlex.quote(sys.executable)} python3; do",
        f'  command -v "$python" >/dev/null 2>&1 && exec "$python" -I -S -c {code} {shlex.quote(str(folder))}',
        "done",
        "exit 127",
    ]
    client.submit({"submission_id": job, "entrypoint": "\n".join(lines)})
    status = None
    try:
        while not (folder / "answer").exists() and time.monotonic() < began + PATIENCE_SECONDS:
            status = client.jobs().get(job)
            if status is None or status.status in ("FAILED", "STOPPED", "SUCCEEDED"):
                time.sleep(1.0)  # the folder of a file server may be a moment behind
                break
            time.sleep(_LOOK_SECONDS)
        said = " ".join(status.message.split())[:300] if status is not None else "Ray has forgotten it"
        found = answered(f"stage {stage.name}: job {job}", folder, time.monotonic() - began)
        yield from found or [
            Finding(
                "submit",
                Verdict.FAIL,
                f"stage {stage.name}: job {job} has not answered: {said}; its node must share {folder.parent}",
            )
        ]
    finally:
        client.stop(job)
