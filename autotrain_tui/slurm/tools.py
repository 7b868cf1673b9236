"""How Slurm's tools are asked: in an environment that changes nothing, with a limit of time, and never by a shell.

SBATCH_*, SLURM_* and SRUN_* variables of a profile or of an outer job change what the tools do (`SBATCH_TIMELIMIT` sets
a time limit, `SQUEUE_FORMAT` another form) or leak into the job; only SLURM_CONF says where the cluster is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["ToolAnswer", "ask", "environment_for_jobs", "is_here"]

_OF_SLURM = ("SBATCH_", "SLURM_", "SLURMD_", "SRUN_", "SQUEUE_", "SINFO_", "SCONTROL_", "SCANCEL_", "SALLOC_", "PMI_")

PATIENCE_SECONDS = 40.0
"""A tool gives a controller up after 9 s, or 18 s with a second controller (Slurm 22.05)."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool said. `good`: it ran to its end with exit status 0."""

    good: bool
    text: str
    """Its stdout."""
    trouble: str = ""
    """Its own words of why it could not do it; empty if it could."""


def is_here(program: str, path: str | None = None) -> bool:
    """Whether that tool is on PATH."""
    return shutil.which(program, path=path) is not None


def environment_for_jobs(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would change the tools or the job."""
    return {
        name: value for name, value in environment.items() if name == "SLURM_CONF" or not name.startswith(_OF_SLURM)
    }


def ask(
    words: Sequence[str], *, text: str = "", environment: Mapping[str, str] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> ToolAnswer:  # fmt: skip
    """Run a tool with `text` as its stdin. Never raises: what went wrong is the answer's `trouble`."""
    try:
        done = subprocess.run(
            list(words), input=text.encode(errors="surrogateescape"), capture_output=True, timeout=patience,
            env=environment_for_jobs(os.environ if environment is None else environment), check=False, cwd="/",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return ToolAnswer(False, "", f"{words[0]} gave no answer within {patience:g} s")
    except FileNotFoundError:
        return ToolAnswer(False, "", f"{words[0]} is not on PATH")
    except OSError as error:
        return ToolAnswer(False, "", f"{words[0]} can't be started: {error.strerror}")
    said = done.stdout.decode(errors="replace")
    if done.returncode == 0:
        return ToolAnswer(True, said)
    return ToolAnswer(False, said, _trouble(words[0], done.stderr.decode(errors="replace"), done.returncode))


def _trouble(program: str, said: str, status: int) -> str:
    """The tool's own last words, without its name twice."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return f"{program} ended with exit status {status}"
    prefixes = (f"{program}: error: ", f"{program}: fatal: ", f"{program}: ")
    words = [
        next((line.removeprefix(prefix) for prefix in prefixes if line.startswith(prefix)), line) for line in lines
    ]
    return f"{program}: {'; '.join(dict.fromkeys(words))}"[:400]
