"""Starts the process that sends one message; nobody waits for it.

The URLs and the message reach it through its environment, so that neither is in the process list.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence

import msgspec

from autotrain_tui.notify.message import Message

__all__ = ["start_child"]


def start_child(message: Message, names: Sequence[str]) -> None:
    """Send `message` to the URLs in the variables `names`. Raises OSError when no process can be started."""
    process = subprocess.Popen(
        [os.path.abspath(sys.executable), "-P", "-m", "autotrain_tui.notify", *names],
        env={**os.environ, "AUTOTRAIN_MESSAGE": msgspec.json.encode(message).decode()},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    # only so that no zombie stays; a daemon does not keep the process alive
    threading.Thread(target=process.wait, name="notify", daemon=True).start()
