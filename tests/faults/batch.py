"""Runs many runners and command lines after one import: a fork each, with a time limit; what hangs is told as such.

    python batch.py OUT       reads lines of JSON: ["runner", FOLDER] or ["cli", WORD …]

Writes a line of JSON for each: [exit status or "hung", what it said].
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time

LIMIT_SECONDS = 120.0


def run(words: list[str]) -> tuple[object, str]:
    """One of them in a process of its own, its output in a file."""
    with tempfile.TemporaryFile() as said:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            for number in (1, 2):
                os.dup2(said.fileno(), number)
            code = 70
            try:
                if words[0] == "runner":
                    from autotrain_tui.runner.__main__ import main

                    code = main(words[1:])
                else:
                    from autotrain_tui.cli.main import main as command_line

                    code = command_line(words[1:])
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        deadline = time.monotonic() + LIMIT_SECONDS
        status: object = "hung"
        while time.monotonic() < deadline:
            done, result = os.waitpid(pid, os.WNOHANG)
            if done:
                status = os.waitstatus_to_exitcode(result)
                break
            time.sleep(0.002)
        else:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        said.seek(0)
        return status, said.read().decode(errors="replace")


if __name__ == "__main__":
    import autotrain_tui.cli.main
    import autotrain_tui.runner.__main__  # noqa: F401  so that each fork has it

    with open(sys.argv[1], "w") as out:
        out.writelines(json.dumps(run(json.loads(line))) + "\n" for line in sys.stdin)
