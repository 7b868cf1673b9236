"""The ranks that srun starts on the nodes of a job: their signals go through Slurm, not through srun.

Run by the shim as `python -I -S steps.py ATTEMPT_DIR scancel|files srun … PROGRAM …`, in a job. SIGTERM would make srun
kill its tasks at once, without the time to save. So this process, whom the shim signals, sends the signal on otherwise
and ends as srun does: `scancel --signal` reaches the tasks of every node, if they are the ranks; with an engine on each
node (`node.py`) the signal is a file, `ranks/signal-N`, N from 1. It imports only the standard library, and runs with
any Python from 3.8 on.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

FORWARDED = ("HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "URG", "WINCH", "XCPU", "IO", "PROF", "VTALRM")


def to_tasks(name: str) -> None:
    """Send a signal to the tasks of the job's steps; the batch process is not among them."""
    job = os.environ.get("SLURM_JOB_ID", "")
    pid = os.fork()
    if pid == 0:
        try:
            os.execvp("scancel", ["scancel", f"--signal={name}", job])  # noqa: S606  never a shell
        except OSError as error:
            print(f"autotrain-tui: scancel can't be started: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(127)
    _, status = os.waitpid(pid, 0)
    if status:
        print(f"autotrain-tui: the ranks could not be sent SIG{name}", file=sys.stderr, flush=True)


def stop_signal(attempt: str) -> int:
    """The plan's stop signal; SIGTERM if `spec.json` does not say it."""
    import json

    try:
        with open(os.path.join(attempt, "spec.json"), "rb") as file:
            return int(json.loads(file.read(1 << 22))["relay"]["signal"])
    except (OSError, ValueError, KeyError, TypeError):
        return int(signal.SIGTERM)


def to_files(attempt: str, number: int) -> None:
    """Write the signal down for the nodes; they look twice a second."""
    folder, count = os.path.join(attempt, "ranks"), 1
    os.makedirs(folder, mode=0o700, exist_ok=True)
    while os.path.exists(os.path.join(folder, f"signal-{count}")):
        count += 1
    temporary = os.path.join(folder, ".signal")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(f"{number}\n")
    os.rename(temporary, os.path.join(folder, f"signal-{count}"))


def main(attempt: str, way: str, command: list[str]) -> NoReturn:
    """Start srun, forward signals until it ends, and end as it did."""
    numbers = {int(getattr(signal, f"SIG{name}")): name for name in FORWARDED}
    signal.pthread_sigmask(signal.SIG_BLOCK, [*numbers, signal.SIGCHLD])
    pid = os.fork()
    if pid == 0:
        # in a session of its own and with its signals as usual: only what is meant for it reaches it
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        try:
            os.execvp(command[0], command)  # noqa: S606  never a shell
        except OSError as error:
            print(f"autotrain-tui: cannot start: {command[0]}: {error.strerror}", file=sys.stderr, flush=True)
            os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    while True:
        number = signal.sigwait([*numbers, signal.SIGCHLD])
        if number in numbers:
            if way == "files":
                to_files(attempt, number)
            else:
                to_tasks(numbers[number])
                if number == stop_signal(attempt):  # a rank that something has stopped could not act on it
                    to_tasks("CONT")
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
    os._exit(code)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("usage: steps.py ATTEMPT_DIR scancel|files srun [OPTION …] PROGRAM [ARGUMENT …]")
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
