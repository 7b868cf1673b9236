"""The table `distributed` of a stage: how it is read, written and checked; the command line that starts its ranks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from autotrain_tui.plan import read
from autotrain_tui.plan.model import Distributed, PlanStage
from autotrain_tui.plan.names import ENGINES, shown
from autotrain_tui.plan.read import Location, Reader

__all__ = [
    "MOST_RANKS",
    "beyond_one_machine",
    "check_distributed",
    "described",
    "engine_program",
    "engine_words",
    "missing_engine",
    "node_words",
    "rank_variables",
    "settings",
    "usable_cpus",
    "write_settings",
]

MOST_RANKS = 1024
"""Ranks on a node; more is a typing error."""


def _processes(value: object, at: Location) -> int | str:
    if isinstance(value, str) and value != "gpu":
        raise at.expected('a whole number or "gpu"', value)
    return value if isinstance(value, str) else read.whole(1, MOST_RANKS)(value, at)


def _metrics_from(value: object, at: Location) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = read.text(value, at)
    if text != "all" and not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise at.error(f'expected a rank\'s number such as "0", or "all", found {shown(text)}')
    return text if text == "all" else str(int(text))


_READERS: dict[str, Reader[Any]] = {
    "engine": read.one_of(ENGINES),
    "nnodes": read.whole(1, 10_000),
    "nproc_per_node": _processes,
    "max_restarts": read.whole(0, 1000),
    "metrics_from": _metrics_from,
}


def settings(value: object, at: Location) -> Distributed:
    """How many ranks a stage has and what starts them."""
    found = Distributed(**read.record(value, at, _READERS, required=("engine", "nproc_per_node")))
    if found.max_restarts and found.engine != "torchrun":
        raise at.key("max_restarts").error(
            f'engine "{found.engine}" can\'t restart ranks', 'use engine = "torchrun", or retries'
        )
    if found.metrics_from != "all" and isinstance(found.nproc_per_node, int):
        _check_rank(found, found.nproc_per_node * found.nnodes, at)
    return found


def _check_rank(found: Distributed, ranks: int, at: Location) -> None:
    if found.metrics_from != "all" and int(found.metrics_from) >= ranks:
        raise at.key("metrics_from").error(f"there is no rank {found.metrics_from}: ranks are 0 to {ranks - 1}")


def write_settings(value: Distributed) -> object:
    """The settings as TOML holds them; defaults are left out."""
    table: dict[str, object] = {"engine": value.engine, "nproc_per_node": value.nproc_per_node}
    defaults = Distributed(value.engine, value.nproc_per_node)
    for name in ("nnodes", "max_restarts", "metrics_from"):
        if getattr(value, name) != getattr(defaults, name):
            table[name] = getattr(value, name)
    return table


def check_distributed(stage: PlanStage, at: Location) -> None:
    """Raise PlanError if the stage's other keys contradict its settings."""
    found = stage.distributed
    if found is None:
        return
    here = at.key("distributed")
    if found.nproc_per_node == "gpu":
        if stage.gpus is None:
            raise here.key("nproc_per_node").error(
                '"gpu" stands for the GPUs that the stage leases', "set gpus, the number of them"
            )
        _check_rank(found, stage.ranks, here)
    if stage.pty and found.engine != "none":
        raise at.key("pty").error("ranks write to logs of their own", "remove pty, or distributed")


def beyond_one_machine(found: Distributed) -> str:
    """Why the launcher "local" can't start these ranks; empty if it can."""
    if found.engine == "srun":
        return 'engine "srun" needs launcher = "slurm"; on one machine use "torchrun", "mpirun" or "none"'
    if found.nnodes > 1:
        return f'nnodes = {found.nnodes} needs launcher = "slurm"; one machine is nnodes = 1'
    return ""


