"""One job's submission: the batch script, the words of sbatch, and how a job whose id is unknown is found again.

The shim is copied into the attempt's folder, which the node shares: a later version of the program changes no job that
waits. The script is a few lines of shell that become that shim, so that slurmstepd's direct child, which alone hears a
`scancel` under every kind of process tracking, is the shim itself.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

from msgspec.structs import replace

from autotrain_tui.runner.slurm.shim_files import SHIM_START
from autotrain_tui.session.records.attempt_files import RelaySettings, Spec
from autotrain_tui.session.records.job_request import SlurmRequest
from autotrain_tui.slurm.cluster import Cluster

__all__ = ["ENGINE_LOG", "PLACE", "batch_script", "for_cluster", "id_in", "job_name", "never_taken", "sbatch_words"]

ENGINE_LOG = "engine.log"
"""What the batch script and a shim that can't start print; in the attempt's folder."""

PLACE = "place"
"""The nodes of the job, as Slurm names them to it: `n[1-2]`."""

FALLBACK = "python3"
"""What runs the shim on a node that does not have the runner's own interpreter."""

_ID = re.compile(r"(\d+)(;.*)?")

_AWAY = (
    "Unable to contact slurm controller", "Socket timed out", "Connection refused", "Connection timed out",
    "Zero Bytes were transmitted", "Resource temporarily unavailable", "slurmctld", "Transport endpoint",
    "Connection reset", "in standby mode", "Communication connection failure", "Slurm temporarily unable",
    "Insufficient permission to use the socket", "munge", "Munge", "try again", "no answer within",
    "Message receive failure", "Message send failure", "Unexpected message received",
)  # fmt: skip
"""Words of sbatch by which the controller could not be asked, or has not answered: it may have taken the job."""


def job_name(spec: Spec, token: str) -> str:
    """A name that no other job of this user has. Others can read it: it has the stage's name and nothing else of us."""
    return f"{spec.stage[:40]}.{spec.attempt}.{token}"


def batch_script(request: SlurmRequest) -> str:
    """The script. Only with `setup` does a shell run lines of the plan: bash, as modules need."""
    shell = "#!/bin/bash" if request.setup else "#!/bin/sh"
    own = shlex.quote(sys.executable)
    return "\n".join(
        [
            shell,
            f'[ -e "$1/{PLACE}" ] || (umask 077; echo "$SLURM_JOB_NODELIST" >"$1/{PLACE}")',
            *request.setup,
            f"for python in {own} {FALLBACK}; do",
            f'  command -v "$python" >/dev/null 2>&1 && exec "$python" -I -S "$1/{SHIM_START}" "$1"',
            "done",
            'echo "autotrain-tui: no python3 on $(uname -n)" >&2',
            "exit 127",
            "",
        ]
    )


def sbatch_words(folder: Path, spec: Spec, name: str) -> list[str]:
    """The command that submits the attempt; the script is its stdin."""
    request = spec.slurm or SlurmRequest()
    words = [
        "sbatch", "--parsable", "--no-requeue", "--open-mode=append", "-J", name,
        f"--comment=autotrain-tui {spec.stage} attempt {spec.attempt}",
        "-o", _pattern(folder / ENGINE_LOG), "-D", spec.cwd, "--export=ALL",
        f"--signal=B:USR1@{max(1, round(request.warning_seconds))}",
        f"--nodes={request.nodes}", f"--ntasks-per-node={request.tasks_per_node}",
    ]  # fmt: skip
    options = {
        "partition": request.partition,
        "account": request.account,
        "qos": request.qos,
        "constraint": request.constraint,
        "gres": request.gres,
        "mem": request.mem,
        "cpus-per-task": "" if request.cpus_per_task is None else str(request.cpus_per_task),
        "time": "" if request.limit_seconds is None else _minutes(request.limit_seconds),
    }
    words += [f"--{option}={value}" for option, value in options.items() if value]
    return [*words, *request.extra, "/dev/stdin", str(folder)]


def for_cluster(spec: Spec, cluster: Cluster) -> Spec:
    """The spec with what depends on the cluster: the limit, its warning, and the time from its TERM to its KILL."""
    request, relay = spec.slurm or SlurmRequest(), spec.relay or RelaySettings()
    partition = cluster.partition(request.partition)
    most, limit = partition.limit_seconds if partition is not None else None, request.limit_seconds
    if not request.limit_given and most is not None:
        limit = most if limit is None else min(limit, most)
    lead = request.warning_seconds if limit is None else min(request.warning_seconds, limit / 2)
    return replace(
        spec,
        slurm=replace(request, limit_seconds=limit, warning_seconds=lead),
        relay=replace(
            relay,
            warning_seconds=max(lead - 30.0, lead * 0.6),
            term_grace_seconds=max(0.5, cluster.kill_wait_seconds - 1.0),
            term_reaches_all=cluster.term_reaches_all,
        ),
    )


def id_in(text: str) -> str | None:
    """The id that `sbatch --parsable` printed; None if it printed none."""
    match = _ID.fullmatch(text.strip().splitlines()[-1].strip()) if text.strip() else None
    return match[1] if match else None


def never_taken(trouble: str) -> bool:
    """Whether sbatch's words are a refusal of the controller, so that no job can be in the queue."""
    return not any(words in trouble for words in _AWAY)


def _pattern(path: Path) -> str:
    """A path as a file name pattern of sbatch(1): `%` stands for itself when doubled."""
    return os.fspath(path).replace("%", "%%")


def _minutes(seconds: float) -> str:
    """Whole minutes, at least one: Slurm counts limits in minutes and rounds up."""
    return str(max(1, -(-int(seconds) // 60)))
