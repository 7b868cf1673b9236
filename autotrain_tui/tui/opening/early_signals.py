"""Signals before the event loop answers them: the terminal is given back first, whatever is being imported."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["LEAVING", "end_restored", "stop_restored"]

LEAVING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that end the screen; training continues."""


def end_restored(give_back: Callable[[], None]) -> None:
    """Until other handlers replace these: a signal n of `LEAVING` gives the terminal back and ends the process with
    128 + n. One that was ignored when we began (nohup) stays ignored.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        try:
            give_back()
        finally:  # an exception, this one too, could be caught by whatever is being imported
            os._exit(128 + number)

    for number in LEAVING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def stop_restored(give_back: Callable[[], None], take: Callable[[], None]) -> None:
    """Until other handlers replace these: SIGTSTP gives the terminal back and stops in earnest; whatever wakes the
    process takes it again.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        give_back()
        os.kill(os.getpid(), signal.SIGSTOP)

    if signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
        signal.signal(signal.SIGTSTP, stop)
        signal.signal(signal.SIGCONT, lambda *_: take())