def engine_words(found: Distributed, program: str, ranks: int, records: str) -> list[str]:
    """The words before a rank's own command that start `ranks` ranks on this machine; none for engine "none".

    `records` is a folder of the attempt: torchrun writes the error files of its ranks there.
    """
    if found.engine == "torchrun" and found.nnodes > 1:  # where the nodes meet is known on them
        return [
            program, f"--nnodes={found.nnodes}", f"--nproc-per-node={ranks // found.nnodes}", "--rdzv-backend=c10d",
            f"--max-restarts={found.max_restarts}", f"--log-dir={records}", "--no-python",
        ]  # fmt: skip
    if found.engine == "torchrun":
        return [
            program, "--standalone", "--nnodes=1", f"--nproc-per-node={ranks}", f"--max-restarts={found.max_restarts}",
            f"--log-dir={records}", "--no-python",
        ]  # fmt: skip
    if found.engine == "mpirun":
        return [program, "-np", str(ranks)]
    if found.engine == "srun":
        return [
            program,
            f"--nodes={found.nnodes}",
            f"--ntasks-per-node={ranks // found.nnodes}",
            "--kill-on-bad-exit=1",
        ]
    return []


def node_words(found: Distributed) -> list[str]:
    """The words that start one process on each node of a Slurm job."""
    return ["srun", f"--nodes={found.nnodes}", "--ntasks-per-node=1", "--kill-on-bad-exit=1"]


def rank_variables(stage: PlanStage, environ: Mapping[str, str], cpus: int) -> dict[str, str]:
    """Variables that the ranks' engine gets beside the program's; what `environ` has already is left as it is.

    Each rank would else start a thread for every CPU (or, by torchrun's choice, only one): the CPUs are divided.
    Open MPI by default binds each rank to one core, refuses more ranks than cores, and gives a rank one second from
    TERM to KILL when another one has ended (mpirun(1), `ompi_info --all`).
    """
    found = stage.distributed
    if found is None:
        return {}
    wanted = {"OMP_NUM_THREADS": str(max(1, cpus // max(1, stage.ranks // found.nnodes)))}
    if found.engine == "mpirun":
        wanted |= {
            "OMPI_MCA_hwloc_base_binding_policy": "none",
            "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "OMPI_MCA_odls_base_sigkill_timeout": str(max(1, int(stage.stop.grace_seconds))),
        }
    return {name: value for name, value in wanted.items() if name not in environ}


def engine_program(engine: str, python: str, path: str | None) -> str | None:
    """The program that starts the ranks: beside the stage's interpreter, else on PATH; None if it is not there.

    torchrun must be that of the interpreter whose torch the ranks use.
    """
    import shutil  # start-up: most commands never look for a program

    beside = os.path.dirname(python) if os.sep in python else ""
    return (shutil.which(engine, path=beside) if beside else None) or shutil.which(engine, path=path)


def missing_engine(stage: PlanStage, python: str, path: str | None) -> str:
    """Why the stage's ranks can't be started here, with the way out; empty if they can."""
    engine = stage.distributed.engine if stage.distributed is not None else "none"
    if engine not in _WAYS_OUT or engine_program(engine, python, path) is not None:
        return ""
    return f"{engine} is neither beside {python} nor on PATH; {_WAYS_OUT[engine].format(python=python)}"


_WAYS_OUT: Mapping[str, str] = {
    "torchrun": "install torch there ({python} -m pip install torch) or name an interpreter that has it with --python",
    "mpirun": "install Open MPI (Debian: apt install openmpi-bin), load its module, or use another engine",
}


def usable_cpus() -> int:
    """The CPUs that processes of ours may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def described(stage: PlanStage, cpus: int) -> str:
    """The ranks of a stage in one line for a person; empty if it is one process."""
    found = stage.distributed
    if found is None:
        return ""
    ranks = f"{stage.ranks} rank" + ("s" if stage.ranks != 1 else "")
    by = "started by the program itself" if found.engine == "none" else f"by {found.engine}"
    threads = stage.env.get("OMP_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS")
    threads = threads or rank_variables(stage, {}, cpus)["OMP_NUM_THREADS"]
    return f"{ranks} {by}, OMP_NUM_THREADS={threads} ({cpus} CPUs)"
