"""One rank of a distributed attempt: registers itself, sends its output to its own log, and becomes the program.

Run by torchrun, srun, mpirun or a program that starts its own ranks as `python -I -S rank.py ATTEMPT_DIR PROGRAM …`.
It reads its number from the environment (`NUMBERS`), writes `ranks/R.json`, opens `ranks/R.log` with O_APPEND as stdout
and stderr, and executes the program: no pipe, no process more, and what another restart wrote stays. The first rank of
srun on each node also sees to the node's gauges (`write_node_gauges`). It imports only
the standard library, runs with any Python from 3.8 on, and never keeps a rank from starting: a folder that can't be
written costs the rank its own log, and stderr says so.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

NUMBERS = (
    ("RANK", "LOCAL_RANK"),  # torchrun, accelerate, deepspeed; or a program that starts its own ranks
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"),  # mpirun(1) of Open MPI
    ("PMI_RANK", "MPI_LOCALRANKID"),  # the mpirun of MPICH and Intel MPI, and srun --mpi=pmi2
    ("SLURM_PROCID", "SLURM_LOCALID"),  # srun(1), OUTPUT ENVIRONMENT VARIABLES
)
"""The variables with a process's rank and its rank on this node; the first that is set counts.

Slurm's come last: it sets them to 0 for a batch script, and all that this starts without srun inherits that.
"""

LARGEST_RANK = 1 << 20
LOG = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def number(name: str) -> int | None:
    """A whole number of the environment; None if there is none."""
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) < LARGEST_RANK else None


def ranks() -> tuple[int, int] | None:
    """The rank of this process, and its rank on this node; None if no variable says it."""
    for of_all, of_node in NUMBERS:
        rank = number(of_all)
        if rank is not None:
            local = number(of_node)
            if local is None and rank == number("SLURM_PROCID"):
                local = number("SLURM_LOCALID")
            return rank, rank if local is None else local
    return None


def started_by_srun() -> bool:
    """Whether this process is a task of srun, and nothing between them has started it."""
    return number("SLURM_PROCID") is not None and not any(of_all in os.environ for of_all, _ in NUMBERS[:2])


def boot_id() -> str | None:
    """The same as `session.records.process_identity.boot_id`; None where there is no /proc."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb", 0) as file:
            return file.read(100).decode().strip() or None
    except OSError:
        return None


def start_time() -> int:
    """Clock ticks since boot at this process's start (proc_pid_stat(5)); where there is no /proc that of the shim."""
    try:
        with open("/proc/self/stat", "rb", 0) as file:
            return int(file.read(2048).rpartition(b")")[2].split()[19])
    except OSError:
        import ctypes

        info = ctypes.create_string_buffer(136)  # proc_pidinfo, PROC_PIDTBSDINFO: seconds and µs since 1970
        ctypes.CDLL(None).proc_pidinfo(os.getpid(), 3, ctypes.c_uint64(0), info, 136)
        seconds, micros = (int.from_bytes(info.raw[at : at + 8], sys.byteorder) for at in (120, 128))
        return seconds * 1_000_000 + micros


def restart(folder: int, rank: int) -> int:
    """How often this rank was started before: torchrun counts, else the record of the last start does."""
    import json

    counted = number("TORCHELASTIC_RESTART_COUNT")
    if counted is not None:
        return counted
    try:
        with open(os.open(f"{rank}.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb") as file:
            return int(json.loads(file.read(1 << 16))["restart"]) + 1
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def register(attempt: str, rank: int, local_rank: int) -> None:
    """Write `ranks/R.json` and turn stdout and stderr to `ranks/R.log`. Raises OSError."""
    import json

    path = os.path.join(attempt, "ranks")
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    now, whole = time.time(), number("WORLD_SIZE") or number("OMPI_COMM_WORLD_SIZE") or number("SLURM_NTASKS")
    record = {
        "rank": rank,
        "local_rank": local_rank,
        "world_size": whole,
        "node": os.uname().nodename,
        "pid": os.getpid(),
        "start_time": start_time(),
        "boot_id": boot_id(),
        "restart": restart(folder, rank),
        "error_file": os.environ.get("TORCHELASTIC_ERROR_FILE"),
        "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z",
    }
    temporary = f".{rank}.json.{os.uname().nodename}.{os.getpid()}"
    with open(os.open(temporary, NEW, 0o600, dir_fd=folder), "w") as file:
        file.write(json.dumps(record) + "\n")
    os.rename(temporary, f"{rank}.json", src_dir_fd=folder, dst_dir_fd=folder)
    log = os.open(f"{rank}.log", LOG, 0o600, dir_fd=folder)
    os.dup2(log, 1)
    os.dup2(log, 2)


def write_node_gauges(attempt: str, parent: int) -> None:
    """In a step of Slurm: tell that the ranks of this node are the children of `parent`, and start what writes the
    gauges of a further node, until `parent` has ended (`gauges/node_gauges.py`). On the first node it runs already.

    Twice forked, with none of our files, deaf to the stage's signals: no engine waits for it, and no rank has a child
    more. Without gauges the ranks run all the same.
    """
    node, number_of_node = os.environ.get("SLURMD_NODENAME"), number("SLURM_NODEID")
    folder = os.path.join(attempt, "nodes")
    if not node or "/" in node or number_of_node is None or not os.path.isdir(folder):
        return
    try:
        put(os.path.join(folder, f"{node}.ranks"), f"{parent}\n")
        with open(os.path.join(folder, "python"), "rb") as file:
            python = os.fsdecode(file.read(1 << 12))
        child = os.fork() if number_of_node else 0
    except OSError:
        return
    if child:
        os.waitpid(child, 0)
    elif number_of_node:
        become_gauges(attempt, node, parent, python)


def become_gauges(attempt: str, node: str, parent: int, python: str) -> NoReturn:
    """In a child: fork once more, and execute what writes the gauges."""
    import json
    import signal

    try:
        if os.fork():
            os._exit(0)
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.closerange(3, 1 << 12)
        for heard in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(heard, signal.SIG_IGN)
        os.nice(10)
        words = [python, "-I", os.path.join(attempt, "gauges.py"), attempt, node, str(parent), "ranks"]
        try:
            os.execv(python, words)  # noqa: S606  never a shell
        except OSError as error:
            why = f"{python}: {error.strerror}"
            put(os.path.join(attempt, "nodes", f"{node}.json"), json.dumps({"node": node, "why": why}))
    finally:
        os._exit(0)


def put(path: str, text: str) -> None:
    """Replace a file. Raises OSError."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}")
    with open(os.open(temporary, NEW, 0o600), "w") as file:
        file.write(text)
    os.rename(temporary, path)


def main(attempt: str, command: list[str]) -> NoReturn:
    """Register and become the program; exit 127 or 126 as a shell does if it can't be executed."""
    found = ranks()
    try:
        if found is None:
            raise OSError("no rank in the environment (RANK, SLURM_PROCID, OMPI_COMM_WORLD_RANK)")
        register(attempt, *found)
        if found[1] == 0 and started_by_srun():  # a rank of torchrun has its node's process for that
            write_node_gauges(attempt, os.getppid())
    except OSError as error:
        print(f"autotrain-tui: this rank has no log of its own: {error}", file=sys.stderr, flush=True)
    try:
        os.execvp(command[0], command)  # noqa: S606  never a shell
    except OSError as error:
        print(f"autotrain-tui: cannot start: {command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: rank.py ATTEMPT_DIR PROGRAM [ARGUMENT …]")
    main(sys.argv[1], sys.argv[2:])
