"""`python -P -m autotrain_tui.notify NAME …`: send the message in AUTOTRAIN_MESSAGE to the URLs in these variables.

Started by `start_child.py`. What came of it goes to stderr, which is `runner.log`, without the URLs.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import msgspec

from autotrain_tui.notify.delivery import deliver
from autotrain_tui.notify.message import Message

DEADLINE_SECONDS = 60
"""Longer than three tries and their pauses; then SIGALRM ends the process, whatever it waits for."""


def main(names: list[str]) -> None:
    """Send it to each receiver at the same time."""
    signal.alarm(DEADLINE_SECONDS)
    message = msgspec.json.decode(os.environ["AUTOTRAIN_MESSAGE"], type=Message)
    threads = [threading.Thread(target=_send, args=(name, message)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send(name: str, message: Message) -> None:
    result = deliver(os.environ.get(name, ""), message)
    stage = f" of stage {message.stage}" if message.stage else ""
    tries = f"{result.tries} {'try' if result.tries == 1 else 'tries'}"
    print(
        f"notify: {message.kind}{stage} to {name} ({result.form}): {result.answer}; {tries}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # a try that was left behind must not be waited for
