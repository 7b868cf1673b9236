"""The terminal: stop and continue, signals that end the screen, a hang-up.

Measured with Textual 8.2.8: signals are left to Python's defaults, so that the terminal stays raw with the mouse on; a
SIGCONT that no SIGTSTP of ours came before starts a second input thread; on a terminal that has hung up the input
thread spins, the output thread dies of EIO, and the next write waits for ever. Hence a driver and a watch of our own.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import select
import signal
import termios
import threading
import time
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from autotrain_tui.tui.ascii_filter import plain_signs
from autotrain_tui.tui.model.encoding import is_plain
from autotrain_tui.tui.opening.early_signals import LEAVING, end_restored
from autotrain_tui.tui.terminal_input import InputWait
from autotrain_tui.tui.terminal_output import write_past

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.session.journal.state import Session
    from autotrain_tui.tui.model.notifications import Item

__all__ = ["LEAVING", "TerminalDriver", "driver_class", "exit_on_hangup", "handle_signals"]

_DEADLINE_SECONDS = 2.0
"""After a signal the process is gone by then, whatever a terminal or a thread is waiting for."""

_RESTORE_SECONDS = 0.7
"""Most seconds for giving back a terminal that has not answered until then."""

_WRITE_SECONDS = 0.5
"""Of these, for what ends the alternate screen."""

_LOOK_SECONDS = 2.0

_KEYS_THAT_LEAVE = frozenset({"q", "ctrl+c", "ctrl+q"})

_BLOCKED_SECONDS = 1.3
"""An event loop that takes a key no sooner, and works on nothing meanwhile, waits for a disk."""

_PROGRESS_SECONDS = 5.0
"""Seconds for which title and taskbar stand while nothing happens in the session."""

_WORKING_SECONDS = 0.1
"""Seconds of processor time in which the event loop works and does not wait."""

_ALTERNATE_SCREEN = "\x1b[?1049h"
"""What takes the terminal; it clears the alternate screen, too, where that is shown already."""

_SANE = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[<u"
    b"\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""What `LinuxDriver.stop_application_mode` writes."""


class TerminalDriver(LinuxDriver):
    """Textual's driver, sound against being stopped and woken in any order, and left while the event loop hangs."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._application = app
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._in_application_mode = self._shows_opening = False
        self._input: InputWait | None = None
        """What the input thread waits with; None before the first."""
        self._progress, self._progress_end = "", ""
        """What title and taskbar show, and what takes it back."""
        self._progress_of: tuple[Session | None, bool | None] = None, None
        self._progress_until = 0.0

    def start_application_mode(self) -> None:
        """Take the terminal."""
        if self._event_loop is None:
            self._event_loop = asyncio.get_event_loop()
            self._handle_signals(self._event_loop)
        self._input = InputWait(self.fileno)
        opening = getattr(self._application, "opening", None)
        self._shows_opening = opening is not None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if opening is not None:
            self._application.opening = None  # type: ignore[attr-defined]
            self.attrs_before = opening.adopt()
        self._in_application_mode = True

    def _handle_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """Those that end the screen until `handle_signals` has them. Stop and continue are answered in the event loop:
        what a signal interrupts may hold the lock of the queue to the terminal, which giving it back would wait for.
        """
        end_restored(self.restore_terminal)
        signal.signal(signal.SIGTSTP, lambda *_: _call_in(loop, self._stop))
        signal.signal(signal.SIGCONT, lambda *_: _call_in(loop, self._continue))

    def write(self, data: str) -> None:
        """Write to the terminal; a first picture that stands there is painted over and not cleared."""
        if self._shows_opening and data == _ALTERNATE_SCREEN:
            self._shows_opening = False
            return
        super().write(data)

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self._in_application_mode = False
        if self._progress_end:
            self.write(self._progress_end)
            self._progress = self._progress_end = ""
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """As Textual's own, without waking while nothing is pressed."""
        waiting = self._input
        assert waiting is not None, "the application mode starts this thread"
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")().decode
        while not self.exit_event.is_set():
            text = decode(os.read(self.fileno, 4096)) if waiting.wait() else ""
            if text:
                for message in parser.feed(text):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def disable_input(self) -> None:
        """End the input thread."""
        waiting, self._input = self._input, None
        if waiting is not None:
            waiting.hurry()
        super().disable_input()
        if waiting is not None:
            waiting.close()

    def alert(self, items: Sequence[Item], title: str) -> None:
        """Notifications outside of the window, in the way that AUTOTRAIN_NOTIFY names or the terminal knows."""
        from autotrain_tui.tui.model.terminal_alert import alert_kind, alert_sequence  # there are none at the start

        sequence = alert_sequence(alert_kind(os.environ), items, title)
        if sequence and self._in_application_mode:
            self.write(plain_signs(sequence) if is_plain(os.environ) else sequence)

    def show_progress(self, view: View) -> None:
        """How far the session is, in the title and the taskbar of a terminal that has them."""
        from autotrain_tui.tui.model.terminal_progress import (  # after the first paint
            KEEP_TITLE,
            end_sequence,
            means_of,
            progress_sequence,
        )

        now = time.monotonic()
        if view.session is self._progress_of[0] and view.alive is self._progress_of[1] and now < self._progress_until:
            return
        self._progress_of, self._progress_until = (view.session, view.alive), now + _PROGRESS_SECONDS
        means = means_of(os.environ)
        if not self._in_application_mode or not (means.title or means.taskbar):
            return
        begin = KEEP_TITLE if means.title and not self._progress_end else ""
        sequence = progress_sequence(view, means, time.time())
        sequence = plain_signs(sequence) if is_plain(os.environ) else sequence
        if sequence != self._progress:
            self._progress, self._progress_end = sequence, end_sequence(means)
            self.write(begin + sequence)

    def process_message(self, message: Message) -> None:
        """In the input thread: pass it on; a key that leaves ends the screen if the event loop does not take it."""
        super().process_message(message)
        if isinstance(message, Key) and message.key in _KEYS_THAT_LEAVE and self._event_loop is not None:
            taken = threading.Event()
            self._event_loop.call_soon_threadsafe(taken.set)
            threading.Thread(target=self._leave_unless, args=(taken,), name="leave", daemon=True).start()

    def _leave_unless(self, taken: threading.Event) -> None:
        """End the process if nothing in it can answer: a read in the event loop waits for a disk."""
        began = _main_thread_seconds()
        if taken.wait(_BLOCKED_SECONDS) or _main_thread_seconds() - began > _WORKING_SECONDS or taken.wait(0.2):
            return
        self.restore_terminal()
        os.write(self.fileno, b"autotrain-tui: left the screen: the disk does not answer; training continues\n")
        os._exit(0)

    def restore_terminal(self) -> None:
        """Give the terminal back from another thread, while the event loop hangs."""
        if self.attrs_before is not None:
            termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        write_past(self.fileno, self._progress_end.encode() + _SANE, _WRITE_SECONDS)

    def _stop(self) -> None:
        """A sane terminal first, then stop in earnest."""
        if self._in_application_mode:
            self.suspend_application_mode()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continue(self) -> None:
        """After a SIGSTOP, which gives no warning, the shell may have set the terminal: set it up again and paint."""
        if self._in_application_mode:
            self.suspend_application_mode()
        self.resume_application_mode()
        self._application.refresh(layout=True)


