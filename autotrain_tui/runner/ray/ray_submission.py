"""One job's submission to Ray: its name, the request's body, and the few lines of shell that become the shim."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.runner.slurm.shim_files import SHIM_START
from autotrain_tui.runner.slurm.submission import ENGINE_LOG, PLACE
from autotrain_tui.session.records.attempt_files import Spec
from autotrain_tui.session.records.job_request import RayRequest

__all__ = ["entrypoint", "own_variables", "request_body"]

_RESOURCES = {"num_cpus": "entrypoint_num_cpus", "num_gpus": "entrypoint_num_gpus", "memory": "entrypoint_memory"}


def entrypoint(folder: Path) -> str:
    """What Ray's shell runs on a node.

    Ray kills the process group of this shell when the job's supervisor dies: `setsid --wait` keeps the shim out of it,
    so that it lives to end the command and to write down how. Its stop goes to every descendant, whatever its group.
    """
    log, place, shim, attempt = (
        shlex.quote(os.fspath(path)) for path in (folder / ENGINE_LOG, folder / PLACE, folder / SHIM_START, folder)
    )
    return "\n".join(
        [
            f"exec >>{log} 2>&1",
            f"[ -e {place} ] || (umask 077; uname -n >{place})",
            "apart=; command -v setsid >/dev/null 2>&1 && apart='setsid --wait'",
            f"for python in {shlex.quote(sys.executable)} python3; do",
            f'  command -v "$python" >/dev/null 2>&1 && exec $apart "$python" -I -S {shim} {attempt}',
            "done",
            'echo "autotrain-tui: no python3 on $(uname -n)" >&2',
            "exit 127",
        ]
    )


def own_variables(environment: Mapping[str, str], runners: Mapping[str, str]) -> dict[str, str]:
    """What a stage's environment has beyond the runner's own, which is not that of the cluster's nodes."""
    return {name: value for name, value in environment.items() if runners.get(name) != value}


def request_body(folder: Path, spec: Spec, name: str, variables: Mapping[str, str]) -> dict[str, object]:
    """The body of the submission; `name` is its id, and Ray refuses the same id twice."""
    request = spec.ray or RayRequest("")
    known = {key: request.resources[name] for name, key in _RESOURCES.items() if name in request.resources}
    if "entrypoint_memory" in known:
        known["entrypoint_memory"] = int(known["entrypoint_memory"])
    custom = {name: amount for name, amount in request.resources.items() if name not in _RESOURCES}
    given = request.runtime_env.get("env_vars")
    env_vars = {**(given if isinstance(given, dict) else {}), **variables}
    env_vars["RAY_JOB_STOP_WAIT_TIME_S"] = str(request.stop_seconds)
    return {
        "submission_id": name,
        "entrypoint": entrypoint(folder),
        "runtime_env": {**request.runtime_env, "env_vars": env_vars},
        "metadata": {"autotrain-tui": f"{spec.stage} attempt {spec.attempt}"},
        **known,
        **({"entrypoint_resources": custom} if custom else {}),
    }
