"""One node of a distributed attempt: starts torchrun there, and passes signals to its ranks and never to torchrun.

Run by srun, one on each node, as `python -I -S node.py ATTEMPT_DIR torchrun … PROGRAM …`. SIGUSR1 would end torchrun
and leave its ranks alive, and Slurm may deliver a signal to every process below a task. So `steps.py`, on the first
node, writes each signal down as `ranks/signal-N`, and this process sends it to the ranks that have registered on its
node. It imports only the standard library, and `shim.py` and `rank.py` beside it.
"""

from __future__ import annotations

import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import rank  # type: ignore[import-not-found]  # both are found beside this file, on every node
import shim  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

LOOK_SECONDS = 0.5
ALONE_SECONDS = 10.0
"""How long the engine may run on after the last of its ranks, who were told to end, has ended."""

PORTS = range(20_000, 40_000)


def engine_words(words: list[str]) -> list[str]:
    """The engine's command with where its nodes meet: the node that srun was started on, a port by the job's number."""
    job = os.environ.get("SLURM_JOB_ID", "0")
    port = PORTS[(int(job) if job.isdigit() else 0) % len(PORTS)]
    first = os.environ.get("SLURM_LAUNCH_NODE_IPADDR", "localhost")
    return [words[0], f"--rdzv-endpoint={first}:{port}", f"--rdzv-id={job}", *words[1:]]


def start(words: list[str]) -> int:
    """The engine's process."""
    pid = os.fork()
    if pid == 0:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, signal.SIG_DFL)
        try:
            os.execvp(words[0], words)  # noqa: S606  never a shell
        except OSError as error:
            print(f"autotrain-tui: cannot start: {words[0]}: {error.strerror}", file=sys.stderr, flush=True)
            os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    return pid


def main(attempt: str, words: list[str]) -> NoReturn:
    """Start the engine, pass signals to its ranks until it ends, and end as it did."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)  # the same signal comes as a file
    home = shim.Home(attempt)
    rank.write_node_gauges(attempt, os.getpid())
    pid, told, told_to = start(engine_words(words)), 0, []
    ending, alone_since = 0, None
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        tree = shim.living(pid)
        ranks = [process for process in shim.registered(home) if process in tree]
        while isinstance(number := home.glance(f"ranks/signal-{told + 1}"), int):
            told += 1
            told_to = ranks
            ending = number if number not in (signal.SIGUSR1, signal.SIGUSR2) else ending
            for process in ranks or [process for process in tree if process[0] == pid and ending]:
                shim.send(*process, number)
                if ending and shim.stopped(process[0]):  # by something else: it could not act on it
                    shim.send(*process, signal.SIGCONT)
        if ending and told_to and not any(process in tree for process in told_to):
            alone_since = time.monotonic() if alone_since is None else alone_since
            if time.monotonic() >= alone_since + ALONE_SECONDS:
                told_to = []
                os.kill(pid, ending)
        time.sleep(LOOK_SECONDS)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
    os._exit(code)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: node.py ATTEMPT_DIR torchrun [OPTION …] PROGRAM [ARGUMENT …]")
    main(sys.argv[1], sys.argv[2:])