def _main_thread_seconds() -> float:
    """The main thread's processor time; 0 where a system does not tell (macOS has no pthread_getcpuclockid(3))."""
    clock_of, main = getattr(time, "pthread_getcpuclockid", None), threading.main_thread().ident
    return time.clock_gettime(clock_of(main)) if clock_of is not None and main is not None else 0.0


def driver_class() -> type[Driver] | None:
    """Our driver for terminals; None leaves the choice to Textual (a browser)."""
    return None if os.environ.get("TEXTUAL_DRIVER") else TerminalDriver


def handle_signals(app: App[Any]) -> None:
    """Leave `app` with 128 + n for each signal that ends the screen. One that was ignored when we began (nohup) stays
    ignored.

    Python's own handlers, since the event loop may be waiting for a terminal that reads nothing more; the thread that
    ends the process then stands ready, because starting one in a handler could wait for a lock that it interrupts.
    """
    loop = asyncio.get_running_loop()
    begun, begin = os.pipe()

    def leave(number: int, _frame: FrameType | None) -> None:
        code = 128 + number
        os.write(begin, bytes([code]))
        _call_in(loop, lambda: app.exit(return_code=code))

    for number in LEAVING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, leave)
    threading.Thread(target=_end_by_deadline, args=(begun, app), name="deadline", daemon=True).start()


def _call_in(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    """Call `act` in the event loop, unless that has ended: a signal may come while the program is leaving."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(act)


def _end_by_deadline(begun: int, app: App[Any]) -> None:
    """Wait for a signal's code, and end the process with it unless it has ended by itself."""
    code = os.read(begun, 1)[0]
    time.sleep(_DEADLINE_SECONDS)
    if isinstance(app._driver, TerminalDriver):  # noqa: SLF001  Textual has no other way to it
        restores = threading.Thread(target=app._driver.restore_terminal, daemon=True)  # noqa: SLF001
        restores.start()
        restores.join(_RESTORE_SECONDS)  # it may wait too
    os._exit(code)


def exit_on_hangup(descriptor: int, *, pipe: bool = False) -> None:
    """End the process with 129, as SIGHUP would, once the terminal behind `descriptor` has hung up.

    `pipe`: a server stands in for the terminal, and has ended when the pipe has.

    At once and without cleaning up: nothing is left to restore, and a write to that terminal could wait for ever.
    """
    threading.Thread(target=_wait_for_hangup, args=(descriptor, pipe), name="hang-up", daemon=True).start()


def _wait_for_hangup(descriptor: int, pipe: bool) -> None:
    poller = select.poll()
    poller.register(descriptor, 0)  # POLLHUP and POLLERR are always reported
    while True:
        for _, event in poller.poll(_LOOK_SECONDS * 1000):
            if event & (select.POLLHUP | select.POLLERR):
                os._exit(128 + signal.SIGHUP)
            time.sleep(_LOOK_SECONDS)  # POLLNVAL: a system that can't poll terminals; ask now and then
        try:
            if not pipe:
                termios.tcgetattr(descriptor)
        except termios.error:
            os._exit(128 + signal.SIGHUP)
