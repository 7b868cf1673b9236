"""A last write to a terminal that may read nothing more, while another thread may wait in a write to it.

Linux lets one write to a terminal through at a time, and a write waits with that right for room (tty_write_lock in
drivers/tty/tty_io.c). Flushing makes room but wakes nobody; stopping and starting the output (tcflow(3)) does, and also
undoes a Ctrl+S.
"""

from __future__ import annotations

import os
import termios
import time

__all__ = ["write_past"]

_PAUSE_SECONDS = 0.001


def write_past(descriptor: int, data: bytes, seconds: float) -> None:
    """Write `data` in place of what the terminal has not read; given up after so many seconds. Raises OSError and
    termios.error for what is no terminal or has hung up.
    """
    until = time.monotonic() + seconds
    try:
        # a description of our own: not to wait is a flag that the shell would find on the shared one
        own = os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:  # no /dev/pts here
        termios.tcflush(descriptor, termios.TCOFLUSH)
        os.write(descriptor, data)
        return
    left = data
    try:
        while left and time.monotonic() < until:
            if left == data:
                termios.tcflush(own, termios.TCOFLUSH)
            termios.tcflow(own, termios.TCOOFF)
            termios.tcflow(own, termios.TCOON)
            try:
                left = left[os.write(own, left) :]
            except BlockingIOError:
                time.sleep(_PAUSE_SECONDS)
    finally:
        os.close(own)
